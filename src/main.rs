//! The provider as a process: arguments in, exit code out.

fn main() {}
