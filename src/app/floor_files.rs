//! The files the floor's rules come from: the shift plan and the configuration, read at the start and again when they
//! change.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, watch};

use crate::alert::rules;
use crate::config::{self, ConfigErrors, Request, Settings, Warning};
use crate::engine::Change;
use crate::model::Label;
use crate::roster::Plan;

/// A plan of a large floor for a year is smaller.
const LARGEST: u64 = 256 * 1024 * 1024;
/// How often files are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Reads the shift plan of the settings; `None` where none is configured.
///
/// # Errors
/// The file cannot be read, or everything that is wrong in it, with lines.
pub fn plan(settings: &Settings) -> Result<Option<(Plan, Vec<Warning>)>, ConfigErrors> {
    let Some(path) = &settings.shift_plan.file else { return Ok(None) };
    let name = path.display().to_string();
    let bytes = read(path).map_err(|why| {
        let what = format!("the shift plan '{name}' cannot be read: {why}");
        ConfigErrors::one("", "shift_plan.file", what, Some("correct the path, or its permissions".to_owned()))
    })?;
    Plan::read(&name, &bytes, &settings.site.time_zone).map(Some)
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Everything the configuration alone cannot know is right: figures of rules, the shift plan.
///
/// # Errors
/// All of it at once; warnings of the plan come with a good one.
pub fn check(settings: &Settings) -> Result<Vec<Warning>, ConfigErrors> {
    match (rules::check(&settings.alert_rules), plan(settings)) {
        (Ok(()), Ok(plan)) => Ok(plan.map(|(_, warnings)| warnings).unwrap_or_default()),
        (Err(mut errors), Err(more)) => {
            errors.problems.extend(more.problems);
            errors.warnings.extend(more.warnings);
            Err(errors)
        }
        (Err(errors), Ok(_)) | (Ok(()), Err(errors)) => Err(errors),
    }
}

/// What reading the files anew gives the engine: rules and plan, or why those in force stay.
#[must_use]
pub fn reload(request: &Request) -> Vec<Change> {
    let loaded = config::load(request).and_then(|(settings, _)| check(&settings).map(|_| settings));
    let settings = match loaded {
        Ok(settings) => settings,
        Err(errors) => return vec![Change::Rules(Err(first(&errors)))],
    };
    let plan = plan(&settings).ok().flatten().map(|(plan, _)| plan).unwrap_or_default();
    vec![Change::Rules(Ok((settings.alert_rules, settings.silences))), Change::Plan(Arc::new(plan))]
}

/// The first thing wrong, on one line, and how many there are.
fn first(errors: &ConfigErrors) -> Label {
    let problem = errors.problems.first();
    let text = problem.map(|p| format!("{} {}: {}", p.place(), p.key, p.what)).unwrap_or_default();
    let more = errors.problems.len().saturating_sub(1);
    Label::new(&if more > 0 { format!("{text} (+{more})") } else { text })
}

/// Looks at the files and tells the engine when one of them changed.
pub(super) async fn follow(request: Request, changes: mpsc::Sender<Change>, mut stop: watch::Receiver<bool>) {
    let mut known = stamps(&request);
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = stamps(&request);
        if now == known {
            continue;
        }
        known = now;
        let asked = request.clone();
        let Ok(found) = tokio::task::spawn_blocking(move || reload(&asked)).await else { continue };
        for change in found {
            if let Change::Rules(Err(why)) = &change {
                tracing::warn!(%why, "the changed configuration is wrong; the rules in force stay");
            }
            if changes.send(change).await.is_err() {
                return;
            }
        }
    }
}

/// When each file was last written, and how large it is.
fn stamps(request: &Request) -> Vec<(PathBuf, Option<(SystemTime, u64)>)> {
    let mut files: Vec<PathBuf> =
        config::find(request.file.as_deref(), &request.env).ok().flatten().map(|p| p.path).into_iter().collect();
    files.extend(config::load(request).ok().and_then(|(settings, _)| settings.shift_plan.file));
    let stamp = |path: &PathBuf| std::fs::metadata(path).ok().and_then(|m| Some((m.modified().ok()?, m.len())));
    files.into_iter().map(|path| (path.clone(), stamp(&path))).collect()
}
