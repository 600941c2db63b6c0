//! The log of looks at people's data: who looked at what, when; a JSON line each, appended.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use crate::config::PrivacyMode;
use crate::model::Time;

/// An access log; nothing is kept where none is configured.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AccessLog {
    path: Option<PathBuf>,
    who: String,
    mode: &'static str,
}

impl AccessLog {
    /// A log in this file, of this person.
    #[must_use]
    pub fn new(path: Option<PathBuf>, who: &str, mode: PrivacyMode) -> Self {
        Self { path, who: who.to_owned(), mode: mode.word() }
    }

    /// Somebody looked at `what`. A log that cannot be written is told in the program's own log: a look is not refused.
    pub fn note(&self, what: &str, at: Time) {
        let Some(path) = &self.path else { return };
        let line = serde_json::json!({"at": at.rfc3339(), "who": self.who, "what": what, "mode": self.mode});
        let written = OpenOptions::new().create(true).append(true).open(path).and_then(|mut f| writeln!(f, "{line}"));
        if let Err(error) = written {
            tracing::error!(%error, path = %path.display(), "the access log cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;

    #[test]
    fn each_look_is_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("access.log");
        let log = AccessLog::new(Some(path.clone()), "lin\nyue", PrivacyMode::Named);
        log.note("agents", Time::default());
        log.note("export 6001", Time::default());
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            text.lines().next(),
            Some(r#"{"at":"1970-01-01T00:00:00Z","mode":"named","what":"agents","who":"lin\nyue"}"#)
        );
        assert_eq!(text.lines().count(), 2);
        AccessLog::default().note("nothing", Time::default());
    }
}
