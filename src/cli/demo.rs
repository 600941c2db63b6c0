//! `floorwatch demo`: a live floor with no configuration. A simulated center is served on loopback and read over the same
//! road as a real one: server → websocket source → engine → screen.

use std::sync::Arc;

use clap::Args;

use super::{Context, ExitCode, Failure, Out, Outcome, screen, start};
use crate::app::{App, desk};
use crate::clock::Clock;
use crate::config::{Lang, Settings, SourceKind, SourceSettings, WebsocketSettings};
use crate::model::{FeedId, Span};
use crate::snapshot::Mode;
use crate::source::demo::{Scenario, now_and_here, serve};

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// A scenario of those shipped, or a file.
    #[arg(
        long,
        value_name = "NAME|FILE",
        default_value = "calm",
        help = "Scenario: calm, surge, area, outage, feed_loss, full_lines, drill, or a file"
    )]
    pub scenario: String,
    /// Seed of everything random in it; the same seed gives the same floor
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// Runs it.
///
/// # Errors
/// The scenario cannot be read, or no port of loopback can be opened.
pub fn run(args: &DemoArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    let settings = context.settings(&request, out)?;
    let lang = screen::lang(context, &settings);
    let (now, zone) = now_and_here();
    let scenario = Scenario::open(&args.scenario).map_err(|why| Failure::new(ExitCode::Usage, why))?.placed(now, zone);
    start::log(context, out)?;
    start::runtime()?.block_on(async {
        let mut settings = of_scenario(settings, &scenario, lang);
        let plan = settings.shift_plan.file.is_none().then(|| desk::demo_plan(&scenario, lang, now));
        let server = serve(scenario, args.seed, lang, now).await?;
        settings.sources = vec![source(server.url())];
        let settings = Arc::new(settings);
        let mut app = App::live(&settings, &start::passing_hasher(), &Clock::live(), Mode::Demo);
        if let Some(plan) = plan {
            app.plan(plan);
        }
        start::control(&mut app, context, &settings).await;
        let outcome = screen::show(app, &settings, lang, context, screen::Face::Console).await;
        server.stop().await;
        outcome
    })
}

/// The user's looks, the scenario's floor.
pub(super) fn of_scenario(mut settings: Settings, scenario: &Scenario, lang: Lang) -> Settings {
    settings.site = scenario.site(lang);
    settings.queues = scenario.queue_settings(lang);
    settings.usual = scenario.usual_profile();
    settings.reasons.extend(scenario.reasons(lang));
    settings
}

fn source(url: String) -> SourceSettings {
    SourceSettings {
        name: FeedId::new("demo"),
        kind: SourceKind::Websocket(WebsocketSettings {
            url,
            token: None,
            max_frame: 1 << 20,
            ping: Span::from_secs(10),
        }),
        late_after: Span::from_secs(5),
    }
}
