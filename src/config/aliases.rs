//! Keys that were renamed: the old name goes on working, with a warning.

use super::report::Report;
use super::tree::{At, Node, Table, Value};

/// A key that was renamed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alias {
    /// The old dotted key; a part that holds an array of tables (`source`) means each of them.
    pub(super) old: &'static str,
    /// The new dotted key, in the same table of the same array.
    pub(super) new: &'static str,
}

/// Every renaming so far: none yet. A rename adds its line here and keeps it.
pub(super) const ALIASES: &[Alias] = &[];

/// Moves what stands under old names to the new ones. Both at once is an error: it cannot be told which one is meant.
pub(super) fn apply(aliases: &[Alias], root: &mut Table, report: &Report) {
    for alias in aliases {
        let (old, new): (Vec<_>, Vec<_>) = (alias.old.split('.').collect(), alias.new.split('.').collect());
        let shared = old.iter().zip(&new).take_while(|(a, b)| a == b).count().min(old.len() - 1).min(new.len() - 1);
        let (base, from) = old.split_at(shared);
        let to = new.get(shared..).unwrap_or_default();
        each(root, base, &mut |table| rename(table, from, to, *alias, report));
    }
}

/// Calls `action` on the table at `path`, or on each table where the path leads through an array of them.
fn each(table: &mut Table, path: &[&str], action: &mut dyn FnMut(&mut Table)) {
    let Some((first, rest)) = path.split_first() else { return action(table) };
    match table.get_mut(*first).map(|(_, node)| &mut node.value) {
        Some(Value::Table(inner)) => each(inner, rest, action),
        Some(Value::List(items)) => {
            for item in items {
                if let Value::Table(inner) = &mut item.value {
                    each(inner, rest, action);
                }
            }
        }
        _ => {}
    }
}

fn rename(table: &mut Table, from: &[&str], to: &[&str], alias: Alias, report: &Report) {
    let Some((at, node)) = take(table, from) else { return };
    if put(table, to, at, node) {
        report.warn(at, alias.old, format!("the key is called {} now", alias.new), Some("rename it".to_owned()));
    } else {
        let what = format!("the old name of {}, which is there as well", alias.new);
        report.error(at, alias.old, what, Some("keep only the new one".to_owned()));
    }
}

fn take(table: &mut Table, path: &[&str]) -> Option<(At, Node)> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return table.remove(*first);
    }
    match &mut table.get_mut(*first)?.1.value {
        Value::Table(inner) => take(inner, rest),
        _ => None,
    }
}

/// Puts the value there unless something stands in the way.
fn put(table: &mut Table, path: &[&str], at: At, node: Node) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        if table.contains_key(*first) {
            return false;
        }
        table.insert((*first).to_owned(), (at, node));
        return true;
    }
    let fresh = || (at, Node { at, value: Value::Table(Table::new()) });
    match &mut table.entry((*first).to_owned()).or_insert_with(fresh).1.value {
        Value::Table(inner) => put(inner, rest, at, node),
        _ => false,
    }
}
