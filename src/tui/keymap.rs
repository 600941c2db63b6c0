//! Which key does what. The help lists itself from here, so it cannot lie. Keys, once shipped, stay.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::action::{Action, Input};

/// A key as people press it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// Control with a letter.
    Ctrl(char),
    /// A key with a name in the texts (`key.<word>`).
    Named(&'static str),
}

/// Every binding, in the order of the help.
pub const KEYS: &[(Key, Action)] = &[
    (Key::Char('1'), Action::ViewWall),
    (Key::Char('2'), Action::ViewQueues),
    (Key::Char('3'), Action::ViewAgents),
    (Key::Char('4'), Action::ViewVolume),
    (Key::Char('5'), Action::ViewIncidents),
    (Key::Char('6'), Action::ViewFeeds),
    (Key::Char('7'), Action::ViewStaffing),
    (Key::Char('8'), Action::ViewEvents),
    (Key::Named("tab"), Action::NextView),
    (Key::Named("back_tab"), Action::PreviousView),
    (Key::Char('j'), Action::Down),
    (Key::Named("down"), Action::Down),
    (Key::Char('k'), Action::Up),
    (Key::Named("up"), Action::Up),
    (Key::Named("page_down"), Action::PageDown),
    (Key::Named("page_up"), Action::PageUp),
    (Key::Named("home"), Action::First),
    (Key::Named("end"), Action::Last),
    (Key::Named("enter"), Action::Open),
    (Key::Named("esc"), Action::Back),
    (Key::Char('a'), Action::Acknowledge),
    (Key::Char('A'), Action::AckFor),
    (Key::Char('n'), Action::Note),
    (Key::Char('x'), Action::Step),
    (Key::Char('m'), Action::Measure),
    (Key::Char('W'), Action::Wording),
    (Key::Char('r'), Action::WordingRead),
    (Key::Char('T'), Action::Tally),
    (Key::Char('d'), Action::DispatchTold),
    (Key::Char('D'), Action::DispatchAnswer),
    (Key::Char('G'), Action::Assign),
    (Key::Char('u'), Action::Update),
    (Key::Char('R'), Action::Resolve),
    (Key::Char('c'), Action::Close),
    (Key::Char('O'), Action::OpenIncident),
    (Key::Char('/'), Action::Filter),
    (Key::Char('s'), Action::Sort),
    (Key::Char('w'), Action::Window),
    (Key::Named("space"), Action::Freeze),
    (Key::Char('z'), Action::Maximise),
    (Key::Char('p'), Action::Pause),
    (Key::Char('+'), Action::Faster),
    (Key::Char('='), Action::Faster),
    (Key::Char('-'), Action::Slower),
    (Key::Char('L'), Action::Language),
    (Key::Char('t'), Action::Theme),
    (Key::Char('?'), Action::Help),
    (Key::Ctrl('l'), Action::Redraw),
    (Key::Ctrl('z'), Action::Suspend),
    (Key::Char('q'), Action::Quit),
    (Key::Ctrl('c'), Action::Quit),
];

/// The keys of an action, for people.
pub fn keys_of(action: Action) -> impl Iterator<Item = Key> {
    KEYS.iter().filter(move |(_, a)| *a == action).map(|(k, _)| *k)
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release || event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER) {
        return None;
    }
    Some(match event.code {
        KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::CONTROL) => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(' ') => Key::Named("space"),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Up => Key::Named("up"),
        KeyCode::Down => Key::Named("down"),
        KeyCode::PageUp => Key::Named("page_up"),
        KeyCode::PageDown => Key::Named("page_down"),
        KeyCode::Home => Key::Named("home"),
        KeyCode::End => Key::Named("end"),
        KeyCode::Enter => Key::Named("enter"),
        KeyCode::Esc => Key::Named("esc"),
        KeyCode::BackTab => Key::Named("back_tab"),
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Key::Named("back_tab"),
        KeyCode::Tab => Key::Named("tab"),
        _ => return None,
    })
}

/// What a key event means; `typing` while a filter is being typed. `None` for a key that does nothing.
#[must_use]
pub fn input(event: KeyEvent, typing: bool) -> Option<Input> {
    let bound = |key| KEYS.iter().find(|(k, _)| *k == key).map(|(_, action)| Input::Do(*action));
    if !typing {
        return bound(key(event)?);
    }
    if event.kind == KeyEventKind::Release {
        return None;
    }
    match event.code {
        KeyCode::Enter => Some(Input::Accept),
        KeyCode::Esc => Some(Input::Cancel),
        KeyCode::Backspace => Some(Input::Erase),
        KeyCode::Char('h') if event.modifiers.contains(KeyModifiers::CONTROL) => Some(Input::Erase),
        KeyCode::Char(_) if event.modifiers.contains(KeyModifiers::CONTROL) => bound(key(event)?),
        KeyCode::Char(c) if !event.modifiers.contains(KeyModifiers::ALT) => Some(Input::Type(c)),
        KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => bound(key(event)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn every_action_has_a_key_and_no_key_two_actions() {
        for action in Action::ALL {
            assert!(keys_of(*action).next().is_some(), "{action:?}");
        }
        for (at, (key, _)) in KEYS.iter().enumerate() {
            assert!(KEYS.iter().skip(at + 1).all(|(k, _)| k != key), "{key:?}");
        }
    }

    #[test]
    fn typing_takes_characters_and_leaves_control_alone() {
        for (event, typing, want) in [
            (press(KeyCode::Char('q'), KeyModifiers::NONE), false, Some(Input::Do(Action::Quit))),
            (press(KeyCode::Char('q'), KeyModifiers::NONE), true, Some(Input::Type('q'))),
            (press(KeyCode::Char('队'), KeyModifiers::NONE), true, Some(Input::Type('队'))),
            (press(KeyCode::Char('L'), KeyModifiers::SHIFT), false, Some(Input::Do(Action::Language))),
            (press(KeyCode::Char('c'), KeyModifiers::CONTROL), true, Some(Input::Do(Action::Quit))),
            (press(KeyCode::Esc, KeyModifiers::NONE), true, Some(Input::Cancel)),
            (press(KeyCode::Esc, KeyModifiers::NONE), false, Some(Input::Do(Action::Back))),
            (press(KeyCode::Char(' '), KeyModifiers::NONE), true, Some(Input::Type(' '))),
            (press(KeyCode::Char('v'), KeyModifiers::NONE), false, None),
            (press(KeyCode::Char('q'), KeyModifiers::ALT), false, None),
            (press(KeyCode::F(5), KeyModifiers::NONE), false, None),
        ] {
            assert_eq!(input(event, typing), want, "{event:?} {typing}");
        }
    }
}
