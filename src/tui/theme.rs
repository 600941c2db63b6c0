//! Roles of the screen and the styles a theme gives them (`assets/themes`).

use std::sync::OnceLock;

use ratatui::style::{Color, Modifier, Style};

use crate::config::Theme;

crate::model::words!(
    /// What a part of the screen is; a theme gives each a style.
    Role {
        /// Plain text, and the ground everything stands on.
        Text = "text",
        /// What is looked at first.
        Strong = "strong",
        /// Labels.
        Muted = "muted",
        /// Marks that may be missed.
        Faint = "faint",
        /// Old, or from too few calls.
        Stale = "stale",
        /// Titles of panels.
        Title = "title",
        /// Lines between panels.
        Rule = "rule",
        /// On target.
        Ok = "ok",
        /// Near the limit; 关注.
        Watch = "watch",
        /// Off target; 告警.
        Breach = "breach",
        /// The inverse bar of a new alarm.
        Alarm = "alarm",
        /// The inverse bar of a new watch.
        AlarmWatch = "alarm_watch",
        /// 示闲
        Ready = "ready",
        /// 振铃
        Ringing = "ringing",
        /// 通话
        Talking = "talking",
        /// 保持
        Holding = "holding",
        /// 话后处理
        AfterCall = "after_call",
        /// 置忙
        Resting = "resting",
        /// 签出, or not known.
        Offline = "offline",
        /// The chosen row.
        Selection = "selection",
        /// LIVE
        BadgeLive = "badge_live",
        /// DEMO
        BadgeDemo = "badge_demo",
        /// REPLAY
        BadgeReplay = "badge_replay",
        /// FROZEN
        BadgeFrozen = "badge_frozen",
        /// LATE
        BadgeLate = "badge_late",
        /// AWAY
        BadgeAway = "badge_away",
        /// The view one is in.
        Tab = "tab",
        /// Calls of today.
        Curve = "curve",
        /// The usual.
        Usual = "usual",
        /// A key to press.
        Key = "key",
    }
);

/// The styles of one theme by role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Palette {
    styles: [Style; Role::ALL.len()],
}

impl Palette {
    /// The styles of a theme; read once.
    #[must_use]
    pub(super) fn get(theme: Theme) -> &'static Self {
        static ALL: OnceLock<[Palette; 5]> = OnceLock::new();
        let all = ALL.get_or_init(|| THEMES.map(|t| Self::parse(source(t))));
        let [safe, dark, light, contrast, mono] = all;
        match theme {
            Theme::Safe => safe,
            Theme::Dark => dark,
            Theme::Light => light,
            Theme::Contrast => contrast,
            Theme::Mono => mono,
        }
    }

    /// Styles from a theme file's content. A role that is missing looks like plain text.
    fn parse(source: &str) -> Self {
        let table = source.parse::<toml::Table>().unwrap_or_default();
        let style = |role: Role| table.get(role.word()).and_then(toml::Value::as_str).map(parse_style);
        let mut styles = [Style::new(); Role::ALL.len()];
        for (place, role) in styles.iter_mut().zip(Role::ALL) {
            *place = style(*role).unwrap_or_default();
        }
        Self { styles }
    }

    /// The style of a role.
    #[must_use]
    pub(super) fn of(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

/// Every theme, in the order of the key `t`.
pub const THEMES: [Theme; 5] = [Theme::Safe, Theme::Dark, Theme::Light, Theme::Contrast, Theme::Mono];

/// The word of a theme in config, on the command line and in texts (`theme.…`).
#[must_use]
pub const fn theme_word(theme: Theme) -> &'static str {
    match theme {
        Theme::Safe => "safe",
        Theme::Dark => "dark",
        Theme::Light => "light",
        Theme::Contrast => "contrast",
        Theme::Mono => "mono",
    }
}

const fn source(theme: Theme) -> &'static str {
    match theme {
        Theme::Safe => include_str!("../../assets/themes/safe.toml"),
        Theme::Dark => include_str!("../../assets/themes/dark.toml"),
        Theme::Light => include_str!("../../assets/themes/light.toml"),
        Theme::Contrast => include_str!("../../assets/themes/contrast.toml"),
        Theme::Mono => include_str!("../../assets/themes/mono.toml"),
    }
}

/// Reads `colour [on colour] [modifier]…`; `-` is the terminal's own colour. What is not understood is left out.
fn parse_style(text: &str) -> Style {
    let mut style = Style::new();
    let mut ground = false;
    for word in text.split_whitespace() {
        match word {
            "on" => ground = true,
            "-" => ground = false,
            "bold" => style = style.add_modifier(Modifier::BOLD),
            "dim" => style = style.add_modifier(Modifier::DIM),
            "italic" => style = style.add_modifier(Modifier::ITALIC),
            "underline" => style = style.add_modifier(Modifier::UNDERLINED),
            "reverse" => style = style.add_modifier(Modifier::REVERSED),
            colour => {
                if let Ok(colour) = colour.parse::<Color>() {
                    style = if ground { style.bg(colour) } else { style.fg(colour) };
                }
                ground = false;
            }
        }
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_names_every_role_and_nothing_else() {
        for theme in THEMES {
            let table = source(theme).parse::<toml::Table>().unwrap_or_default();
            let mut named: Vec<&str> = table.keys().map(String::as_str).collect();
            let mut roles: Vec<&str> = Role::ALL.iter().map(|r| r.word()).collect();
            named.sort_unstable();
            roles.sort_unstable();
            assert_eq!(named, roles, "{theme:?}");
        }
    }

    #[test]
    fn mono_has_no_colour_and_tells_alarms_apart() {
        let mono = Palette::get(Theme::Mono);
        for role in Role::ALL {
            assert_eq!((mono.of(*role).fg, mono.of(*role).bg), (None, None), "{role:?}");
        }
        assert_ne!(mono.of(Role::Alarm), mono.of(Role::Text));
        assert_ne!(mono.of(Role::Breach), mono.of(Role::Watch));
    }

    #[test]
    fn styles_are_read() {
        assert_eq!(
            parse_style("#ff8000 on #000000 bold reverse"),
            Style::new()
                .fg(Color::Rgb(255, 128, 0))
                .bg(Color::Rgb(0, 0, 0))
                .add_modifier(Modifier::BOLD | Modifier::REVERSED)
        );
        assert_eq!(parse_style("- dim"), Style::new().add_modifier(Modifier::DIM));
        assert_eq!(parse_style("nonsense on -"), Style::new());
    }
}
