//! Reads what incidents are carried by: duty rosters and the user's own playbooks.

use std::path::Path;

use crate::alert::{Desk, Playbooks};
use crate::config::{Lang, Settings};
use crate::model::Time;
use crate::roster::{self, Plan};
use crate::source::demo::Scenario;

/// The roster of the demonstration.
pub const DEMO_ROSTER: &str = include_str!("../../assets/demo/duty.csv");

/// The shift plan of the demonstration: `{-4}` is four hours before the half-hour it begins in, `{A}` the team of these desks.
pub const DEMO_PLAN: &str = include_str!("../../assets/demo/shift-plan.csv");

/// The plan of a demonstration that begins at `start`.
#[must_use]
pub fn demo_plan(scenario: &Scenario, lang: Lang, start: Time) -> Plan {
    let begins = start.second() - start.second().rem_euclid(1800);
    let hours = (-12..=12).map(|h: i64| (format!("{{{h}}}"), Time::from_secs(begins + h * 3600).rfc3339()));
    let teams = scenario.teams().iter().map(|t| (format!("{{{}}}", t.desks), t.name.of(lang).to_owned()));
    let text = hours.chain(teams).fold(DEMO_PLAN.to_owned(), |text, (mark, value)| text.replace(&mark, &value));
    // A center of one's own may have other teams; then nobody is planned.
    Plan::read("shift-plan.csv", text.as_bytes(), scenario.zone()).map(|(plan, _)| plan).unwrap_or_default()
}

/// The desk of the settings, and what is wrong with its files, each `file:line: what; remedy`. What can be read is in it.
#[must_use]
pub fn load(settings: &Settings) -> (Desk, Vec<String>) {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for path in &settings.incident.rosters {
        match std::fs::read_to_string(path) {
            Ok(text) => files.push((path.display().to_string(), text)),
            Err(why) => {
                problems.push(format!("{}: cannot be read: {why}; correct incident.rosters", path.display()));
            }
        }
    }
    let (roster, wrong) = roster::read(&files, &settings.site.time_zone);
    problems.extend(wrong.iter().map(ToString::to_string));
    let mut playbooks = Playbooks::shipped();
    if let Some(dir) = &settings.incident.playbooks {
        own_playbooks(dir, &mut playbooks, &mut problems);
    }
    (Desk { rules: settings.incident.clone(), roster, playbooks }, problems)
}

/// The desk of a demonstration: the settings' own, with a roster where they name none.
#[must_use]
pub fn demo(settings: &Settings) -> Desk {
    let (mut desk, _) = load(settings);
    if settings.incident.rosters.is_empty() {
        let files = [("duty.csv".to_owned(), DEMO_ROSTER.to_owned())];
        desk.roster = roster::read(&files, &settings.site.time_zone).0;
    }
    desk
}

/// `NAME.toml`, and `en/NAME.toml`, `zh-CN/NAME.toml`.
fn own_playbooks(dir: &Path, playbooks: &mut Playbooks, problems: &mut Vec<String>) {
    let folders = std::iter::once((None, dir.to_owned()))
        .chain(Lang::ALL.iter().map(|lang| (Some(*lang), dir.join(lang.word()))));
    for (lang, folder) in folders {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(why) => {
                if lang.is_none() {
                    problems.push(format!("{}: cannot be read: {why}; correct incident.playbooks", folder.display()));
                }
                continue;
            }
        };
        let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
        paths.sort();
        for path in paths {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    let wrong = playbooks.add(lang, &name, &path.display().to_string(), &text);
                    problems.extend(wrong.iter().map(ToString::to_string));
                }
                Err(why) => problems.push(format!("{}: cannot be read: {why}", path.display())),
            }
        }
    }
}
