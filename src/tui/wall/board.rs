//! Two rows of figures: of this instant, and of a window that is named.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::metrics::{FigureKey, Slot, Value, Window};
use crate::snapshot::ScopeView;
use crate::tui::charset::Charset;
use crate::tui::digits::{Figure, SIZES, Size};
use crate::tui::format;
use crate::tui::scene::Scene;
use crate::tui::status::Status;
use crate::tui::strip::{Strip, put};
use crate::tui::text::{capital, width};
use crate::tui::theme::Role;
use crate::tui::widget::figures::{Shown, label, large};
use crate::tui::widget::table::title;

/// The window of the lower row, and of the ratio.
pub(super) const WINDOW: Window = Window::Min30;

const NOW: [Panel; 4] = [
    Panel::Figure(FigureKey::Waiting),
    Panel::Figure(FigureKey::LongestWait),
    Panel::Ready,
    Panel::Figure(FigureKey::Ratio),
];
const LATELY: [Panel; 4] = [
    Panel::Figure(FigureKey::AnswerRate),
    Panel::Figure(FigureKey::ServiceLevel),
    Panel::Figure(FigureKey::Asa),
    Panel::Figure(FigureKey::AbandonRate),
];

/// What one place of the board shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panel {
    /// A figure of scope all.
    Figure(FigureKey),
    /// People ready now.
    Ready,
}

/// How the board is laid out in the room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Size of the digits; `None` is a line of text.
    size: Option<Size>,
    /// Whether a line below says the target.
    notes: bool,
    /// Lines that name the rows: 0, 1 (the lower one) or 2.
    titles: u16,
    /// Figures beside one another.
    columns: u16,
    /// Blank lines between the rows.
    gap: u16,
}

impl Plan {
    /// The largest digits that leave the queues their room.
    pub(super) fn of(area: Rect, scene: &Scene<'_>) -> Self {
        let columns = if area.width >= 40 { 4 } else { 2 };
        let slot = (area.width / columns).saturating_sub(2);
        let budget = (area.height * 58 / 100).max(area.height.saturating_sub(60));
        let rough = scene.ui.charset != Charset::Unicode;
        let fits = |size: &Size| templates().iter().all(|f| size.cells(f) <= slot) && !(rough && size.halves());
        let gap = u16::from(area.height >= 36);
        let with = |size: Option<Size>, notes, titles| Self { size, notes, titles, columns, gap };
        let mut plans: Vec<Self> = Vec::new();
        for size in SIZES.into_iter().filter(fits) {
            plans.extend([with(Some(size), true, 2), with(Some(size), true, 1)]);
        }
        plans.extend(SIZES.into_iter().filter(fits).map(|size| with(Some(size), false, 1)));
        plans.extend([with(None, true, 1), with(None, false, 1), with(None, false, 0)]);
        plans.into_iter().find(|p| p.rows() <= budget).unwrap_or_else(|| with(None, false, 0))
    }

    /// Rows of the whole board.
    pub(super) fn rows(self) -> u16 {
        let lines = 8 / self.columns;
        lines * self.line_rows() + self.titles + self.gap
    }

    /// Whether there is room to breathe below it.
    pub(super) fn airy(self) -> bool {
        self.size.is_some() && self.notes
    }

    fn line_rows(self) -> u16 {
        1 + self.size.map_or(1, Size::rows) + u16::from(self.notes)
    }
}

/// The widest figures that must fit: what is wider is drawn smaller.
fn templates() -> [Figure; 3] {
    let figure = |digits: &str, unit| Figure { digits: digits.to_owned(), unit };
    [figure("88:88", None), figure("88.8", Some('%')), figure("888", None)]
}

