//! Reading the layers, laying them over each other, and making [`Settings`] of them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::aliases::{ALIASES, Alias, apply};
use super::env::Env;
use super::places::{find, usual};
use super::problem::{ConfigErrors, Warning};
use super::reader::Reader;
use super::report::{Layer, Report};
use super::resolve::settings;
use super::secrets::{Surroundings, exposed};
use super::settings::Settings;
use super::tree::{At, Node, Table, Value, merge, table};

/// The embedded layer 0: every key with its unit and default. It is also the reference documentation.
pub const DEFAULT: &str = include_str!("../../config/default.toml");

/// A configuration is written by hand: what is larger than this is another file.
const LARGEST: u64 = 1024 * 1024;

/// Parts of the longest dotted key, with room to spare.
const DEEPEST: usize = 16;

/// Shown to somebody who has none; a test loads it.
const FIRST_SOURCE: &str = r#"  [[source]]
  name = "pbx"
  kind = "asterisk"
  host = "pbx.example.net"
  username = "floorwatch"
  secret_env = "FLOORWATCH_AMI_SECRET"
"#;

/// What is asked to be loaded.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// Flags that set keys, in the order given; laid over the file.
    pub overrides: Vec<Override>,
    /// Variables and working directory.
    pub env: Env,
    /// Do without secrets: those in variables and files are not looked for, and stand empty. For commands that reach no
    /// source.
    pub without_secrets: bool,
}

/// A key set by a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    flag: String,
    key: String,
    value: Given,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Given {
    /// A text as it is.
    Text(String),
    /// TOML: a number, a list, …; a text where it is none.
    Toml(String),
}

impl Override {
    /// A flag of its own for one key: `--lang zh-CN` is `Override::text("--lang", "display.lang", "zh-CN")`.
    #[must_use]
    pub fn text(flag: &str, key: &str, value: &str) -> Self {
        Self { flag: flag.to_owned(), key: key.to_owned(), value: Given::Text(value.to_owned()) }
    }

    /// `--set KEY=VALUE`, the value written as in the file; quotes around a text may be left out. `None` without a `=`.
    #[must_use]
    pub fn set(flag: &str, assignment: &str) -> Option<Self> {
        let (key, value) = assignment.split_once('=')?;
        let value = Given::Toml(value.trim().to_owned());
        Some(Self { flag: flag.to_owned(), key: key.trim().to_owned(), value })
    }

    fn into_table(self, layer: usize) -> Table {
        let at = At { layer, offset: 0 };
        let text = |text: String| Node { at, value: Value::Text(text) };
        let node = match self.value {
            Given::Text(value) => text(value),
            Given::Toml(value) => toml_value(layer, &value).unwrap_or_else(|| text(value)),
        };
        // No key lies deeper than this; one that does stays in one piece and is unknown.
        let most = if self.key.split('.').count() <= DEEPEST { DEEPEST } else { 1 };
        let mut parts = self.key.rsplitn(most, '.');
        let last = parts.next().unwrap_or_default().to_owned();
        let leaf = Table::from([(last, (at, node))]);
        parts.fold(leaf, |inner, part| Table::from([(part.to_owned(), (at, Node { at, value: Value::Table(inner) }))]))
    }
}

/// A single TOML value.
fn toml_value(layer: usize, text: &str) -> Option<Node> {
    let document = format!("value = {text}");
    let parsed = DeTable::parse(&document).ok()?;
    let mut table = table(layer, parsed.get_ref());
    let (_, node) = table.remove("value")?;
    table.is_empty().then_some(node)
}

/// Loads the configuration: the embedded default, the user's file (found by [`find`]) over it, flags over both.
///
/// # Errors
/// Everything that is wrong, all at once, in the order of the text.
pub fn load(request: &Request) -> Result<(Settings, Vec<Warning>), ConfigErrors> {
    let place = find(request.file.as_deref(), &request.env)?;
    let Some(place) = place else { return resolve(None, request, ALIASES) };
    let name = shown_name(&place.path, &request.env);
    match read(&place.path) {
        Ok(bytes) => resolve(Some((name, place.path.clone(), bytes)), request, ALIASES),
        Err(why) => {
            let what = format!("the configuration file '{name}' cannot be read: {why}");
            let remedy = "correct its permissions, or name another with --config".to_owned();
            Err(ConfigErrors { file: Some(place.path), ..ConfigErrors::one("", "", what, Some(remedy)) })
        }
    }
}

/// The settings of the embedded default alone.
///
/// # Errors
/// None that a released build shows: a test loads it.
pub fn defaults() -> Result<Settings, ConfigErrors> {
    resolve(None, &Request::default(), ALIASES).map(|(settings, _)| settings)
}

