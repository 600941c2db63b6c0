//! `floorwatch`: the console over the configured sources.

use std::sync::Arc;

use super::{Context, Out, Outcome, screen, start};
use crate::app::App;
use crate::clock::Clock;
use crate::config::require_source;
use crate::snapshot::Mode;

/// Runs it.
///
/// # Errors
/// The configuration is wrong or names no source, or there is no terminal to draw on.
pub fn run(context: &Context, out: &mut Out) -> Outcome {
    with_face(screen::Face::Console, context, out)
}

/// The console or the wall over the configured sources.
///
/// # Errors
/// As [`run`].
pub(super) fn with_face(face: screen::Face, context: &Context, out: &mut Out) -> Outcome {
    let request = context.request();
    let settings = context.settings(&request, out)?;
    require_source(&settings, &request)?;
    start::log(context, out)?;
    let hasher = start::hasher(context)?;
    let lang = screen::lang(context, &settings);
    let settings = Arc::new(settings);
    start::runtime()?.block_on(async {
        let mut app = match start::store_dir(context, &settings) {
            Some(dir) => App::kept(&settings, &hasher, &Clock::live(), &dir),
            None => App::live(&settings, &hasher, &Clock::live(), Mode::Live),
        };
        start::control(&mut app, context, &settings).await;
        app.follow(request);
        screen::show(app, &settings, lang, context, face).await
    })
}
