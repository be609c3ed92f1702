//! A connector that does everything a connector must not do.
