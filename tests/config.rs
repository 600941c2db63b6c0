//! Configuration as a user meets it: what is wrong is told all at once, each with its place and a remedy.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

#[path = "config/calendars.rs"]
mod calendars;
#[path = "config/secrets.rs"]
mod secrets;

use std::fs;
use std::path::{Path, PathBuf};

use floorwatch::config::{
    ConfigErrors, Env, Lang, Override, Request, Settings, Theme, Warning, defaults, find, load, require_source,
};
use floorwatch::model::{ReasonClass, Span};
use proptest::prelude::*;

/// A directory with a configuration file, and the surroundings to load it in.
struct Case {
    dir: tempfile::TempDir,
    request: Request,
}

impl Case {
    fn new(text: impl AsRef<[u8]>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("floorwatch.toml");
        fs::write(&path, text).unwrap();
        private(&path);
        let env = Env::new(dir.path(), [("TOKEN", "t0ken-hunter2"), ("AMI", "hunter2")]);
        Self { request: Request { env, ..Request::default() }, dir }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.dir.path().join(name), text).unwrap();
        private(&self.dir.path().join(name));
        self
    }

    fn load(&self) -> Result<(Settings, Vec<Warning>), ConfigErrors> {
        load(&self.request)
    }

    fn settings(&self) -> Settings {
        self.load().unwrap_or_else(|errors| panic!("{errors}")).0
    }

    fn errors(&self) -> ConfigErrors {
        self.load().map(|_| ()).unwrap_err()
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_path: &Path) {}

/// The one error of a text: its line, key, and words its message or remedy holds.
#[track_caller]
fn check(text: &str, line: usize, key: &str, words: &[&str]) {
    let errors = Case::new(text).errors();
    assert_eq!(errors.problems.len(), 1, "{text}\n{errors}");
    let problem = errors.problems.first().unwrap();
    assert_eq!((problem.line, problem.key.as_str()), (line, key), "{errors}");
    let shown = errors.to_string();
    for word in words {
        assert!(shown.contains(word), "'{word}' is not in:\n{shown}");
    }
    assert!(problem.remedy.is_some(), "no remedy: {shown}");
    assert!(shown.contains(&format!("floorwatch.toml:{line}:")), "{shown}");
}

const SOCKET: &str = "[[source]]\nname = 'a'\nkind = 'websocket'\nurl = 'wss://h/'\n";
const ASTERISK: &str = "[[source]]\nname = 'a'\nkind = 'asterisk'\nhost = 'h'\nusername = 'u'\nsecret_env = 'AMI'\n";

#[test]
fn the_default_loads_and_is_what_the_reference_says() {
    let settings = defaults().unwrap();
    assert!(settings.sources.is_empty() && settings.queues.is_empty() && settings.usual.all.is_empty());
    assert_eq!(settings.queue_defaults.within, Span::from_secs(20));
    assert_eq!(settings.figures.short_abandon, Span::from_secs(5));
    assert_eq!(settings.figures.ghost_after, Span::from_secs(7200));
    assert_eq!((settings.figures.interval_min, settings.figures.min_sample), (30, 20));
    assert_eq!((settings.display.lang, settings.display.ambiguous_width), (None, None));
    assert_eq!(settings.alert.surge.min_calls, 20);
    let class = |word: &str| settings.reasons.iter().find(|(r, _)| r.as_str() == word).map(|(_, class)| *class);
    assert_eq!(class("小休"), Some(ReasonClass::Rest));
    assert_eq!(class("案头"), Some(ReasonClass::Work));
}

#[test]
fn every_shipped_example_loads_without_a_warning() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples");
    let mut found = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let env = Env::new(Path::new("/"), [("FLOORWATCH_AMI_SECRET", "s"), ("FLOORWATCH_TOKEN", "t")]);
        let request = Request { file: Some(path.clone()), env, ..Request::default() };
        let (settings, warnings) = load(&request).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(!settings.sources.is_empty() && warnings.is_empty(), "{}: {warnings:?}", path.display());
        found += 1;
    }
    assert!(found >= 3, "{found} examples");
}

