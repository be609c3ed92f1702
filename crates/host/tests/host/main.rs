//! The host against a connector that does everything a connector must not do (`tests/plugins/hostile`).

mod calls;
mod loading;
mod logging;
mod misbehaviour;
mod onboarding;
mod publishing;
mod returned;
mod support;
