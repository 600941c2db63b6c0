//! What is wrong with a configuration: every error and warning with its place, key and remedy.

use std::fmt;
use std::path::PathBuf;

use crate::model::clean_line;

/// One thing wrong: where, which key, what, and what to do. Never holds a secret's value or a line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the flag (`--set`), or the variable it came from; empty where it came from nowhere.
    pub source: String,
    /// Line in the file, from 1; 0 where there is no line.
    pub line: usize,
    /// Column in characters, from 1; 0 where there is no line.
    pub column: usize,
    /// Dotted key, array elements by index from 0 (`source[0].url`); empty where no key is meant.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Problem {
    /// `file:line:column`, or the flag; empty where the place is unknown.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            0 => self.source.clone(),
            line => format!("{}:{line}:{}", self.source, self.column),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, severity: &str) -> fmt::Result {
        write!(f, "{severity}: ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", shown(&self.key))?;
        }
        f.write_str(&shown(&self.what))?;
        let place = self.place();
        if !place.is_empty() {
            write!(f, "\n  --> {}", shown(&place))?;
        }
        if let Some(remedy) = &self.remedy {
            // A remedy may show a few lines to write.
            let lines: Vec<String> = remedy.lines().map(shown).collect();
            write!(f, "\n  help: {}", lines.join("\n        "))?;
        }
        Ok(())
    }
}

/// Keys and values come from outside: no control characters, and no message longer than a screen.
fn shown(text: &str) -> String {
    clean_line(text.as_bytes(), 1000)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "error")
    }
}

/// Something that works but should be looked at: a renamed key, a secret others can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(pub Problem);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, "warning")
    }
}

/// Everything wrong with a configuration, in the order of the file; at least one problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors {
    /// The errors.
    pub problems: Vec<Problem>,
    /// What was noticed beside them.
    pub warnings: Vec<Warning>,
    /// The user's file, where one was found.
    pub file: Option<PathBuf>,
}

impl ConfigErrors {
    /// A single problem that concerns no place in a file.
    #[must_use]
    pub fn one(source: &str, key: &str, what: String, remedy: Option<String>) -> Self {
        let problem = Problem { source: source.to_owned(), line: 0, column: 0, key: key.to_owned(), what, remedy };
        Self { problems: vec![problem], warnings: Vec::new(), file: None }
    }
}

impl fmt::Display for ConfigErrors {
    /// One block an error, then a count where there is more than one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            problem.fmt(f)?;
        }
        match self.problems.len() {
            0 | 1 => Ok(()),
            n => write!(f, "\n\n{n} errors in the configuration"),
        }
    }
}

impl std::error::Error for ConfigErrors {}