#[test]
fn the_users_file_lies_over_the_default_and_flags_over_both() {
    let mut case = Case::new("[display]\nlang = 'en'\ntheme = 'dark'\n[alert]\nsurge = { ratio = 3 }\n");
    let settings = case.settings();
    assert_eq!((settings.display.lang, settings.display.theme), (Some(Lang::En), Theme::Dark));
    // Of a table only the keys that are written change.
    assert!((settings.alert.surge.ratio - 3.0).abs() < 1e-9 && settings.alert.surge.written_rule);
    case.request.overrides = vec![
        Override::text("--lang", "display.lang", "zh-CN"),
        Override::set("--set", "alert.surge.ratio = 2.5").unwrap(),
        Override::set("--set", "site.name=Two words").unwrap(),
    ];
    let settings = case.settings();
    assert_eq!((settings.display.lang, settings.site.name.as_str()), (Some(Lang::ZhCn), "Two words"));
    assert!((settings.alert.surge.ratio - 2.5).abs() < 1e-9);
    case.request.overrides = vec![Override::set("--set", "alert.surge.ratoi=2").unwrap()];
    let errors = case.errors().to_string();
    assert!(
        errors.contains("alert.surge.ratoi") && errors.contains("--> --set") && errors.contains("ratio"),
        "{errors}"
    );
    assert_eq!(Override::set("--set", "novalue"), None);
}

#[test]
fn errors_are_told_all_at_once_in_the_order_of_the_file() {
    let text = format!(
        "[figures]\nshort_abandons_s = 5\ninterval_min = 7\n[site]\ntime_zone = 'Asia/Shangai'\n{SOCKET}pign_s = 3\n\
         [[queue]]\nid = 'q'\n[[queue]]\nid = 'q'\n"
    );
    let errors = Case::new(&text).errors();
    let places: Vec<_> = errors.problems.iter().map(|p| (p.line, p.key.as_str())).collect();
    let want = [
        (2, "figures.short_abandons_s"),
        (3, "figures.interval_min"),
        (5, "site.time_zone"),
        (10, "source[0].pign_s"),
        (14, "queue[1].id"),
    ];
    assert_eq!(places, want, "{errors}");
    assert!(errors.to_string().ends_with("5 errors in the configuration"), "{errors}");
}

#[test]
fn an_error_reads_like_a_compilers() {
    let errors = Case::new("[alert.surge]\nratio = 0.5\n").errors();
    let want = "error: alert.surge.ratio: 0.5 is out of range\n  --> floorwatch.toml:2:9\n  help: write a number from 1.1 to 20";
    assert!(errors.to_string().starts_with(want), "{errors}");
}

#[test]
fn what_is_unknown_gets_a_suggestion() {
    check("[figures]\nshort-abandon-s = 5\n", 2, "figures.short-abandon-s", &["did you mean short_abandon_s?"]);
    check("[sites]\nname = 'x'\n", 1, "sites", &["did you mean site?"]);
    check("[alert]\nshort_abandon_s = 5\n", 2, "alert.short_abandon_s", &["it belongs in [figures]"]);
    check("[site]\nzzzz = 5\n", 2, "site.zzzz", &["the keys here are name, time_zone"]);
    check("[display]\ntheme = 'drak'\n", 2, "display.theme", &["did you mean \"dark\"?"]);
    check("[site]\ntime_zone = 'Beijing'\n", 2, "site.time_zone", &["Asia/Shanghai"]);
    check("[reasons]\nsmoke = 'brake'\n", 2, "reasons.smoke", &["\"rest\", \"training\", \"work\" or \"other\""]);
    check(&format!("{SOCKET}host = 'x'\n"), 5, "source[0].host", &["kind = \"asterisk\""]);
    check(&format!("{SOCKET}[[queue]]\nid = 'q'\nfeed = 'b'\n"), 7, "queue[0].feed", &["did you mean \"a\"?"]);
    check("[[source]]\nname = 'a'\nkind = 'asteriks'\n", 3, "source[0].kind", &["did you mean \"asterisk\"?"]);
}

#[test]
fn what_is_of_another_kind_is_told_with_the_kind_wanted() {
    check("site = 3\n", 1, "site", &["is a whole number, it must be a table", "[site]"]);
    check("[source]\nname = 'a'\n", 1, "source", &["is a table, it must be a list", "[[source]]"]);
    check("[figures]\nmin_sample = '20'\n", 2, "figures.min_sample", &["leave out the quotes"]);
    check("[figures]\nmin_sample = 2.5\n", 2, "figures.min_sample", &["leave out the fraction"]);
    check("[alert]\nlong_wait = { on = 1 }\n", 2, "alert.long_wait.on", &["true or false"]);
    check("[display]\nambiguous_width = 3\n", 2, "display.ambiguous_width", &["from 1 to 2"]);
    check("[site]\nname = 2026-01-01\n", 2, "site.name", &["a date or time"]);
    check("[site]\nname = ''\n", 2, "site.name", &["empty"]);
    check("[site]\nname = \"a\\u001b[2J\"\n", 2, "site.name", &["control character"]);
}

