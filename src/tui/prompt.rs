//! What is typed at a prompt, as the command it means.

use crate::model::{Command, Label, MeasureStage, Note, Readers, Span, StepState, Time, Verdict};
use crate::snapshot::{IncidentView, Snapshot};

use super::action::Action;
use super::rows;
use super::ui::{RowKey, Ui, View};

/// The longest text typed, characters: a note's.
pub(super) const LONGEST: usize = 2000;

/// Whether an action asks for a text first.
pub(super) const fn asks(action: Action) -> bool {
    matches!(
        action,
        Action::AckFor
            | Action::Note
            | Action::Step
            | Action::Measure
            | Action::Wording
            | Action::WordingRead
            | Action::Tally
            | Action::DispatchTold
            | Action::DispatchAnswer
            | Action::Assign
            | Action::Update
            | Action::Resolve
            | Action::Close
            | Action::OpenIncident
    )
}

/// The incident meant: the chosen one in its view, elsewhere the worst that stands.
pub(super) fn meant<'s>(ui: &Ui, newest: &'s Snapshot) -> Option<&'s IncidentView> {
    if ui.view != View::Incidents {
        return rows::standing(newest).into_iter().next();
    }
    let keys = rows::keys(ui, newest);
    let Some(RowKey::Incident(id)) = keys.get(rows::chosen(ui, &keys)) else { return None };
    newest.incidents.iter().map(AsRef::as_ref).find(|i| i.id == *id)
}

/// What stands at the prompt when it opens: of the checklist the next step.
pub(super) fn first_text(action: Action, incident: &IncidentView) -> String {
    let open = |(_, step): &(usize, &crate::alert::PlaybookStep)| {
        incident.work.step(&step.id).is_none_or(|(_, state, _)| *state == StepState::Open)
    };
    match action {
        Action::Step => {
            incident.plan.steps.iter().enumerate().find(open).map(|(n, _)| (n + 1).to_string()).unwrap_or_default()
        }
        Action::Update => "managers".to_owned(),
        _ => String::new(),
    }
}

/// The command a text means; `None` where it says too little.
pub(super) fn command(
    action: Action,
    incident: u64,
    by: Label,
    typed: &str,
    now: Time,
    zone: &jiff::tz::TimeZone,
) -> Option<Command> {
    let typed = typed.trim();
    let (first, rest) = typed.split_once(' ').map_or((typed, ""), |(first, rest)| (first, rest.trim()));
    let said = |text: &str| Some(Note::new(text)).filter(|note| !note.is_empty());
    let word = |text: &str| Some(Label::new(text)).filter(|label| !label.is_empty());
    Some(match action {
        Action::AckFor => Command::AckFor { incident, by, whom: word(typed)? },
        Action::Note => Command::Note { incident, by, text: said(typed)? },
        Action::Step => {
            let state = match rest.chars().next() {
                Some('s' | '-') => StepState::Skipped,
                Some('u') => StepState::Open,
                _ => StepState::Done,
            };
            Command::Step { incident, by, step: word(first)?, state, text: None }
        }
        Action::Measure => {
            let (stage, text) = rest.split_once(' ').map_or((rest, ""), |(stage, text)| (stage, text));
            let known = MeasureStage::from_word(stage);
            let text = if known.is_some() { text } else { rest };
            Command::Measure {
                incident,
                by,
                name: word(first)?,
                stage: known.unwrap_or(MeasureStage::Asked),
                text: said(text),
            }
        }
        Action::Wording => Command::Wording { incident, by, text: said(typed)? },
        Action::WordingRead => Command::WordingRead { incident, by, team: word(typed)?, version: None },
        Action::Tally => {
            let (area, n) = match typed.rsplit_once(' ').map(|(area, n)| (area, n.parse::<u64>())) {
                Some((area, Ok(n))) => (area, n),
                _ => (typed, 1),
            };
            Command::Tally { incident, by, area: word(area)?, n }
        }
        Action::DispatchTold => {
            let (whom, due) = with_time(typed, now, zone);
            Command::DispatchTold { incident, by, whom: word(whom)?, due }
        }
        Action::DispatchAnswer => {
            let (text, repair) = with_time(typed, now, zone);
            Command::DispatchAnswer { incident, by, text: said(text)?, repair }
        }
        Action::Assign => {
            let (text, due) = with_time(rest, now, zone);
            Command::Assign { incident, by, to: word(first)?, text: said(text)?, due }
        }
        Action::Update => {
            let to = Readers::ALL.iter().find(|to| !first.is_empty() && to.word().starts_with(first));
            Command::Update { incident, by, to: *to?, text: said(rest) }
        }
        Action::Resolve => Command::Resolve { incident, by, text: said(typed) },
        Action::Close => {
            let verdict = match first.chars().next()? {
                't' | '真' | '是' | '实' => Verdict::True,
                'f' | '假' | '误' | '否' => Verdict::False,
                'd' | '演' => Verdict::Drill,
                _ => return None,
            };
            Command::Close { incident, by, verdict: Some(verdict), cause: said(rest) }
        }
        Action::OpenIncident => {
            let (drill, kind, name) = match (first, rest.split_once(' ')) {
                ("drill" | "演练", Some((kind, name))) => (true, kind, name),
                ("drill" | "演练", None) => (true, rest, rest),
                _ => (false, first, rest),
            };
            let name = if name.is_empty() { kind } else { name };
            Command::Open { by, kind: word(kind)?, name: word(name)?, text: None, drill }
        }
        _ => return None,
    })
}

