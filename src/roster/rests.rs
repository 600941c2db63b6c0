//! Rests (小休): the quota of a team, who rests, and who waits for one.

use std::collections::BTreeMap;

use crate::config::DisciplineRules;
use crate::model::{Label, Time};

/// A wish for a rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub person: Label,
    pub name: Label,
    pub team: Option<Label>,
    pub at: Time,
}

/// The rests of a team now.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TeamRests {
    /// The team; empty for people of none.
    pub team: Label,
    /// Resting now, meals apart.
    pub resting: u32,
    /// At their meal.
    pub meals: u32,
    /// How many may rest at once.
    pub quota: u32,
    /// Who waits for one, since when, the first first.
    pub waiting: Vec<(Label, Time)>,
}

impl TeamRests {
    /// Rests that are free.
    #[must_use]
    pub const fn free(&self) -> u32 {
        self.quota.saturating_sub(self.resting)
    }
}

/// Wishes and quotas.
#[derive(Clone, Debug, Default)]
pub struct Rests {
    wishes: Vec<Wish>,
    /// Set by a lead; the empty team is every team.
    set: BTreeMap<Label, u32>,
}

/// Wishes kept; a floor has fewer people.
const MOST: usize = 10_000;

impl Rests {
    /// How many of a team may rest at once: a lead's word for the team, for all, the file's for the team, for all.
    #[must_use]
    pub fn quota(&self, team: &Label, rules: &DisciplineRules) -> u32 {
        let of_file = || rules.team_quota.iter().find(|(t, _)| t == team).map(|(_, n)| *n);
        let set = self.set.get(team).or_else(|| self.set.get("")).copied();
        set.or_else(of_file).unwrap_or(rules.rest_quota)
    }

    pub(super) fn ask(&mut self, wish: Wish) -> Result<(), &'static str> {
        if self.wishes.iter().any(|w| w.person == wish.person) {
            return Err("rest_asked_already");
        }
        if self.wishes.len() < MOST {
            self.wishes.push(wish);
        }
        Ok(())
    }

    pub(super) fn drop(&mut self, person: &Label) -> Result<(), &'static str> {
        let before = self.wishes.len();
        self.wishes.retain(|w| w.person != *person);
        if self.wishes.len() < before { Ok(()) } else { Err("no_such_wish") }
    }

    /// Sets a quota, or gives it back to the file.
    pub(super) fn set(&mut self, team: &Label, count: Option<u32>) {
        match count {
            Some(count) => drop(self.set.insert(team.clone(), count)),
            None => drop(self.set.remove(team)),
        }
    }

    /// Who rests now no longer waits for it.
    pub(super) fn begun(&mut self, person: &Label) {
        self.wishes.retain(|w| w.person != *person);
    }

    /// One line a team. `resting` are those who rest now: team, and whether at a meal.
    pub(super) fn teams<'a>(
        &self,
        resting: impl Iterator<Item = (&'a Label, bool)>,
        known: impl Iterator<Item = &'a Label>,
        rules: &DisciplineRules,
    ) -> Vec<TeamRests> {
        let mut teams: BTreeMap<Label, TeamRests> = BTreeMap::new();
        for team in known {
            teams.entry(team.clone()).or_default();
        }
        for (team, meal) in resting {
            let row = teams.entry(team.clone()).or_default();
            if meal {
                row.meals += 1;
            } else {
                row.resting += 1;
            }
        }
        for wish in &self.wishes {
            let row = teams.entry(wish.team.clone().unwrap_or_default()).or_default();
            row.waiting.push((wish.name.clone(), wish.at));
        }
        let row = |(team, rests): (Label, TeamRests)| TeamRests { quota: self.quota(&team, rules), team, ..rests };
        teams.into_iter().map(row).collect()
    }
}
