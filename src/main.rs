//! The `floorwatch` command.

use std::io::Write as _;
use std::process::ExitCode;

use floorwatch::cli::{Out, run};
use floorwatch::config::Env;
use floorwatch::model::clean_line;

fn main() -> ExitCode {
    // The only provider in the tree. It is refused only where one is installed already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    tell_panics();
    run(std::env::args_os(), Env::of_process(), &mut Out::stdio()).into()
}

/// A panic is a bug: into the log, and to standard error. Whoever takes the terminal over (the screens) sets a hook of
/// its own that gives the terminal back first and then calls this one.
fn tell_panics() {
    std::panic::set_hook(Box::new(|info| {
        let text = clean_line(info.to_string().as_bytes(), 2000);
        tracing::error!(backtrace = %std::backtrace::Backtrace::capture(), "{text}");
        let told = writeln!(std::io::stderr(), "floorwatch: internal error, please report it: {text}");
        // Nobody is left to tell where that fails.
        drop(told);
    }));
}
