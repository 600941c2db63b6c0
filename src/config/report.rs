//! Where everything wrong is collected while a configuration is read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Problem, Warning};
use super::tree::{At, Table, Value};

/// A text that values come from: a file, or a flag (whose text is not kept).
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// The file's path or the flag, as messages show it.
    pub(super) name: String,
    /// The file's text; empty for a flag.
    pub(super) text: String,
}

impl Layer {
    /// Line and column (characters) of a byte, from 1; zeros for a flag.
    fn position(&self, offset: usize) -> (usize, usize) {
        if self.text.is_empty() {
            return (0, 0);
        }
        let bytes = self.text.as_bytes();
        let before = bytes.get(..offset.min(bytes.len())).unwrap_or_default();
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let line = before.split(|b| *b == b'\n').count();
        // Characters, not bytes: those that are no continuation of one.
        let column = before.iter().skip(line_start).filter(|b| **b & 0xc0 != 0x80).count() + 1;
        (line, column)
    }
}

/// Collects errors and warnings. Shared by every reader of one load.
#[derive(Debug, Default)]
pub(super) struct Report {
    layers: Vec<Layer>,
    errors: RefCell<Vec<(Option<At>, Problem)>>,
    warnings: RefCell<Vec<(Option<At>, Problem)>>,
    /// Every key that was asked for, with `[]` for an index: what the reference has to document.
    asked: RefCell<BTreeSet<String>>,
    /// Last part of each key of the default layer, with the tables it stands in.
    homes: BTreeMap<String, Vec<String>>,
}

impl Report {
    pub(super) fn new(layers: Vec<Layer>) -> Self {
        Self { layers, ..Self::default() }
    }

    /// Learns where keys are at home, from the default layer.
    pub(super) fn learn_homes(&mut self, table: &Table, path: &str) {
        for (key, (_, node)) in table {
            if let Value::Table(inner) = &node.value {
                self.learn_homes(inner, &join(path, key));
            }
            self.homes.entry(key.clone()).or_default().push(path.to_owned());
        }
    }

    /// The tables a key belongs in.
    pub(super) fn homes(&self, key: &str) -> &[String] {
        self.homes.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn error(&self, at: impl Into<Option<At>>, key: &str, what: impl Into<String>, remedy: Option<String>) {
        let at = at.into();
        self.errors.borrow_mut().push((at, self.problem(at, key, what.into(), remedy)));
    }

    pub(super) fn warn(&self, at: impl Into<Option<At>>, key: &str, what: impl Into<String>, remedy: Option<String>) {
        let at = at.into();
        self.warnings.borrow_mut().push((at, self.problem(at, key, what.into(), remedy)));
    }

    /// Takes over what was found in a file of its own.
    pub(super) fn adopt(&self, problems: Vec<Problem>, warnings: Vec<Warning>) {
        self.errors.borrow_mut().extend(problems.into_iter().map(|problem| (None, problem)));
        self.warnings.borrow_mut().extend(warnings.into_iter().map(|Warning(problem)| (None, problem)));
    }

    pub(super) fn ask(&self, key: &str) {
        let mut bare = String::new();
        let mut inside = false;
        for c in key.chars() {
            inside = (inside || c == '[') && c != ']';
            if !inside || c == '[' {
                bare.push(c);
            }
        }
        self.asked.borrow_mut().insert(bare);
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.borrow().iter().cloned().collect()
    }

    pub(super) fn problem(&self, at: Option<At>, key: &str, what: String, remedy: Option<String>) -> Problem {
        let layer = at.and_then(|at| Some((self.layers.get(at.layer)?, at.offset)));
        let (source, (line, column)) =
            layer.map_or((String::new(), (0, 0)), |(layer, offset)| (layer.name.clone(), layer.position(offset)));
        Problem { source, line, column, key: key.to_owned(), what, remedy }
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.borrow().is_empty()
    }

    /// Everything found, in the order of the text.
    pub(super) fn into_parts(self) -> (Vec<Problem>, Vec<Warning>) {
        let sorted = |cell: RefCell<Vec<(Option<At>, Problem)>>| {
            let mut list = cell.into_inner();
            list.sort_by_key(|(at, _)| *at);
            list.into_iter().map(|(_, problem)| problem)
        };
        (sorted(self.errors).collect(), sorted(self.warnings).map(Warning).collect())
    }
}

/// A dotted key.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_lines_and_characters() {
        let layer = Layer { name: String::new(), text: "a = 1\n名 = 2\n".to_owned() };
        for (offset, want) in [(0, (1, 1)), (5, (1, 6)), (6, (2, 1)), (9, (2, 2)), (99, (3, 1))] {
            assert_eq!(layer.position(offset), want, "{offset}");
        }
    }
}
