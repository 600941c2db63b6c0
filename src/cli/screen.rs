//! The screens over a running floorwatch, whatever feeds it.

use std::io::IsTerminal as _;
use std::sync::Arc;

use super::{Context, ExitCode, Failure, Outcome};
use crate::app::App;
use crate::config::{Lang, Settings};
use crate::locale::{Environment, choose, utf8};
use crate::model::Label;
use crate::tui::{self, AccessLog, Charset, Depth, Options, Targets};

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
    let env = locale_env(context);
    choose(None, settings.display.lang, &env)
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
    let shown = tui::run(app.backend.clone(), options(settings, lang, context, face)).await;
    let hung = app.stop().await;
    shown.map_err(|why| Failure::new(ExitCode::Failed, why))?;
    if hung.is_empty() {
        return Ok(ExitCode::Fine);
    }
    Err(Failure::new(ExitCode::Failed, anyhow::anyhow!("did not stop within 5 s: {}", hung.join(", "))))
}

fn options(settings: &Settings, lang: Lang, context: &Context, face: Face) -> Options {
    let env = &context.env;
    let user = env.var("USER").or_else(|| env.var("LOGNAME")).unwrap_or("console");
    Options {
        wall: face == Face::Wall,
        lang,
        theme: settings.display.theme,
        depth: Depth::of(env.var("NO_COLOR"), env.var("COLORTERM"), env.var("TERM")),
        charset: Charset::of(utf8(&locale_env(context)), settings.display.ambiguous_width),
        refresh: settings.display.refresh.into(),
        user: Label::new(user),
        targets: Targets::of(&settings.alert),
        access: AccessLog::new(settings.privacy.access_log.clone(), user, settings.privacy.mode),
    }
}

fn locale_env(context: &Context) -> Environment {
    Environment::read(|name| context.env.var(name).map(str::to_owned))
}