#[test]
fn what_is_out_of_range_or_contradicts_is_told() {
    check("[service_level]\ntarget = 80\n", 2, "service_level.target", &["0.8 for 80 %"]);
    check("[service_level]\nwithin_s = nan\n", 2, "service_level.within_s", &["out of range"]);
    check("[figures]\nmin_sample = 99999999999999999999\n", 2, "figures.min_sample", &["beyond all bounds"]);
    check("[figures]\nday_starts_at = '24:00'\n", 2, "figures.day_starts_at", &["\"00:00\" to \"23:59\""]);
    check("[figures]\nday_starts_at = '+1:00'\n", 2, "figures.day_starts_at", &["time of day"]);
    check(
        "[alert.long_wait]\nclear_s = 500\n",
        2,
        "alert.long_wait.clear_s",
        &["clear_s (500) is beyond raise_s (120)"],
    );
    // The key told is the one the user wrote, though the other limit is the default's.
    check(
        "[alert.abandon_rate]\nraise = 0.04\n",
        2,
        "alert.abandon_rate.raise",
        &["clear (0.05) is beyond raise (0.04)"],
    );
    check("[alert.surge]\nwatch_ratio = 2.5\n", 2, "alert.surge.watch_ratio", &["beyond ratio (2)"]);
    let profile = vec!["1"; 47].join(", ");
    check(&format!("[usual]\nprofile = [{profile}]\n"), 2, "usual.profile", &["47 numbers"]);
    check("[[usual.queue]]\nid = 'q'\nprofile = []\n", 3, "usual.queue[0].profile", &["empty"]);
}

#[test]
fn addresses_are_checked() {
    let url = |url: &str, words: &[&str]| {
        check(&format!("[[source]]\nname = 'a'\nkind = 'websocket'\nurl = '{url}'\n"), 4, "source[0].url", words);
    };
    url("example.net", &["has no scheme"]);
    url("https://example.net/", &["wss://"]);
    url("ftp://example.net/", &["neither ws nor wss"]);
    url("wss://", &["URL"]);
    url("wss://h:99999/", &["port"]);
    url("wss://user:hunter2@h/", &["token_env"]);
    url("wss://h/a b", &["URL"]);
    let host = |host: &str, words: &[&str]| {
        let text = ASTERISK.replace("host = 'h'", &format!("host = '{host}'"));
        check(&text, 4, "source[0].host", words);
    };
    host("pbx:5038", &["under port"]);
    host("tcp://pbx", &["is a URL"]);
    host("p bx", &["no host name"]);
    for good in ["::1", "[2001:db8::1]", "10.0.0.8", "pbx.example.net"] {
        let settings = Case::new(ASTERISK.replace("host = 'h'", &format!("host = '{good}'"))).settings();
        assert_eq!(settings.sources.len(), 1, "{good}");
    }
}

#[test]
fn a_name_is_given_once() {
    check(&format!("{SOCKET}{SOCKET}"), 6, "source[1].name", &["another source (source[0].name)"]);
    check("[[queue]]\nid = 'q'\n[[queue]]\nid = 'q'\n", 4, "queue[1].id", &["named twice"]);
    check("[reasons]\nSmoke = 'work'\nsmoke = 'rest'\n", 3, "reasons.smoke", &["other letters"]);
    // In other letters than the default's it is still the user's word that counts.
    let reasons = Case::new("[reasons]\nLunch = 'work'\n").settings().reasons;
    assert_eq!(
        reasons.iter().filter(|(r, _)| r.as_str() == "lunch").map(|(_, c)| *c).collect::<Vec<_>>(),
        [ReasonClass::Work]
    );
    // The same id on two feeds is two queues.
    let text = format!("{SOCKET}{ASTERISK}[[queue]]\nid = 'q'\nfeed = 'a'\n[[queue]]\nid = 'q'\nfeed = 'b'\n");
    assert_eq!(
        Case::new(text.replacen("name = 'a'\nkind = 'ast", "name = 'b'\nkind = 'ast", 1)).settings().queues.len(),
        2
    );
}

