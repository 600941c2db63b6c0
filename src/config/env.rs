//! The surroundings configuration is read in: variables and the working directory, as plain data so tests can make one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Environment variables and the working directory.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Env {
    vars: BTreeMap<String, String>,
    dir: PathBuf,
}

impl Env {
    /// Those of this process. Variables that are not Unicode are left out; an unknown working directory is empty.
    #[must_use]
    pub fn of_process() -> Self {
        let vars = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self { vars: vars.collect(), dir: std::env::current_dir().unwrap_or_default() }
    }

    /// A made one.
    #[must_use]
    pub fn new<'a>(dir: &Path, vars: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let vars = vars.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        Self { vars: vars.collect(), dir: dir.to_owned() }
    }

    /// A variable that is set to something; one set to nothing is as good as unset.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The working directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A directory of the XDG base directory specification: the variable where it is an absolute path, else `fallback`
    /// under `HOME`. `None` where neither is known.
    #[must_use]
    pub fn xdg(&self, variable: &str, fallback: &str) -> Option<PathBuf> {
        let named = self.var(variable).map(PathBuf::from).filter(|p| p.is_absolute());
        named.or_else(|| Some(Path::new(self.var("HOME")?).join(fallback)))
    }

    /// A path as written in a file that lies in `base`: `~/` is the home directory, a relative one starts at `base`.
    #[must_use]
    pub fn path(&self, base: &Path, written: &str) -> PathBuf {
        match (written.strip_prefix("~/"), self.var("HOME")) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            _ => base.join(written),
        }
    }
}

impl std::fmt::Debug for Env {
    /// Names only: variables hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Env").field("vars", &self.vars.keys().collect::<Vec<_>>()).field("dir", &self.dir).finish()
    }
}