/// Draws both rows.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, plan: &Plan) {
    let mut y = area.y;
    let window = scene.texts.window(WINDOW);
    for (row, (panels, name)) in [(NOW, scene.t("wall.now")), (LATELY, window)].into_iter().enumerate() {
        if plan.titles > 1 || (plan.titles == 1 && row == 1) {
            title(buf, Rect { y, height: u16::from(y < area.bottom()), ..area }, scene, &capital(name), &Strip::new());
            y += 1;
        }
        for line in panels.chunks(usize::from(plan.columns)) {
            let slot = area.width / plan.columns;
            for (panel, at) in line.iter().zip(0u16..) {
                let place = Rect { x: area.x + at * slot, y, width: slot.saturating_sub(2), height: plan.line_rows() };
                one(buf, place.intersection(area), scene, *panel, plan);
            }
            y += plan.line_rows();
        }
        y += plan.gap;
    }
}

/// One figure: its word, its digits, its target.
fn one(buf: &mut Buffer, area: Rect, scene: &Scene<'_>, panel: Panel, plan: &Plan) {
    if area.is_empty() {
        return;
    }
    let all = &scene.snapshot.all;
    let (word, shown) = match panel {
        Panel::Figure(key) => (named(scene, key, all, area.width), Shown::of(scene, all, key, WINDOW)),
        Panel::Ready => (scene.texts.slot(Slot::Ready).to_owned(), ready(scene)),
    };
    let (figure, role) = (shown.large(), shown.role(Role::Strong));
    let status = scene.style(shown.status.role());
    let mut head = Strip::of(&capital(&word), scene.style(Role::Muted));
    if shown.status >= Status::Watch && !plan.notes {
        head.gap(1).push(shown.status.sign(), status);
    }
    head.draw(buf, area.x, area.y, area.width);
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let style = scene.style(role);
    // A figure that has grown too wide for its place is drawn smaller.
    let rough = scene.ui.charset != Charset::Unicode;
    let size = plan.size.and_then(|wanted| {
        SIZES
            .into_iter()
            .find(|s| s.rows() <= wanted.rows() && s.cells(&figure) <= area.width && !(rough && s.halves()))
    });
    let rows = match (plan.size, size) {
        (Some(wanted), Some(size)) => {
            size.draw(buf, below, &figure, style, !rough);
            wanted.rows()
        }
        (wanted, _) => {
            put(buf, below.x, below.y, below.width, &format::figure(scene.texts, shown.key.unit(), shown.value), style);
            wanted.map_or(1, Size::rows)
        }
    };
    if plan.notes && below.height > rows {
        note(scene, panel, &shown, below.width).draw(buf, below.x, below.y + rows, below.width);
    }
}

/// People ready now, as a figure: none while somebody waits is worth a sign.
fn ready(scene: &Scene<'_>) -> Shown {
    let ready = scene.snapshot.people.of(Slot::Ready);
    let short = ready == 0 && scene.snapshot.all.now.waiting > 0;
    Shown {
        key: FigureKey::Waiting,
        value: Value::Known(f64::from(ready)),
        status: if short { Status::Watch } else { Status::None },
        small: None,
        stale: scene.snapshot.all.stale_since.is_some(),
    }
}

/// The line below: how it stands, target or limit, and what it is made of; as much of it as there is room for.
fn note(scene: &Scene<'_>, panel: Panel, shown: &Shown, room: u16) -> Strip {
    let facts = facts(scene, panel);
    let tries = [(true, facts.len()), (true, 1), (false, facts.len()), (false, 1), (true, 0)];
    let mut notes =
        tries.into_iter().map(|(word, n)| note_of(scene, panel, shown, word, facts.get(..n).unwrap_or(&facts)));
    notes.clone().find(|n| n.width() <= room).or_else(|| notes.next_back()).unwrap_or_default()
}

