//! The program `zw`.

use std::process::ExitCode;

fn main() -> ExitCode {
    zw_cli::run(std::env::args_os(), Vec::new())
}
