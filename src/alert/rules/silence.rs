//! What is silent, who asked for it, why, and until when.

use crate::config::Silence;
use crate::model::{FloorCommand, Label, Time};

/// A silence that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilenceView {
    /// The rule.
    pub rule: Label,
    /// One scope of it; `None` is all.
    pub scope: Option<Label>,
    /// It ends.
    pub until: Time,
    /// Who asked for it.
    pub author: Label,
    /// Why.
    pub reason: Label,
}

/// Silences of the file and of commands.
#[derive(Clone, Debug, Default)]
pub(super) struct Silences {
    of_file: Vec<Silence>,
    told: Vec<Silence>,
}

/// Silences told that are kept.
const MOST: usize = 1000;

impl Silences {
    pub(super) fn reload(&mut self, of_file: Vec<Silence>) {
        self.of_file = of_file;
    }

    fn all(&self) -> impl Iterator<Item = &Silence> {
        self.of_file.iter().chain(&self.told)
    }

    fn holds(silence: &Silence, now: Time) -> bool {
        silence.from.is_none_or(|from| from <= now) && now < silence.until
    }

    pub(super) fn silent(&self, rule: &Label, scope: &Label, now: Time) -> bool {
        self.all().any(|s| s.rule == *rule && Self::holds(s, now) && s.scope.as_ref().is_none_or(|s| s == scope))
    }

    /// Those in force, and those told that have ended are forgotten.
    pub(super) fn in_force(&mut self, now: Time) -> Vec<SilenceView> {
        self.told.retain(|s| now < s.until);
        let views = self.all().filter(|s| Self::holds(s, now)).map(|s| SilenceView {
            rule: s.rule.clone(),
            scope: s.scope.clone(),
            until: s.until,
            author: s.author.clone(),
            reason: s.reason.clone(),
        });
        views.collect()
    }

    /// A silence by command needs an end and a reason.
    pub(super) fn add(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        let until = command.until.filter(|until| *until > now).ok_or("needs_end")?;
        if command.note.is_empty() {
            return Err("needs_note");
        }
        if self.told.len() >= MOST {
            self.told.remove(0);
        }
        self.told.push(Silence {
            rule: command.whom.clone(),
            scope: Some(command.what.clone()).filter(|s| !s.is_empty()),
            from: Some(now),
            until,
            author: command.by.clone(),
            reason: command.note.clone(),
        });
        Ok(())
    }

    pub(super) fn end(&mut self, command: &FloorCommand, now: Time) -> Result<(), &'static str> {
        let scope = Some(&command.what).filter(|s| !s.is_empty());
        let mut ended = false;
        for silence in self.of_file.iter_mut().chain(&mut self.told) {
            if silence.rule == command.whom && Self::holds(silence, now) && silence.scope.as_ref() == scope {
                silence.until = now;
                ended = true;
            }
        }
        if ended { Ok(()) } else { Err("no_such_silence") }
    }
}
