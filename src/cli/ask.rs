//! What `incident` and `roster` have in common: who asks, of whom, and how the answer is printed.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::{Context, ExitCode, Failure, Out, Outcome, screen, start};
use crate::app::control;
use crate::config::{Lang, Settings};
use crate::model::{Command, Fields, Label, Span, Time};

/// A question to the running process.
pub(super) struct Question<'c> {
    context: &'c Context,
    pub(super) settings: Settings,
    by: Label,
    lang: Lang,
    socket: Option<PathBuf>,
}

impl<'c> Question<'c> {
    /// `name` is the roster name, where one was given (`--as`).
    ///
    /// # Errors
    /// The configuration is wrong.
    pub(super) fn new(name: Option<&str>, context: &'c Context, out: &mut Out) -> Result<Self, Failure> {
        let mut request = context.request();
        request.without_secrets = true;
        let settings = context.settings(&request, out)?;
        let user = context.env.var("USER").or_else(|| context.env.var("LOGNAME")).unwrap_or("unknown");
        let by = name.map_or_else(|| user.to_owned(), |name| format!("{name} ({user})"));
        let lang = screen::lang(context, &settings);
        let socket = start::control_path(context, &settings);
        Ok(Self { context, by: Label::new(&by), lang, socket, settings })
    }

    /// Who asks.
    pub(super) fn by(&self) -> Label {
        self.by.clone()
    }

    /// The language of what is printed.
    pub(super) const fn lang(&self) -> Lang {
        self.lang
    }

    /// A time as people write it: `+15` in so many minutes, `14:30` the next time it is that, or RFC 3339.
    ///
    /// # Errors
    /// It is none of these ([`ExitCode::Usage`]).
    pub(super) fn time(&self, text: &str) -> Result<Time, Failure> {
        let now = Time::from_jiff(jiff::Timestamp::now());
        at(text, now, &self.settings.site.time_zone).ok_or_else(|| {
            Failure::new(
                ExitCode::Usage,
                anyhow::anyhow!("'{text}' is no time; write +15 (minutes), 14:30 or RFC 3339"),
            )
        })
    }

    /// Asks, and prints the answer.
    ///
    /// # Errors
    /// Nobody listens ([`ExitCode::Unreachable`]), or it was refused ([`ExitCode::Failed`]).
    pub(super) fn put(&self, mut fields: Fields, out: &mut Out) -> Outcome {
        fields.set("lang", self.lang.word());
        if fields.get("by").is_none() {
            fields.set("by", self.by.as_str());
        }
        let Some(path) = &self.socket else {
            return Err(Failure::new(ExitCode::Unreachable, anyhow::anyhow!("no folder for data: set XDG_STATE_HOME")));
        };
        let asked = start::runtime()?.block_on(control::ask(path, &fields));
        let answer = asked.map_err(|why| match why.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Failure::new(
                ExitCode::Unreachable,
                anyhow::anyhow!(
                    "no floorwatch runs here: nobody listens at {}; start `floorwatch` or name its socket in incident.socket",
                    path.display()
                ),
            ),
            _ => Failure::new(ExitCode::Unreachable, anyhow::anyhow!("cannot ask {}: {why}", path.display())),
        })?;
        let lines: Vec<&str> =
            answer.get("text").and_then(|t| t.as_array()).into_iter().flatten().filter_map(|l| l.as_str()).collect();
        if answer.get("ok").and_then(serde_json::Value::as_bool) != Some(true) {
            return Err(Failure::new(ExitCode::Failed, anyhow::anyhow!("{}", lines.join("\n"))));
        }
        if self.context.global.json {
            out.json(&answer)?;
        } else {
            for line in lines {
                out.line(line)?;
            }
        }
        Ok(ExitCode::Fine)
    }

    /// Asks for something to be done.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub(super) fn command(&self, command: &Command, out: &mut Out) -> Outcome {
        let mut fields = command.fields();
        fields.set("what", command.word());
        fields.set("ask", "command");
        self.put(fields, out)
    }

    /// Asks a question about an incident or the roster.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub(super) fn question(&self, ask: &str, incident: Option<u64>, out: &mut Out) -> Outcome {
        let mut fields = Fields::default();
        fields.set("ask", ask);
        if let Some(incident) = incident {
            fields.set("incident", incident.to_string());
        }
        self.put(fields, out)
    }
}

fn at(text: &str, now: Time, zone: &jiff::tz::TimeZone) -> Option<Time> {
    if let Some(minutes) = text.strip_prefix('+') {
        return minutes.parse::<i64>().ok().filter(|n| *n <= 100_000).map(|n| now + Span::from_secs(n * 60));
    }
    if let Some((hour, minute)) = text.split_once(':')
        && let (Ok(hour), Ok(minute)) = (hour.parse(), minute.parse())
    {
        let clock = jiff::civil::Time::new(hour, minute, 0, 0).ok()?;
        let today = now.to_jiff().to_zoned(zone.clone()).date();
        let on = |day: jiff::civil::Date| zone.to_timestamp(day.to_datetime(clock)).ok().map(Time::from_jiff);
        return on(today).filter(|t| *t >= now).or_else(|| on(today.tomorrow().ok()?));
    }
    Time::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
        let time = |t: &str| Time::parse(t).ok();
        let now = time("2026-05-20T14:00:00+08:00").unwrap_or_default();
        for (text, want) in [
            ("+15", "2026-05-20T14:15:00+08:00"),
            ("14:30", "2026-05-20T14:30:00+08:00"),
            ("9:05", "2026-05-21T09:05:00+08:00"),
            ("2026-05-22T08:00:00+08:00", "2026-05-22T08:00:00+08:00"),
        ] {
            assert_eq!(at(text, now, &zone), time(want), "{text}");
        }
        for wrong in ["", "+x", "25:00", "noon", "12"] {
            assert_eq!(at(wrong, now, &zone), None, "{wrong}");
        }
    }
}
