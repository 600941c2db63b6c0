//! Both languages are complete: same keys, same names to fill in, every key used exists and every key there is is used.
#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

use floorwatch::report::Words as _;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use floorwatch::alert::{AlertKind, IncidentState, Level, What};
use floorwatch::config::Lang;
use floorwatch::locale::Texts;
use floorwatch::metrics::{FigureKey, Slot, Window};
use floorwatch::model::{
    AgentState, AnnouncementStep, Anomaly, Direction, MeasureStage, Readers, ReasonClass, StepState, Verdict,
};
use floorwatch::tui::{Action, KEYS, Key, THEMES, theme_word};

fn texts(lang: Lang) -> BTreeMap<String, String> {
    Texts::get(lang).all().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// Names in braces.
fn names(text: &str) -> BTreeSet<String> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_the_same_names_in_them() {
    let (en, zh) = (texts(Lang::En), texts(Lang::ZhCn));
    assert!(en.len() > 200, "the files were read");
    let (en_keys, zh_keys): (Vec<_>, Vec<_>) = (en.keys().collect(), zh.keys().collect());
    assert_eq!(en_keys, zh_keys);
    for (key, text) in &en {
        let other = zh.get(key).expect("the same keys");
        assert_eq!(names(text), names(other), "{key}");
        assert!(!text.chars().any(char::is_control) && !other.chars().any(char::is_control), "{key}");
        let may_be_empty = key == "status.none";
        assert!(may_be_empty || (!text.trim().is_empty() && !other.trim().is_empty()), "{key}");
    }
}

/// Actions that ask for a text.
const PROMPTS: &[&str] = &[
    "ack_for",
    "note",
    "step",
    "measure",
    "wording",
    "wording_read",
    "tally",
    "dispatch_told",
    "dispatch_answer",
    "assign",
    "update",
    "resolve",
    "close",
    "open_incident",
];

/// Measures with a name of their own.
const MEASURES: &[&str] =
    &["standby", "callback_posts", "ivr_notice", "rest_stopped", "call_in", "outbound_stopped", "machines_off"];

/// Why a command is not done.
const REFUSED: &[&str] = &[
    "no_such_incident",
    "incident_closed",
    "no_such_code",
    "role_empty",
    "no_such_assignment",
    "already_done",
    "no_wording",
    "dispatch_not_told",
    "announcement_issued",
    "announcement_not_drafted",
    "announcement_not_reviewed",
    "announcement_not_issued",
    "no_such_step",
    "no_higher_instance",
    "no_head_count",
    "not_expected",
    "already_resolved",
    "not_about_an_incident",
    "not_about_the_roster",
    "no_such_playbook",
    "no_such_role",
    "role_taken",
    "in_the_past",
    "stopped",
];

/// Keys made from words of the vocabulary.
fn made() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut add = |area: &str, words: &mut dyn Iterator<Item = &'static str>| {
        keys.extend(words.map(|word| format!("{area}.{word}")));
    };
    add("figure", &mut FigureKey::ALL.iter().map(|k| k.word()));
    add("figure.short", &mut FigureKey::ALL.iter().map(|k| k.word()));
    add("state", &mut AgentState::ALL.iter().map(|k| k.word()));
    add("slot", &mut Slot::ALL.iter().map(|k| k.word()));
    add("class", &mut ReasonClass::ALL.iter().map(|k| k.word()));
    add("direction", &mut Direction::ALL.iter().map(|k| k.word()));
    add("window", &mut Window::ALL.iter().map(|k| k.word()));
    add("alert", &mut AlertKind::ALL.iter().map(|k| k.word()));
    add("mark", &mut floorwatch::roster::Rule::ALL.iter().map(|r| r.word()));
    add("place", &mut floorwatch::roster::Place::ALL.iter().map(|p| p.word()));
    add("lost.state", &mut floorwatch::roster::LostState::ALL.iter().map(|s| s.word()));
    add("level", &mut Level::ALL.iter().map(|k| k.word()));
    add("incident", &mut IncidentState::ALL.iter().map(|k| k.word()));
    add("anomaly", &mut Anomaly::ALL.iter().map(|k| k.word()));
    add("feed", &mut ["connecting", "live", "late", "away", "failed"].into_iter());
    add("status_line.store.trouble", &mut floorwatch::snapshot::StoreTrouble::ALL.iter().map(|k| k.word()));
    add("timeline", &mut What::WORDS.iter().copied().chain(["watch", "alarm"]));
    let silent = ["opened", "note", "resolved", "returned", "front_line", "signed_in", "signed_out", "handed_over"];
    add("timeline_detail", &mut What::WORDS.iter().copied().filter(|w| !silent.contains(w)));
    add("prompt", &mut PROMPTS.iter().copied());
    add("role", &mut floorwatch::roster::ROLES.iter().copied());
    add("stage", &mut MeasureStage::ALL.iter().map(|k| k.word()));
    add("announcement", &mut AnnouncementStep::ALL.iter().map(|k| k.word()));
    add("verdict", &mut Verdict::ALL.iter().map(|k| k.word()));
    add("step_state", &mut StepState::ALL.iter().map(|k| k.word()));
    add("readers", &mut Readers::ALL.iter().map(|k| k.word()));
    add("measure", &mut MEASURES.iter().copied());
    add("count", &mut ["handwritten", "to_call_back"].into_iter());
    add("refused", &mut REFUSED.iter().copied());
    add("action", &mut Action::ALL.iter().map(|k| k.word()));
    add("backtest", &mut ["bare_5", "bare_15", "bare_30", "guarded", "ours"].into_iter());
    add("surge_why", &mut ["areas", "lines", "menus", "reasons", "queues", "before", "never"].into_iter());
    add("theme", &mut THEMES.iter().map(|t| theme_word(*t)));
    // What the floor's people, lost callers and rules refuse.
    let floor = [
        "needs_end",
        "needs_note",
        "needs_what",
        "no_such_caller",
        "no_such_mark",
        "no_such_person",
        "no_such_rule",
        "no_such_silence",
        "no_such_wish",
        "not_of_the_floor",
        "over_hours",
        "rest_asked_already",
    ];
    add("refused", &mut floor.into_iter());
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "workday", "nothing"];
    add("day.like", &mut days.into_iter());
    add("key", &mut KEYS.iter().filter_map(|(key, _)| if let Key::Named(name) = key { Some(*name) } else { None }));
    keys
}