/// What a command that watches sources needs: at least one.
///
/// # Errors
/// There is none; with how to begin.
pub fn require_source(settings: &Settings, request: &Request) -> Result<(), ConfigErrors> {
    if !settings.sources.is_empty() {
        return Ok(());
    }
    let place = find(request.file.as_deref(), &request.env)?;
    let (what, file) = match place {
        Some(place) => (format!("'{}' names no source to watch", place.path.display()), Some(place.path)),
        None => ("there is no configuration file, so there is no source to watch".to_owned(), None),
    };
    let path = file.clone().or_else(|| usual(&request.env).pop()).unwrap_or_else(|| "floorwatch.toml".into());
    let remedy = format!(
        "put one into '{}', for example\n{FIRST_SOURCE}then run `floorwatch check`; or look around first with \
         `floorwatch demo`",
        path.display()
    );
    Err(ConfigErrors { file, ..ConfigErrors::one("", "source", what, Some(remedy)) })
}

/// Inside the working directory a file is shown by its name, elsewhere by its path.
fn shown_name(path: &Path, env: &Env) -> String {
    let inside = path.strip_prefix(env.dir()).ok().filter(|rest| !rest.as_os_str().is_empty());
    inside.unwrap_or(path).display().to_string()
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The user's file: its shown name, its path, its bytes.
type UserFile = (String, PathBuf, Vec<u8>);

fn resolve(
    user: Option<UserFile>,
    request: &Request,
    aliases: &[Alias],
) -> Result<(Settings, Vec<Warning>), ConfigErrors> {
    let (result, _) = resolve_reported(user, request, aliases);
    result
}

type Resolved = Result<(Settings, Vec<Warning>), ConfigErrors>;

/// Also gives the keys that were asked for, which the test of the reference compares with what it documents.
fn resolve_reported(user: Option<UserFile>, request: &Request, aliases: &[Alias]) -> (Resolved, Vec<String>) {
    let mut layers = vec![Layer { name: "the embedded default".to_owned(), text: DEFAULT.to_owned() }];
    let path = user.as_ref().map(|(_, path, _)| path.clone());
    let mut bad_utf8 = None;
    if let Some((name, _, bytes)) = user {
        bad_utf8 = std::str::from_utf8(&bytes).err().map(|why| why.valid_up_to());
        layers.push(Layer { name, text: String::from_utf8_lossy(&bytes).into_owned() });
    }
    let first_flag = layers.len();
    layers.extend(request.overrides.iter().map(|o| Layer { name: o.flag.clone(), text: String::new() }));
    let mut report = Report::new(layers.clone());
    let mut root = Table::new();
    if let Some(offset) = bad_utf8 {
        let remedy = "save it as UTF-8 (an editor may have written UTF-16 or GBK)".to_owned();
        report.error(At { layer: 1, offset }, "", "is not UTF-8 text", Some(remedy));
    } else {
        for (index, layer) in layers.iter().enumerate().take(first_flag) {
            let mut parsed = parse(index, &layer.text, &report);
            if index == 0 {
                report.learn_homes(&parsed, "");
            }
            apply(aliases, &mut parsed, &report);
            merge(&mut root, parsed);
        }
    }
    // After a syntax error what follows would be guesswork.
    let readable = !report.has_errors();
    for (index, given) in request.overrides.iter().enumerate() {
        let mut over = given.clone().into_table(first_flag + index);
        apply(aliases, &mut over, &report);
        merge(&mut root, over);
    }
    let mut settings_read = None;
    if readable {
        let base = path.as_deref().and_then(Path::parent).unwrap_or(request.env.dir()).to_owned();
        let around = Surroundings {
            env: &request.env,
            base,
            exposed: path.as_deref().is_some_and(exposed),
            read: !request.without_secrets,
        };
        settings_read = Some(settings(Reader::root(&report, &root), &around));
    }
    let asked = report.asked();
    let (problems, warnings) = report.into_parts();
    let result = match settings_read {
        Some(settings) if problems.is_empty() => Ok((settings, warnings)),
        _ => Err(ConfigErrors { problems, warnings, file: path }),
    };
    (result, asked)
}

/// Parses a layer; the first syntax errors are reported with their lines.
fn parse(index: usize, text: &str, report: &Report) -> Table {
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LARGEST {
        let remedy = "name the right file with --config".to_owned();
        report.error(At { layer: index, offset: 0 }, "", "is larger than 1 MiB: no configuration", Some(remedy));
        return Table::new();
    }
    let (parsed, errors) = DeTable::parse_recoverable(text);
    // One slip upsets the lines after it too: the first few tell.
    for error in errors.iter().take(3) {
        let at = At { layer: index, offset: error.span().map_or(0, |span| span.start) };
        report.error(at, "", format!("is not TOML: {}", error.message()), syntax_remedy(error.message()));
    }
    if errors.is_empty() { table(index, parsed.get_ref()) } else { Table::new() }
}

/// What mostly is behind a syntax error.
fn syntax_remedy(message: &str) -> Option<String> {
    let remedy = if message.contains("duplicate key") {
        "the key is written twice: keep one"
    } else if message.contains("quoted") || message.contains("string") {
        "texts stand in \"double quotes\" on one line"
    } else if message.contains("key") {
        "a line is key = value, or [table]"
    } else {
        return None;
    };
    Some(remedy.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use std::collections::BTreeSet;

    use super::*;

    /// The reference with its examples switched on: `#key` (no blank after the mark) is an example, `# text` is prose.
    fn reference() -> String {
        DEFAULT
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(example) if example.starts_with(|c: char| c == '[' || c == ']' || c.is_ascii_alphanumeric()) => {
                    example
                }
                _ => line,
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn request() -> Request {
        Request {
            env: Env::new(Path::new("/"), [("FLOORWATCH_TOKEN", "t"), ("FLOORWATCH_AMI_SECRET", "s")]),
            ..Request::default()
        }
    }

    fn user(text: &str) -> UserFile {
        ("floorwatch.toml".to_owned(), PathBuf::from("/floorwatch.toml"), text.as_bytes().to_vec())
    }

    #[test]
    fn the_reference_documents_every_key_and_no_other() {
        let (result, asked) = resolve_reported(Some(user(&reference())), &request(), ALIASES);
        let (settings, _) = result.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((settings.sources.len(), settings.queues.len(), settings.usual.queues.len()), (2, 1, 1));
        let mut documented = BTreeSet::new();
        collect(&parse(0, &reference(), &Report::default()), "", &mut documented);
        // Either place of a secret is enough, and the reference cannot show two at once: they stand in its prose.
        for key in ["source[].token_file", "source[].secret_file", "source[].secret"] {
            assert!(DEFAULT.contains(key.trim_start_matches("source[].")), "{key}");
            documented.insert(key.to_owned());
        }
        let asked: BTreeSet<String> = asked.into_iter().collect();
        assert_eq!(asked.difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new(), "not documented");
    }

    fn collect(table: &Table, path: &str, into: &mut BTreeSet<String>) {
        for (key, (_, node)) in table {
            let path = super::super::report::join(path, key);
            into.insert(path.clone());
            match &node.value {
                Value::Table(inner) => collect(inner, &path, into),
                Value::List(items) => {
                    for item in items {
                        if let Value::Table(inner) = &item.value {
                            collect(inner, &format!("{path}[]"), into);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_defaults_of_a_source_are_those_the_reference_shows() {
        let bare = r#"
            [[source]]
            name = "main"
            kind = "websocket"
            url = "wss://floor.example.net/events"
            token_env = "FLOORWATCH_TOKEN"
            [[source]]
            name = "pbx"
            kind = "asterisk"
            host = "pbx.example.net"
            username = "floorwatch"
            secret_env = "FLOORWATCH_AMI_SECRET"
        "#;
        let shown = resolve(Some(user(&reference())), &request(), ALIASES).unwrap().0.sources;
        let mut shown = shown.into_iter();
        let bare = resolve(Some(user(bare)), &request(), ALIASES).unwrap().0.sources;
        for bare in bare {
            let mut shown = shown.next().unwrap();
            if let crate::config::SourceKind::Asterisk(asterisk) = &mut shown.kind {
                assert!(!asterisk.wrapup.is_empty(), "the reference shows a wrap-up time");
                asterisk.wrapup.clear();
            }
            assert_eq!(bare, shown);
        }
    }

    #[test]
    fn the_source_shown_to_begin_with_loads() {
        assert_eq!(resolve(Some(user(FIRST_SOURCE)), &request(), ALIASES).unwrap().0.sources.len(), 1);
    }

    const RENAMED: &[Alias] = &[
        Alias { old: "figures.short_s", new: "figures.short_abandon_s" },
        Alias { old: "source.frame_kb", new: "source.max_frame_kb" },
        Alias { old: "alert.surge_ratio", new: "alert.surge.ratio" },
    ];

    #[test]
    fn a_renamed_key_goes_on_working_with_a_warning() {
        let text = r#"
            [figures]
            short_s = 7
            [alert]
            surge_ratio = 3
            [[source]]
            name = "a"
            kind = "websocket"
            url = "wss://h/"
            frame_kb = 2
        "#;
        let (settings, warnings) = resolve(Some(user(text)), &request(), RENAMED).unwrap();
        assert_eq!(settings.figures.short_abandon, crate::model::Span::from_secs(7));
        assert!((settings.alert.surge.ratio - 3.0).abs() < 1e-9);
        let crate::config::SourceKind::Websocket(socket) = &settings.sources.first().unwrap().kind else {
            panic!("not a websocket")
        };
        assert_eq!(socket.max_frame, 2048);
        let places: Vec<_> = warnings.iter().map(|w| (w.0.line, w.0.key.as_str())).collect();
        assert_eq!(places, [(3, "figures.short_s"), (5, "alert.surge_ratio"), (10, "source.frame_kb")]);
    }

    #[test]
    fn an_old_and_a_new_name_together_are_an_error() {
        let text = "[figures]\nshort_s = 7\nshort_abandon_s = 5\n";
        let errors = resolve(Some(user(text)), &request(), RENAMED).unwrap_err();
        assert_eq!(errors.problems.len(), 1);
        assert!(errors.problems.iter().all(|p| p.line == 2 && p.what.contains("figures.short_abandon_s")));
    }
}