fn note_of(scene: &Scene<'_>, panel: Panel, shown: &Shown, word: bool, facts: &[String]) -> Strip {
    let mut strip = Strip::new();
    let mut style = scene.style(Role::Muted);
    if let Some(since) = scene.snapshot.all.stale_since {
        strip.push(&scene.fill("wall.as_of", &[("time", &scene.clock(since))]), scene.style(Role::Stale)).gap(2);
    } else if shown.status != Status::None {
        let role = scene.style(shown.status.role());
        strip.push(shown.status.sign(), role).gap(1);
        if shown.status >= Status::Watch && word {
            let word = match panel {
                Panel::Ready => scene.t("wall.none_ready"),
                Panel::Figure(key) => scene.t(shown.status.key(key == FigureKey::ServiceLevel)),
            };
            strip.push(word, role).gap(2);
        } else if shown.status >= Status::Watch {
            style = role;
        }
    }
    if let Some(n) = shown.small {
        strip.push(&scene.fill("wall.sample", &[("n", &n.to_string())]), scene.style(Role::Stale)).gap(2);
    }
    for (at, text) in facts.iter().enumerate() {
        if at > 0 {
            strip.push(" · ", scene.style(Role::Faint));
        }
        strip.push(text, style);
    }
    strip
}

/// What is said about a figure, most useful first.
fn facts(scene: &Scene<'_>, panel: Panel) -> Vec<String> {
    let all = &scene.snapshot.all;
    let (now, tally, targets) = (&all.now, all.tally(WINDOW), &scene.ui.targets);
    let counts = &tally.counts;
    let limit = |value: String| scene.fill("wall.limit", &[("value", &value)]);
    let of_calls = |n: i64, of: i64| scene.fill("wall.of_calls", &[("n", &n.to_string()), ("of", &of.to_string())]);
    let mut said = Vec::new();
    match panel {
        Panel::Ready => {
            let n = scene.snapshot.people.signed_in().to_string();
            said.push(scene.fill("wall.ready_of", &[("n", &n)]));
        }
        Panel::Figure(FigureKey::Waiting) => {
            let over = scene.snapshot.rules.waiting_over.unwrap_or(all.rules.within).whole_secs().to_string();
            said.push(scene.fill("wall.over", &[("n", &now.over.to_string()), ("t", &over)]));
            if now.waiting_again > 0 {
                said.push(scene.fill("wall.again", &[("n", &now.waiting_again.to_string())]));
            }
            if now.ghosts > 0 {
                said.push(scene.fill("wall.ghosts", &[("n", &now.ghosts.to_string())]));
            }
        }
        Panel::Figure(FigureKey::LongestWait) => said.extend(targets.long_wait_s.map(|s| limit(clock_of(s)))),
        Panel::Figure(FigureKey::Ratio) => match tally.usual {
            Some(usual) => {
                said.push(scene.fill("wall.usual_is", &[("n", &format!("{usual:.0}"))]));
                said.push(scene.fill("wall.now_is", &[("n", &counts.offered.to_string())]));
            }
            None => said.push(scene.t("wall.no_usual").to_owned()),
        },
        Panel::Figure(FigureKey::AnswerRate) => said.push(of_calls(counts.answered, counts.answered + counts.lost())),
        Panel::Figure(FigureKey::ServiceLevel) => {
            let target = format!("{}%", format::percent(all.rules.target));
            said.push(scene.fill("wall.target", &[("value", &target)]));
        }
        Panel::Figure(FigureKey::Asa) => {
            if let Some([_, p90, ..]) = tally.wait_percentiles_us {
                let p90 = crate::model::Span::from_micros(p90).secs();
                said.push(scene.fill("wall.p90", &[("value", &format::seconds(scene.texts, p90))]));
            }
        }
        Panel::Figure(FigureKey::AbandonRate) => {
            said.extend(targets.abandon_rate.map(|r| limit(format!("{}%", format::percent(r)))));
            if all.exits_included {
                said.push(scene.t("wall.exits_included").to_owned());
            }
        }
        Panel::Figure(_) => {}
    }
    said
}

/// A limit in minutes and seconds.
fn clock_of(secs: f64) -> String {
    large(crate::metrics::Unit::Seconds, Value::Known(secs)).text()
}

/// The label, the short one where the long one has no room.
fn named(scene: &Scene<'_>, key: FigureKey, all: &ScopeView, room: u16) -> String {
    let long = label(scene, key, all, false);
    if width(&long) + 2 <= room { long } else { label(scene, key, all, true) }
}
