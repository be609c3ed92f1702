//! Fairlead as a function of AWS Lambda.
fn main() {}
