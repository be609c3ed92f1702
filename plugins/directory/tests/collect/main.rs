//! Collections from end to end, against pages in the shapes Azure sends.

mod arm;
mod graph;
mod support;
