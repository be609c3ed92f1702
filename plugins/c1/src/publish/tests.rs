//! The publisher over a small tenant in memory.
