//! The tree of modules as the compiler sees it: followed from the crate's root, not from a listing of files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::checker::{Module, is_test};

/// Every module that is a file of its own, the root first.
pub(crate) fn modules(project: &Path) -> Vec<Module> {
    let mut found = Vec::new();
    let src = project.join("src");
    follow(project, &src.join("lib.rs"), &src, Vec::new(), false, &mut found);
    found
}

/// Files under src that no module declaration leads to.
pub(crate) fn orphans(project: &Path) -> Vec<String> {
    let mut reached: BTreeSet<String> = modules(project).into_iter().map(|module| module.file).collect();
    reached.insert("src/main.rs".to_owned());
    let mut dirs = vec![project.join("src")];
    let mut found = Vec::new();
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") && !reached.contains(&shown(project, &path)) {
                found.push(shown(project, &path));
            }
        }
    }
    found
}

fn shown(project: &Path, path: &Path) -> String {
    path.strip_prefix(project).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Reads a file; `dir` is where the files of its own modules lie.
fn follow(project: &Path, file: &Path, dir: &Path, path: Vec<String>, test: bool, found: &mut Vec<Module>) {
    let source = fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let parsed = syn::parse_file(&source).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let mut below = Vec::new();
    declared(&parsed.items, dir, &path, test, &mut below);
    found.push(Module { file: shown(project, file), path, test, parsed });
    for (name, dir, path, test) in below {
        let inside = dir.join(&name);
        let (flat, nested) = (dir.join(format!("{name}.rs")), inside.join("mod.rs"));
        let file = if flat.exists() { flat } else { nested };
        follow(project, &file, &inside, path, test, found);
    }
}

/// A module that lies in a file: its name, the directory it is looked for in, its path, whether it is a test's.
type Declared = (String, PathBuf, Vec<String>, bool);

fn declared(items: &[syn::Item], dir: &Path, path: &[String], test: bool, found: &mut Vec<Declared>) {
    for item in items {
        let syn::Item::Mod(module) = item else { continue };
        assert!(!module.attrs.iter().any(|attr| attr.path().is_ident("path")), "#[path] in src: {}", module.ident);
        let name = module.ident.to_string();
        let inner: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
        let test = test || is_test(&module.attrs);
        match &module.content {
            Some((_, items)) => declared(items, &dir.join(&name), &inner, test, found),
            None => found.push((name, dir.to_owned(), inner, test)),
        }
    }
}
