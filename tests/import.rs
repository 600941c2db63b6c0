//! `floorwatch import`: earlier calls are learnt from once, however often and under whatever name they are given.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::path::{Path, PathBuf};

use floorwatch::cli::{Out, run};
use floorwatch::config::Env;
use floorwatch::metrics::Scope;
use floorwatch::model::{Span, Time};
use floorwatch::store::history::History;
use floorwatch::usual;
use jiff::tz::TimeZone;

const HEAD: &str = "call_id,queue,agent,joined_at,answered_at,left_at,ended_at,exit\n";

struct Home(tempfile::TempDir);

impl Home {
    fn new(config: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        std::fs::write(home.path().join("floorwatch.toml"), config).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Exit code, output, messages.
    fn import(&self, args: &[&str]) -> (u8, String, String) {
        let env = Env::new(self.path(), [("HOME", self.path().to_str().unwrap())]);
        let config = self.path().join("floorwatch.toml").display().to_string();
        let (mut out, said, err) = Out::kept();
        let line = ["floorwatch", "import", "--config", &config].into_iter().chain(args.iter().copied());
        let code = run(line.map(Into::into), env, &mut out).number();
        (code, said.text(), err.text())
    }

    fn write(&self, name: &str, rows: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, format!("{HEAD}{rows}")).unwrap();
        path.display().to_string()
    }

    fn history(&self) -> History {
        History::read(&self.path().join(".local/state/floorwatch/store/history.db")).unwrap()
    }

    fn rows(&self, site: &str) -> Vec<(String, String, u32)> {
        let mut rows = Vec::new();
        let at = |from_s| Time::from_secs(from_s).to_string();
        self.history().arrivals(site, Time::MIN, Time::MAX, |a| rows.push((a.scope, at(a.from_s), a.calls))).unwrap();
        rows
    }
}

fn call(n: u32, at: &str) -> String {
    format!("c{n},sales,a1,2026-05-20T{at}+08:00,2026-05-20T{at}+08:00,,,answered\n")
}

#[test]
fn a_file_counts_once_under_any_name_and_grows() {
    let home =
        Home::new("[site]\nname = 'S'\n[[source]]\nname = 'floor'\nkind = 'websocket'\nurl = 'ws://127.0.0.1:9/'\n");
    let monday: String = ["09:00:00", "09:04:59", "09:05:00"].iter().zip(1..).map(|(at, n)| call(n, at)).collect();
    let file = home.write("calls.csv", &monday);
    let (code, said, err) = home.import(&[&file]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(said.contains("3 calls, 2026-05-20T01:00:00Z to 2026-05-20T01:10:00Z"), "{said}");
    let row = |scope: &str, at: &str, n| (scope.to_owned(), format!("2026-05-20T01:{at}:00Z"), n);
    let want = [
        row("all", "00", 2),
        row("all", "05", 1),
        row("queue:floor/sales", "00", 2),
        row("queue:floor/sales", "05", 1),
    ];
    assert_eq!(home.rows("S"), want);
    let again = home.write("copy.csv", &monday);
    let (code, said, _) = home.import(&[&file, &again]);
    assert_eq!((code, said.matches("imported before").count()), (0, 2), "{said}");
    assert_eq!(home.rows("S"), want);
    let grown = home.write("calls.csv", &(monday + &call(4, "09:07:00")));
    let (_, said, _) = home.import(&[&grown]);
    assert!(said.contains("4 calls") && said.contains("grown"), "{said}");
    assert_eq!(home.rows("S").iter().map(|r| r.2).collect::<Vec<_>>(), [2, 2, 2, 2]);
    let other = home.write("other.csv", &call(9, "09:00:01"));
    home.import(&["--source", "pbx", &other]);
    assert_eq!(home.rows("S").first().unwrap().2, 3, "another file brings other calls");
    assert!(home.rows("S").contains(&row("queue:pbx/sales", "00", 1)));
    let (code, _, err) = home.import(&[&home.write("none.csv", "")]);
    assert_eq!(code, 1);
    assert!(err.contains("none.csv"), "{err}");
}

/// Months of a bank's calls, where they are there: what they bring is what the replay counts, and the usual learnt from the
/// database is the one learnt from the calls.
#[test]
fn months_of_a_bank_are_learnt_from() {
    let data = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let mut files: Vec<PathBuf> = std::fs::read_dir(data.join("bank1999"))
        .map(|dir| dir.filter_map(|e| Some(e.ok()?.path())).collect())
        .unwrap_or_default();
    files.retain(|f| f.file_name().is_some_and(|n| n.to_string_lossy().contains(".csv")));
    files.sort();
    let Some(file) = files.first() else {
        #[expect(clippy::print_stderr, reason = "the one line that says so")]
        {
            eprintln!("skipped: no calls of the bank under {}", data.display());
        }
        return;
    };
    let home = Home::new("[site]\nname = 'bank'\ntime_zone = 'Asia/Jerusalem'\n");
    let (code, said, err) = home.import(&[&file.display().to_string()]);
    assert_eq!(code, 0, "{err}");
    let mut learnt = usual::History::new(TimeZone::get("Asia/Jerusalem").unwrap(), usual::Calendar::default(), 3);
    let span = (Time::MIN, Time::MAX);
    let zone = TimeZone::get("Asia/Jerusalem").unwrap();
    let taught = home.history().teach("bank", &zone, span, &mut learnt).unwrap();
    assert!(taught > 1000 && said.contains(&format!(": {taught} calls, ")), "{taught}: {said}");
    let rows = home.rows("bank");
    let last = Time::parse(&rows.iter().rfind(|r| r.0 == "all").unwrap().1).unwrap();
    let usual = usual::Usual::learnt(&floorwatch::config::defaults().unwrap().usual, learnt, zone);
    let day = usual.expected(&Scope::All, last, last + Span::from_secs(86_400));
    assert!(day.is_some_and(|calls| calls > 10.0), "{day:?}");
}
