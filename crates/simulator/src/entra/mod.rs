//! Entra ID: discovery documents, tokens, and who holds them.

pub mod caller;
