//! `$filter`: text to a tree, names bound to properties, the tree evaluated on a thing.

mod evaluate;
mod lexer;
mod parser;
mod tree;

pub use tree::{Comparison, Element, Expression, Filter, Literal, Path, TextTest};
