//! What every running command needs: the log, the caller key, the runtime.

use std::path::PathBuf;

use super::{Context, ExitCode, Failure, Out};
use crate::app::{App, control};
use crate::config::Settings;
use crate::logging;
use crate::model::CallerHasher;
use crate::source::identity::caller_hasher;

/// Where this installation keeps what is its own: `$XDG_STATE_HOME/floorwatch`.
fn state_dir(context: &Context) -> Option<PathBuf> {
    context.env.xdg("XDG_STATE_HOME", ".local/state").map(|dir| dir.join("floorwatch"))
}

/// Where what happened is kept over a restart; `None` where no home is known.
pub(super) fn store_dir(context: &Context, settings: &Settings) -> Option<PathBuf> {
    settings.store.dir.clone().or_else(|| Some(state_dir(context)?.join("store")))
}

/// Where the process of this installation listens for `incident` and `roster`.
pub(super) fn control_path(context: &Context, settings: &Settings) -> Option<PathBuf> {
    control::path(settings.incident.socket.as_deref(), state_dir(context).as_deref())
}

/// Listens there. Where another process does, or it cannot be, the run goes on without and the log says so.
pub(super) async fn control(app: &mut App, context: &Context, settings: &Settings) {
    let Some(path) = control_path(context, settings) else { return };
    match control::open(&path).await {
        Ok(listener) => {
            let serving = control::serve(listener, path, app.backend.clone(), app.stopping());
            app.spawn("control", serving);
        }
        Err(error) => tracing::warn!(%error, path = %path.display(), "no control socket"),
    }
}

/// Opens the log; where it cannot be, the run goes on without and says so once.
///
/// # Errors
/// Standard error cannot be written.
pub(super) fn log(context: &Context, out: &mut Out) -> Result<(), Failure> {
    match logging::init(logging::path(&context.env).as_deref(), &context.env) {
        Ok(_) | Err(logging::LogError::Twice) => Ok(()),
        Err(why) => out.note(&format!("floorwatch: {why}; going on without a log")),
    }
}

/// The hasher of this installation, which makes callers of different runs comparable.
///
/// # Errors
/// The key cannot be read or made.
pub(super) fn hasher(context: &Context) -> Result<CallerHasher, Failure> {
    let Some(dir) = state_dir(context) else { return Ok(passing_hasher()) };
    std::fs::create_dir_all(&dir).map_err(|why| {
        Failure::new(
            ExitCode::Failed,
            anyhow::anyhow!("cannot make {}: {why}; set XDG_STATE_HOME to a folder that can be written", dir.display()),
        )
    })?;
    caller_hasher(&dir.join("caller.key")).map_err(|why| Failure::new(ExitCode::Failed, why))
}

/// A hasher for one run: a recording and a demonstration need no more, and leave nothing behind. Its key is drawn anew, so
/// that hashes of one run say nothing of another; figures do not depend on it.
pub(super) fn passing_hasher() -> CallerHasher {
    let mut key = [0; 16];
    // Without random bytes callers are told apart all the same.
    let _ = getrandom::fill(&mut key);
    CallerHasher::new(key)
}

/// The runtime of the tasks.
///
/// # Errors
/// The system gives no threads.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