#[test]
fn what_is_missing_is_told() {
    check("[[source]]\nname = 'a'\n", 1, "source[0].kind", &["is missing"]);
    check("[[source]]\nname = 'a'\nkind = 'websocket'\n", 1, "source[0].url", &["wss://host/path"]);
    check(&ASTERISK.replace("secret_env = 'AMI'\n", ""), 1, "source[0]", &["needs a secret"]);
    check("[[queue]]\nname = 'q'\n", 1, "queue[0].id", &["is missing"]);
}

#[test]
fn marks_and_line_ends_of_another_system_do_no_harm() {
    let settings = Case::new("\u{feff}[site]\r\nname = 'x'\r\n").settings();
    assert_eq!(settings.site.name.as_str(), "x");
    let errors = Case::new("\u{feff}[site]\r\nnmae = 'x'\r\n").errors();
    assert!(errors.to_string().contains("floorwatch.toml:2:1"), "{errors}");
}

#[test]
fn no_toml_is_told_with_its_line() {
    check("[site]\nname = Main Street\n", 2, "", &["is not TOML", "quote"]);
    check("[site]\nname = 'a'\nname = 'b'\n", 3, "", &["written twice"]);
    let errors = Case::new(b"[site]\nname = 'gr\xfc\xdfe'\n").errors();
    assert!(errors.to_string().contains("is not UTF-8 text\n  --> floorwatch.toml:2:11"), "{errors}");
    let errors = Case::new(vec![b'#'; 2_000_000]).errors();
    assert!(errors.to_string().contains("1 MiB"), "{errors}");
}

#[test]
fn the_users_file_is_found_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        path
    };
    let work = dir.path().join("work");
    fs::create_dir(&work).unwrap();
    let home = dir.path().to_str().unwrap().to_owned();
    let xdg = dir.path().join("xdg").to_str().unwrap().to_owned();
    let found = |flag: Option<&str>, vars: &[(&str, &str)]| -> Result<Option<PathBuf>, ConfigErrors> {
        let env = Env::new(&work, vars.iter().copied());
        Ok(find(flag.map(Path::new), &env)?.map(|place| place.path))
    };
    let all = [("HOME", home.as_str()), ("XDG_CONFIG_HOME", xdg.as_str())];
    assert_eq!(found(None, &all), Ok(None));
    let own = at(".config/floorwatch/config.toml");
    assert_eq!(found(None, &[("HOME", &home)]), Ok(Some(own.clone())));
    assert_eq!(found(None, &[("HOME", &home), ("XDG_CONFIG_HOME", "relative")]), Ok(Some(own)));
    let own = at("xdg/floorwatch/config.toml");
    assert_eq!(found(None, &all), Ok(Some(own)));
    let local = at("work/floorwatch.toml");
    assert_eq!(found(None, &all), Ok(Some(local)));
    let named = at("named.toml");
    let variable = [("FLOORWATCH_CONFIG", named.to_str().unwrap())];
    assert_eq!(found(None, &variable), Ok(Some(named.clone())));
    let flag = at("work/flag.toml");
    assert_eq!(found(Some("flag.toml"), &variable), Ok(Some(flag)));
    let gone = found(Some("gone.toml"), &variable).unwrap_err().to_string();
    assert!(gone.contains("gone.toml' is not there") && gone.contains("--config"), "{gone}");
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::new(dir.path(), []);
    let request = Request { file: Some(dir.path().to_owned()), env, ..Request::default() };
    let errors = load(&request).unwrap_err().to_string();
    assert!(errors.contains("cannot be read"), "{errors}");
}

#[test]
fn without_a_source_it_tells_how_to_begin() {
    let dir = tempfile::tempdir().unwrap();
    let request = Request { env: Env::new(dir.path(), [("HOME", "/home/u")]), ..Request::default() };
    let settings = load(&request).unwrap().0;
    let text = require_source(&settings, &request).unwrap_err().to_string();
    for word in ["no configuration file", "[[source]]", "/home/u/.config/floorwatch/config.toml", "floorwatch demo"] {
        assert!(text.contains(word), "{text}");
    }
    let case = Case::new("[site]\nname = 'x'\n");
    let text = require_source(&case.settings(), &case.request).unwrap_err().to_string();
    assert!(text.contains("floorwatch.toml' names no source"), "{text}");
    let case = Case::new(SOCKET);
    assert!(require_source(&case.settings(), &case.request).is_ok());
}