#[test]
fn every_word_of_the_vocabulary_has_a_text() {
    let en = texts(Lang::En);
    let missing: Vec<String> = made().into_iter().filter(|key| !en.contains_key(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn labels_are_those_of_the_trade() {
    let (en, zh) = (Texts::get(Lang::En), Texts::get(Lang::ZhCn));
    for (key, english, chinese) in [
        (FigureKey::Offered, "Calls offered", "人工请求量"),
        (FigureKey::Answered, "Calls answered", "人工接通量"),
        (FigureKey::Waiting, "Waiting", "排队人数"),
        (FigureKey::LongestWait, "Longest wait", "当前最长等待"),
        (FigureKey::AnswerRate, "Answer rate", "接通率"),
        (FigureKey::ServiceLevel, "Service level {n}s", "{n}秒接通率"),
        (FigureKey::Asa, "Average speed of answer", "平均应答时间"),
        (FigureKey::AbandonRate, "Abandon rate", "放弃率"),
        (FigureKey::Lost, "Lost calls", "呼损量"),
        (FigureKey::Ratio, "Times the usual", "倍数"),
        (FigureKey::Occupancy, "Occupancy", "占用率"),
    ] {
        assert_eq!((en.figure(key), zh.figure(key)), (english, chinese));
    }
    assert_eq!(zh.slot(Slot::Ready), "示闲");
    assert_eq!(zh.state(AgentState::AfterCall), "话后处理");
}

fn sources(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the source tree").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// Literals of the screens' source that look like keys, tests left out.
fn used() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui"), &mut files);
    for more in ["src/locale", "src/report", "src/cli", "src/app"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(more), &mut files);
    }
    let areas: BTreeSet<String> =
        texts(Lang::En).keys().filter_map(|k| k.split('.').next()).map(str::to_owned).collect();
    let mut keys = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for literal in code.split('"') {
            let parts: Vec<&str> = literal.split('.').collect();
            let word =
                |p: &&str| !p.is_empty() && p.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if parts.len() > 1 && parts.iter().all(word) && parts.first().is_some_and(|a| areas.contains(*a)) {
                keys.insert(literal.to_owned());
            }
        }
    }
    keys
}

#[test]
fn every_key_used_exists_and_every_key_is_used() {
    let (en, used, made) = (texts(Lang::En), used(), made());
    let counted = |key: &str| en.contains_key(&format!("{key}.one")) && en.contains_key(&format!("{key}.other"));
    // Areas whose keys are made from words are named as well: "figure.short", "day.like".
    let area = |key: &str| made.iter().any(|m| m.rsplit_once('.').is_some_and(|(area, _)| area == key));
    let missing: Vec<&String> = used.iter().filter(|k| !en.contains_key(*k) && !counted(k) && !area(k)).collect();
    assert!(missing.is_empty(), "used, but not in the files: {missing:?}");
    let base = |key: &str| key.trim_end_matches(".one").trim_end_matches(".other").to_owned();
    // What feeds cannot tell is named by the sources.
    let idle: Vec<&String> = en
        .keys()
        .filter(|k| {
            !used.contains(*k)
                && !used.contains(&base(k))
                && !made.contains(*k)
                && !k.starts_with("cannot.")
                && !k.starts_with("explain.")
        })
        .collect();
    assert!(idle.is_empty(), "in the files, but not used: {idle:?}");
}
