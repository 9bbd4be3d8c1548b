//! The program `zw`.

use std::process::ExitCode;

/// A plan makes and drops millions of small values on all cores, which took the C library a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    zw_cli::run(std::env::args_os(), Vec::new())
}
