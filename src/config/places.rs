//! Where the user's file is found.

use std::path::{Path, PathBuf};

use super::env::Env;
use super::problem::ConfigErrors;

/// The variable that names the user's file.
const VARIABLE: &str = "FLOORWATCH_CONFIG";

/// The user's file, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Asked for by `--config` or `FLOORWATCH_CONFIG`: it has to be there.
    pub asked_for: bool,
}

/// Finds the user's file: `--config`, `FLOORWATCH_CONFIG`, `./floorwatch.toml`,
/// `$XDG_CONFIG_HOME/floorwatch/config.toml` (`~/.config/…`), the first that applies. `None`: the defaults alone.
///
/// # Errors
/// A file that was asked for is not there.
pub fn find(flag: Option<&Path>, env: &Env) -> Result<Option<Place>, ConfigErrors> {
    let asked = flag.map(|path| ("--config", path.to_owned()));
    let asked = asked.or_else(|| Some((VARIABLE, PathBuf::from(env.var(VARIABLE)?))));
    if let Some((by, path)) = asked {
        let path = if path.is_absolute() { path } else { env.dir().join(path) };
        return if path.exists() {
            Ok(Some(Place { path, asked_for: true }))
        } else {
            let what = format!("the configuration file '{}' is not there", path.display());
            let remedy = format!("correct {by}, or leave it out to use ./floorwatch.toml or the user's own file");
            Err(ConfigErrors::one(by, "", what, Some(remedy)))
        };
    }
    Ok(usual(env).into_iter().find(|path| path.exists()).map(|path| Place { path, asked_for: false }))
}

/// The places looked at when none is asked for.
pub(super) fn usual(env: &Env) -> Vec<PathBuf> {
    let own = env.xdg("XDG_CONFIG_HOME", ".config").map(|dir| dir.join("floorwatch").join("config.toml"));
    std::iter::once(env.dir().join("floorwatch.toml")).chain(own).collect()
}
