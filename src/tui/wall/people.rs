//! One line of people by what they do, and a bar of the same where there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::{FigureKey, Slot};
use crate::snapshot::PeopleView;
use crate::tui::charset::Charset;
use crate::tui::scene::Scene;
use crate::tui::strip::{Strip, put};
use crate::tui::theme::Role;
use crate::tui::widget::figures::{Shown, label};

use super::board::WINDOW;

/// Slots that are one word on the wall: its slot, all that count into it, role, fill of the bar.
type Part = (Slot, &'static [Slot], Role, &'static str);

const PARTS: [Part; 8] = [
    (Slot::Ready, &[Slot::Ready], Role::Ready, "░"),
    (Slot::Ringing, &[Slot::Ringing], Role::Ringing, "▒"),
    (Slot::TalkIn, &[Slot::TalkIn, Slot::TalkOut, Slot::TalkOther, Slot::Holding], Role::Talking, "█"),
    (Slot::AfterCall, &[Slot::AfterCall], Role::AfterCall, "▓"),
    (Slot::Rest, &[Slot::Rest], Role::Resting, "▄"),
    (Slot::Training, &[Slot::Training], Role::Resting, "▃"),
    (Slot::Work, &[Slot::Work, Slot::OtherNotReady], Role::Resting, "▂"),
    (Slot::TalkInternal, &[Slot::TalkInternal], Role::Resting, "▁"),
];

/// Which parts go first when room is short.
const FIRST_TO_GO: [Slot; 6] =
    [Slot::Work, Slot::Training, Slot::Ringing, Slot::TalkInternal, Slot::AfterCall, Slot::Rest];

/// Rows the line of people takes.
pub(super) const fn rows(room: u16) -> u16 {
    if room >= 14 { 2 } else { 1 }
}

fn count(people: &PeopleView, slots: &[Slot]) -> u32 {
    slots.iter().map(|s| people.of(*s)).sum()
}

/// Draws the line, and the bar below it.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if area.is_empty() {
        return;
    }
    let people = &scene.snapshot.people;
    if people.signed_in() == 0 {
        let text = if people.of(Slot::Unknown) > 0 {
            format!("{} {}", people.of(Slot::Unknown), scene.texts.slot(Slot::Unknown))
        } else {
            scene.t("wall.nobody").to_owned()
        };
        put(buf, area.x, area.y, area.width, &text, scene.style(Role::Muted));
        return;
    }
    let mut lines = (0..=FIRST_TO_GO.len()).map(|gone| line(scene, FIRST_TO_GO.get(..gone).unwrap_or_default()));
    let shown = lines.clone().find(|l| l.width() <= area.width).or_else(|| lines.next_back()).unwrap_or_default();
    shown.draw(buf, area.x, area.y, area.width);
    if area.height > 1 {
        bar(buf, Rect { y: area.y + 1, height: 1, ..area }, scene);
    }
}

fn line(scene: &Scene<'_>, gone: &[Slot]) -> Strip {
    let people = &scene.snapshot.people;
    let stale = scene.snapshot.all.stale_since.is_some();
    let muted = scene.style(Role::Muted);
    let mut strip = Strip::new();
    for (slot, slots, role, _) in PARTS.into_iter().filter(|(slot, ..)| !gone.contains(slot)) {
        let role = if stale { Role::Stale } else { role };
        strip.push(&count(people, slots).to_string(), scene.style(role).patch(scene.style(Role::Title).fg_none()));
        strip.gap(1).push(scene.texts.slot(slot), muted).gap(3);
    }
    let unknown = people.of(Slot::Unknown);
    if unknown > 0 {
        strip.push(&format!("{unknown} {}", scene.texts.slot(Slot::Unknown)), scene.style(Role::Stale)).gap(3);
    }
    let all = &scene.snapshot.all;
    strip.push(&label(scene, FigureKey::Occupancy, all, false), muted).gap(1);
    strip.join(Shown::of(scene, all, FigureKey::Occupancy, WINDOW).strip(scene));
    strip
}

/// A bar of everybody signed in, each part as long as its share, in the order of the line above.
fn bar(buf: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let people = &scene.snapshot.people;
    let total = u64::from(people.signed_in().max(1));
    let cells = |n: u64| u16::try_from(n * u64::from(area.width) / total).unwrap_or(area.width);
    // Without colours or half blocks the parts are told apart by their fill.
    let coloured = scene.ui.charset == Charset::Unicode && scene.style(Role::Talking).fg.is_some();
    let mut before = 0u64;
    for (_, slots, role, fill) in PARTS {
        let upto = before + u64::from(count(people, slots));
        let (from, to) = (cells(before), cells(upto).min(area.width));
        let role = if scene.snapshot.all.stale_since.is_some() { Role::Stale } else { role };
        let gap = u16::from(coloured && to > from + 1 && to < area.width);
        let fill = if coloured { "▄" } else { fill };
        let len = to.saturating_sub(from).saturating_sub(gap);
        put(buf, area.x + from, area.y, len, &fill.repeat(usize::from(len)), scene.style(role));
        before = upto;
    }
}

/// A style without its colour, to lay weight over another.
trait WithoutColour {
    fn fg_none(self) -> Self;
}

impl WithoutColour for ratatui::style::Style {
    fn fg_none(self) -> Self {
        Self { fg: None, bg: None, ..self }
    }
}