/// A text whose last word is a time: `+10` minutes from now, or `14:30` the next time it is that.
fn with_time<'t>(text: &'t str, now: Time, zone: &jiff::tz::TimeZone) -> (&'t str, Option<Time>) {
    let Some((before, last)) = text.rsplit_once(' ') else { return (text, None) };
    let minutes = last.strip_prefix('+').and_then(|n| n.parse::<i64>().ok()).filter(|n| (0..100_000).contains(n));
    let clock = || {
        let (hour, minute) = last.split_once(':')?;
        let clock = jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
        let today = now.to_jiff().to_zoned(zone.clone()).date();
        let on = |day: jiff::civil::Date| zone.to_timestamp(day.to_datetime(clock)).ok().map(Time::from_jiff);
        on(today).filter(|t| *t >= now).or_else(|| on(today.tomorrow().ok()?))
    };
    match minutes.map(|n| now + Span::from_secs(n * 60)).or_else(clock) {
        Some(at) => (before.trim(), Some(at)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_the_command_it_means() {
        let zone = jiff::tz::TimeZone::UTC;
        let now = Time::from_secs(1_779_235_200); // midnight
        for (action, typed, json) in [
            (Action::AckFor, " 12345 ", r#"{"by":"li","incident":"3","what":"ack_for","whom":"12345"}"#),
            (Action::Step, "2", r#"{"by":"li","incident":"3","state":"done","step":"2","what":"step"}"#),
            (Action::Step, "2 skip", r#"{"by":"li","incident":"3","state":"skipped","step":"2","what":"step"}"#),
            (
                Action::Measure,
                "standby",
                r#"{"by":"li","incident":"3","name":"standby","stage":"asked","what":"measure"}"#,
            ),
            (
                Action::Measure,
                "standby in_force 12 came",
                r#"{"by":"li","incident":"3","name":"standby","stage":"in_force","text":"12 came","what":"measure"}"#,
            ),
            (Action::Tally, "河东 片区 3", r#"{"area":"河东 片区","by":"li","incident":"3","n":"3","what":"tally"}"#),
            (Action::Tally, "East", r#"{"area":"East","by":"li","incident":"3","n":"1","what":"tally"}"#),
            (
                Action::DispatchTold,
                "Kim Lee +10",
                r#"{"by":"li","due":"2026-05-20T00:10:00Z","incident":"3","what":"dispatch_told","whom":"Kim Lee"}"#,
            ),
            (
                Action::DispatchAnswer,
                "cable cut 15:10",
                r#"{"by":"li","incident":"3","repair":"2026-05-20T15:10:00Z","text":"cable cut","what":"dispatch_answer"}"#,
            ),
            (Action::Update, "b", r#"{"by":"li","incident":"3","to":"business","what":"update"}"#),
            (Action::Close, "真 电缆", r#"{"by":"li","cause":"电缆","incident":"3","verdict":"true","what":"close"}"#),
            (
                Action::OpenIncident,
                "drill evacuation",
                r#"{"by":"li","drill":"true","kind":"evacuation","name":"evacuation","what":"open"}"#,
            ),
        ] {
            let found = command(action, 3, Label::new("li"), typed, now, &zone);
            assert_eq!(found.map(|c| c.to_json()).as_deref(), Some(json), "{typed}");
        }
        for (action, typed) in [
            (Action::Note, ""),
            (Action::AckFor, " "),
            (Action::Close, "perhaps"),
            (Action::Close, ""),
            (Action::Update, ""),
            (Action::Assign, "liaison"),
            (Action::Redraw, "x"),
        ] {
            assert_eq!(command(action, 3, Label::new("li"), typed, now, &zone), None, "{action:?} {typed}");
        }
    }
}
