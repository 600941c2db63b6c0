//! Secrets: from an environment variable, a file of their own, or (warned about where others can read it) in plain.
//!
//! No message here holds a secret or a part of one.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::env::Env;
use super::reader::{Field, Reader};
use super::settings::Secret;

/// Longer than any token in use; bounds what is read of a wrong file.
const LONGEST: u64 = 64 * 1024;

/// What reading a secret needs to know.
pub(super) struct Surroundings<'a> {
    pub(super) env: &'a Env,
    /// Where relative paths start: the directory of the user's file.
    pub(super) base: PathBuf,
    /// The user's file can be read by every user of the machine.
    pub(super) exposed: bool,
    /// Whether secrets are read at all; a replay needs none.
    pub(super) read: bool,
}

/// The three keys a secret can stand under.
pub(super) struct Keys {
    pub(super) plain: Option<&'static str>,
    pub(super) env: &'static str,
    pub(super) file: &'static str,
    /// Whether there has to be one.
    pub(super) required: bool,
}

/// Reads the one that is there. `None` where there is none, or where it is wrong (and reported).
pub(super) fn secret(reader: &mut Reader<'_>, keys: &Keys, around: &Surroundings<'_>) -> Option<Secret> {
    let plain = keys.plain.map(|key| reader.may(key));
    let (env, file) = (reader.may(keys.env), reader.may(keys.file));
    let fields = [plain.as_ref(), Some(&env), Some(&file)];
    let present: Vec<&Field<'_>> = fields.into_iter().flatten().filter(|field| field.present()).collect();
    if present.is_empty() && keys.required {
        let what = format!("needs a secret: {} or {}", keys.env, keys.file);
        let remedy = format!("write {} = \"NAME\" and put the secret into that environment variable", keys.env);
        reader.report.error(reader.at(), reader.path(), what, Some(remedy));
        return None;
    }
    if let Some(second) = present.get(1) {
        second.error("is a second place for the same secret", "keep one of them");
        return None;
    }
    if let Some(plain) = plain.as_ref().filter(|plain| plain.present()) {
        return from_plain(plain, keys, around);
    }
    let name = env.text();
    let path = file.text();
    if !around.read {
        return (env.present() || file.present()).then(|| Secret::new(""));
    }
    if let Some(name) = name {
        return from_variable(&env, &name, around.env);
    }
    from_file(&file, &around.env.path(&around.base, &path?))
}

fn from_plain(field: &Field<'_>, keys: &Keys, around: &Surroundings<'_>) -> Option<Secret> {
    let secret = field.text()?;
    if around.exposed {
        field.warn(
            "is a secret in a file that every user of this machine can read",
            format!("chmod 600 the file, or move the secret into {}", keys.file),
        );
    }
    Some(Secret::new(secret))
}

fn from_variable(field: &Field<'_>, name: &str, env: &Env) -> Option<Secret> {
    if name.contains(|c: char| c == '=' || c == '$' || c.is_whitespace()) {
        // Most likely the secret itself, so it is not repeated.
        field.error("is not the name of an environment variable", "write the bare name, like \"FLOORWATCH_TOKEN\"");
        return None;
    }
    let Some(text) = env.var(name) else {
        // A name is fit to print; what was pasted here by mistake is not.
        let fit = name.len() <= 48 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let shown = if fit { format!(" {name}") } else { String::new() };
        field.error(
            format!("the environment variable{shown} is not set"),
            if fit { format!("export {name}=… before starting") } else { "set it before starting".to_owned() },
        );
        return None;
    };
    checked(field, text)
}

fn from_file(field: &Field<'_>, path: &Path) -> Option<Secret> {
    let text = match read(path) {
        Ok(text) => text,
        Err(why) => {
            field.error(
                format!("the file '{}' cannot be read: {why}", path.display()),
                "correct the path (a relative one starts at the configuration file), or its permissions",
            );
            return None;
        }
    };
    if exposed(path) {
        field.warn("names a file that every user of this machine can read", format!("chmod 600 '{}'", path.display()));
    }
    checked(field, &text)
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// One line, not empty. A control character in it could start a header or a command of its own.
fn checked(field: &Field<'_>, text: &str) -> Option<Secret> {
    let text = text.trim();
    if text.is_empty() {
        field.error("what it names is empty", "put the secret there");
        return None;
    }
    if text.chars().any(char::is_control) {
        field.error("what it names has more than one line, or control characters", "put the secret alone there");
        return None;
    }
    Some(Secret::new(text))
}

/// Whether every user of the machine can read the file.
#[cfg(unix)]
pub(super) fn exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o004 != 0)
}

/// Where permissions are not told this way, nothing is claimed.
#[cfg(not(unix))]
pub(super) fn exposed(_path: &Path) -> bool {
    false
}