/// Bytes that are often nearly a configuration.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "'",
        "\"",
        "#",
        "\\u",
        "\0",
        "é",
        "source",
        "queue",
        "name",
        "alert.surge",
        "ratio",
        "usual",
        "profile",
        "reasons",
        "wrapup_s",
        "site",
        "time_zone",
        "kind",
        "'websocket'",
        "'asterisk'",
        "url",
        "'wss://['",
        "-9223372036854775808",
        "1e999",
        "nan",
        "true",
        "1979-05-27",
        "[[usual.queue]]",
        "service_level",
        "secret_env",
        "'AMI'",
        "host",
        "'::'",
        "\u{feff}",
        "a.b.c.d",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(words.to_vec()).prop_map(|w| w.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_as_a_file_give_settings_or_errors(bytes in prop_oneof![nearly(), prop::collection::vec(any::<u8>(), 0..200)]) {
        if let Err(errors) = Case::new(bytes).load() {
            prop_assert!(!errors.problems.is_empty());
            prop_assert!(errors.to_string().chars().all(|c| c == '\n' || !c.is_control()));
        }
    }

    #[test]
    fn any_text_as_a_value_gives_settings_or_errors(
        key in "(site|display|alert\\.surge|usual)?\\.?(name|time_zone|ratio|profile|[a-z.\"]{0,9})",
        value in ".{0,30}",
    ) {
        let set = Override::set("--set", &format!("{key}={value}"));
        let request = Request { overrides: set.into_iter().collect(), ..Request::default() };
        if let Err(errors) = load(&request) {
            prop_assert!(!errors.problems.is_empty());
        }
    }
}

#[test]
fn deep_nesting_is_an_error_not_an_overflow() {
    for text in [
        "a = ".to_owned() + &"[".repeat(50_000),
        "a = ".to_owned() + &"{ b = ".repeat(50_000),
        "a.".repeat(100_000) + "a = 1",
        "[".to_owned() + &"a.".repeat(100_000) + "a]",
    ] {
        assert!(!Case::new(text).errors().problems.is_empty());
    }
    let deep = "a.".repeat(100_000) + "a";
    let set = Override::set("--set", &format!("{deep}=1"));
    let request = Request { overrides: set.into_iter().collect(), ..Request::default() };
    assert!(load(&request).is_err());
}

#[test]
fn how_incidents_are_carried_is_checked() {
    for (text, line, key, words) in [
        ("[incident]\nack_min = 0\n", 2, "incident.ack_min", &["out of range", "1 to 1440"][..]),
        ("[incident]\nworse_at = [3, 2]\n", 2, "incident.worse_at[1]", &["not larger", "rising"]),
        (
            "[incident]\nladder = [{ after_min = 3, role = 'duty_manger' }]\n",
            2,
            "incident.ladder[0].role",
            &["is no role", "duty_manager"],
        ),
        (
            "[[incident.ladder]]\nafter_min = 5\nrole = 'duty_manager'\n[[incident.ladder]]\nafter_min = 3\nrole = 'director'\n",
            5,
            "incident.ladder[1].after_min",
            &["before the step above"],
        ),
        ("[incident]\nroles = ['a', 'a']\nladder = []\n", 2, "incident.roles[1]", &["twice"]),
        (
            "[incident.grades]\ngrades = [[4, 3, 2], [3, 2], [2, 1, 1]]\n",
            2,
            "incident.grades.grades[1]",
            &["2 grades for 3"],
        ),
        ("[incident.grades]\nhouseholds = [1000]\n", 0, "incident.grades.grades", &["3 rows for 1"]),
    ] {
        let errors = Case::new(text).errors();
        let problem = errors.problems.first().unwrap();
        assert_eq!(problem.key, key, "{errors}");
        assert!(line == 0 || problem.line == line, "{errors}");
        let shown = errors.to_string();
        assert!(words.iter().all(|word| shown.contains(word)), "{shown}");
    }
    let incident = defaults().unwrap().incident;
    assert_eq!(incident.ladder.iter().map(|s| s.after.whole_secs() / 60).collect::<Vec<_>>(), [0, 3, 8, 15]);
    assert!(incident.grades.sample, "the table shipped is a sample, and says so");
}
