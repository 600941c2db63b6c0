//! `floorwatch render`: a view as a picture or text, made from the simulated floor. The pictures of the README are its
//! output: the same arguments give the same bytes.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use ratatui::style::Color;

use super::{Context, ExitCode, Failure, Out, Outcome, demo, screen};
use crate::app::rehearsal::Rehearsal;
use crate::config::Theme;
use crate::model::Time;
use crate::source::demo::Scenario;
use crate::tui::{Depth, Targets, Ui, View, draw_to_ansi, draw_to_buffer, draw_to_text, svg};

/// Arguments of `render`.
#[derive(Clone, Debug, Args)]
pub struct RenderArgs {
    /// View: wall, queues, agents, volume, incidents, feeds or staffing
    #[arg(default_value = "wall", value_parser = view)]
    pub view: View,
    /// Scenario: a name of those shipped, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "surge")]
    pub scenario: String,
    /// Seed of everything random in it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Seconds after the start of the scenario
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    pub after: u32,
    /// Size in columns and rows
    #[arg(long, value_name = "WxH", default_value = "160x45", value_parser = size)]
    pub size: (u16, u16),
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Svg)]
    pub form: Form,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Form of a rendered view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A picture
    Svg,
    /// Text with terminal styles
    Ansi,
    /// Plain text
    Text,
}

fn view(word: &str) -> Result<View, String> {
    View::ALL
        .into_iter()
        .find(|v| format!("{v:?}").eq_ignore_ascii_case(word))
        .ok_or_else(|| "write wall, queues, agents, volume, incidents, feeds or staffing".to_owned())
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let read = text.split_once(['x', '×']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match read {
        Some((w @ 1..=500, h @ 1..=200)) => Ok((w, h)),
        _ => Err("write columns and rows like 160x45, up to 500x200".to_owned()),
    }
}

/// The instant all pictures begin at.
const START: &str = "2026-05-20T10:30:00+08:00";

/// Runs it.
///
/// # Errors
/// The scenario cannot be read, or the output cannot be written.
pub fn run(args: &RenderArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    let settings = context.settings(&request, out)?;
    let lang = screen::lang(context, &settings);
    let start = Time::parse(START).map_err(anyhow::Error::from)?;
    let zone = crate::config::time_zone("Asia/Shanghai").unwrap_or(jiff::tz::TimeZone::UTC);
    let scenario =
        Scenario::open(&args.scenario).map_err(|why| Failure::new(ExitCode::Usage, why))?.placed(start, zone);
    let settings = Arc::new(demo::of_scenario(settings, &scenario, lang));
    let mut floor = Rehearsal::start(&scenario, &settings, lang, args.seed, start);
    floor.equip(crate::app::desk::demo(&settings));
    floor.play(args.after);
    let snapshot = Arc::new(floor.snapshot());
    let theme = context.global.theme.unwrap_or(settings.display.theme);
    let mut ui = Ui::new(lang, theme);
    ui.depth = if theme == Theme::Mono { Depth::None } else { Depth::True };
    ui.targets = Targets::of(&settings.alert);
    ui.view = args.view;
    ui.observe(&snapshot, snapshot.at);
    let text = match args.form {
        Form::Text => draw_to_text(&snapshot, &ui, args.size, snapshot.at),
        Form::Ansi => draw_to_ansi(&snapshot, &ui, args.size, snapshot.at),
        Form::Svg => {
            let (paper, ink) = if theme == Theme::Light {
                (Color::Rgb(255, 255, 255), Color::Rgb(30, 30, 30))
            } else {
                (Color::Rgb(14, 18, 24), Color::Rgb(220, 224, 230))
            };
            svg(&draw_to_buffer(&snapshot, &ui, args.size, snapshot.at), paper, ink)
        }
    };
    match &args.out {
        Some(path) => std::fs::write(path, text).map_err(|why| {
            Failure::new(ExitCode::Failed, anyhow::anyhow!("{}: cannot be written: {why}", path.display()))
        })?,
        None => out.writer().write_all(text.as_bytes())?,
    }
    Ok(ExitCode::Fine)
}
