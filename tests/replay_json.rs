//! `replay --json` over real captures: figures equal to Asterisk's own queue log, and nothing that is fed breaks it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use floorwatch::cli::{self, ExitCode, Out};
use floorwatch::config::Env;
use serde_json::Value;

/// The shared test data, where this machine has it.
fn data(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("FLOORWATCH_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    let told = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("skipped: no {}\n", path.display()));
    drop(told);
    None
}

/// Exit code, standard output and error of `floorwatch replay … --json`.
fn replay(args: &[&str]) -> (ExitCode, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::new(dir.path(), [("HOME", dir.path().to_str().unwrap())]);
    let (mut out, printed, noted) = Out::kept();
    let words = ["floorwatch", "replay", "--json"].iter().chain(args).map(OsString::from);
    let code = cli::run(words, env, &mut out);
    (code, printed.text(), noted.text())
}

fn figures(path: &Path) -> Value {
    let (code, printed, noted) = replay(&[path.to_str().unwrap()]);
    assert_eq!(code, ExitCode::Fine, "{noted}");
    serde_json::from_str(&printed).unwrap()
}

fn n(object: &Value, key: &str) -> i64 {
    object[key].as_i64().unwrap_or_else(|| panic!("{key} is no whole number: {}", object[key]))
}

fn near(object: &Value, key: &str, want: &Value, within: f64) {
    let (got, want) = (object[key].as_f64().unwrap(), want.as_f64().unwrap());
    assert!((got - want).abs() <= within, "{key}: {got}, the queue log says {want}");
}

fn scopes(figures: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let queues = figures["queues"].as_object().unwrap().iter().map(|(id, q)| (id.as_str(), q));
    queues.chain(std::iter::once(("all", &figures["all"])))
}

fn reconciled(figures: &Value) {
    for (name, scope) in scopes(figures) {
        assert_eq!(n(&scope["reconciliation"], "residual"), 0, "{name}");
    }
}

#[test]
fn a_capture_gives_the_figures_of_the_switchs_own_log() {
    let Some(oracle) = data("asterisk/run-a/oracle.json") else { return };
    let oracle: Value = serde_json::from_slice(&std::fs::read(oracle).unwrap()).unwrap();
    for (capture, tells_exits) in [("ami", true), ("ami_agent", false)] {
        let Some(path) = data(&format!("asterisk/run-a/{capture}.raw.zst")) else { return };
        let got = figures(&path);
        reconciled(&got);
        for (id, want) in oracle["queues"].as_object().unwrap() {
            let queue = &got["queues"][id];
            assert_eq!(n(queue, "offered"), n(want, "offered"), "{capture} {id}");
            assert_eq!(n(queue, "answered"), n(want, "answered"), "{capture} {id}");
            assert_eq!(n(queue, "waiting"), n(want, "no_end"), "{capture} {id}");
            assert_eq!(n(queue, "ring_no_answer"), n(want, "ringnoanswer"), "{capture} {id}");
            let transfers = n(want, "blind_transfers_out") + n(want, "attended_transfers_out");
            assert_eq!(n(queue, "transfers"), transfers, "{capture} {id}");
            let gone = n(queue, "abandoned") + n(queue, "short_abandoned");
            let exits: i64 =
                ["timeout", "exitempty", "exitkey", "withdrawn", "syscompat"].iter().map(|k| n(want, k)).sum();
            if tells_exits {
                assert_eq!((gone, n(queue, "exited")), (n(want, "abandoned"), exits), "{capture} {id}");
                assert_eq!(n(&queue["exited_by"], "timeout"), n(want, "timeout"), "{capture} {id}");
            } else {
                // Class agent alone cannot tell a timeout from a hang-up: together they are exact, and it is said.
                assert_eq!(gone + n(queue, "exited"), n(want, "abandoned") + exits, "{capture} {id}");
                assert_eq!(n(queue, "abandoned_derived"), gone, "{capture} {id}");
            }
            near(queue, "asa_s", &want["asa_s"], 1.0);
            near(queue, "att_s", &want["att_s"], 1.0);
        }
        let agents: Vec<&Value> = got["agents"].as_object().unwrap().values().collect();
        for (name, want) in oracle["agents"].as_object().unwrap() {
            let agent = agents.iter().find(|a| a["name"] == **name).unwrap_or_else(|| panic!("{capture}: no {name}"));
            assert_eq!(n(agent, "answered"), n(want, "answered"), "{capture} {name}");
            assert_eq!(n(agent, "transfers"), n(want, "transfers"), "{capture} {name}");
            assert_eq!(n(agent, "ring_no_answer"), n(want, "ringnoanswer"), "{capture} {name}");
            near(agent, "att_s", &want["att_s"], 1.0);
        }
        let anomalies = if tells_exits { Vec::new() } else { vec!["reason_unknown"] };
        let met: Vec<&str> = got["anomalies"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(met, anomalies, "{capture}");
    }
}

#[test]
fn the_switchs_log_itself_gives_its_figures() {
    let (Some(oracle), Some(log)) = (data("asterisk/run-a/oracle.json"), data("asterisk/run-a/queue_log")) else {
        return;
    };
    let oracle: Value = serde_json::from_slice(&std::fs::read(oracle).unwrap()).unwrap();
    let got = figures(&log);
    reconciled(&got);
    for (id, want) in oracle["queues"].as_object().unwrap() {
        let queue = &got["queues"][id];
        assert_eq!(n(queue, "offered"), n(want, "offered"), "{id}");
        assert_eq!(n(queue, "answered"), n(want, "answered"), "{id}");
        assert_eq!(n(queue, "answered_within"), n(want, "answered_within_T"), "{id}");
        assert_eq!(n(queue, "abandoned") + n(queue, "short_abandoned"), n(want, "abandoned"), "{id}");
        // Both are whole seconds of the same lines: the means are the same number.
        near(queue, "asa_s", &want["asa_s"], 0.001);
    }
}

#[test]
fn a_client_that_comes_in_the_middle_invents_nothing() {
    let Some(path) = data("asterisk/run-a/ami_mid.raw.zst") else { return };
    let got = figures(&path);
    reconciled(&got);
    // The ten calls its first full state named are offered; what was met in its middle is said, and nothing else is odd.
    assert_eq!(n(&got["anomalies"], "mid_life"), 19);
    assert_eq!(got["anomalies"].as_object().unwrap().len(), 1, "{}", got["anomalies"]);
}

#[test]
fn a_switch_that_restarts_and_is_killed_resets_nothing_and_invents_no_abandon() {
    let (Some(path), Some(log)) =
        (data("asterisk/restart/restart.raw.zst"), data("asterisk/restart/restart_queue_log"))
    else {
        return;
    };
    let got = figures(&path);
    reconciled(&got);
    let log = std::fs::read_to_string(log).unwrap();
    let lines = |verb: &str| i64::try_from(log.lines().filter(|l| l.contains(&format!("|{verb}|"))).count()).unwrap();
    let all = &got["all"];
    let gone = n(all, "abandoned") + n(all, "short_abandoned");
    assert_eq!(gone, lines("ABANDON"), "an abandon the switch's log does not have");
    let legs: i64 = got["queues"].as_object().unwrap().values().map(|q| n(q, "offered")).sum();
    assert_eq!(legs, lines("ENTERQUEUE"));
    let answered: i64 = got["queues"].as_object().unwrap().values().map(|q| n(q, "answered")).sum();
    assert_eq!(answered, lines("CONNECT"));
    assert_eq!(n(&got["anomalies"], "reconnect"), 2);
}

#[test]
fn the_same_bytes_come_out_at_every_run_and_at_any_speed() {
    let Some(path) = data("asterisk/run-a/ami_mid.raw.zst") else { return };
    let path = path.to_str().unwrap();
    let (_, first, _) = replay(&[path]);
    let (_, again, _) = replay(&[path, "--speed", "max"]);
    let (_, paced, _) = replay(&[path, "--speed", "600"]);
    assert!(first == again && first == paced);
}

#[test]
fn five_thousand_calls_in_half_a_minute_are_all_there() {
    let Some(path) = data("asterisk/stress/stress.raw.zst") else { return };
    let got = figures(&path);
    reconciled(&got);
    let queue = &got["queues"]["stress"];
    let of = |k| n(queue, k);
    assert_eq!((of("offered"), of("answered"), of("abandoned") + of("short_abandoned")), (5413, 4141, 1272));
}

#[test]
fn a_month_of_a_real_bank_has_its_published_figures() {
    let Some(path) = data("bank1999/1999-01.csv.gz") else { return };
    let (code, printed, noted) = replay(&[path.to_str().unwrap(), "--tz", "Asia/Jerusalem"]);
    assert_eq!(code, ExitCode::Fine, "{noted}");
    let got: Value = serde_json::from_str(&printed).unwrap();
    reconciled(&got);
    let all = &got["all"];
    assert_eq!((n(all, "offered"), n(all, "answered"), n(all, "lost")), (30161, 27060, 3101));
    assert_eq!(n(all, "short_abandoned"), 148);
    let figure = |key: &str| all[key].as_f64().unwrap();
    assert!((figure("asa_s") - 35.03).abs() < 0.005);
    assert!((figure("att_s") - 183.45).abs() < 0.005);
    assert!((all["service_level"]["of_all"].as_f64().unwrap() - 0.5438).abs() < 0.00005);
    assert!((figure("wait_p50_s") - 3.0).abs() <= 0.03);
    assert!((figure("wait_p90_s") - 111.0).abs() <= 1.11);
}

/// A small generator of bytes of its own: garbage needs no distribution.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn survives(bytes: &[u8], name: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    for format in [None, Some("ami"), Some("journal"), Some("calls-csv"), Some("queue-log")] {
        let mut args = vec![path.to_str().unwrap()];
        args.extend(format.iter().flat_map(|f| ["--format", f]));
        let (code, printed, noted) = replay(&args);
        assert!(matches!(code, ExitCode::Fine | ExitCode::Failed), "{name} as {format:?}: {code:?} {noted}");
        let steers = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
        assert!(!steers(&printed) && !steers(&noted), "{name} as {format:?}: a control character");
        if code == ExitCode::Fine {
            let got: Value = serde_json::from_str(&printed).expect("what is printed is JSON");
            reconciled(&got);
        } else {
            assert!(!noted.is_empty());
        }
    }
}

#[test]
fn garbage_is_counted_and_never_breaks_anything() {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let random: Vec<u8> = (0..200_000).map(|_| u8::try_from(noise.next() >> 56).unwrap_or(0)).collect();
    survives(&random, "random");
    survives(b"", "empty");
    survives(b"Asterisk Call Manager/11.0.0\r\nEvent: QueueCallerJoin\r\nQueue: su", "half");
    survives(
        b"{\"type\":\"call.joined\",\"call\":\"1\",\"queue\":\"a\",\"ts\":\"2026-01-01T00:00:00Z\"}\n{\"type\":",
        "half.jsonl",
    );
    survives(
        "{\"type\":\"call.joined\",\"call\":\"1\",\"queue\":\"\\u001b[2Jevil\\u202e\",\"ts\":\"2026-01-01T00:00:00Z\"}\n".as_bytes(),
        "steering.jsonl",
    );
    let mut long = b"Asterisk Call Manager/11.0.0\r\nEvent: QueueCallerJoin\r\nQueue: ".to_vec();
    long.extend(std::iter::repeat_n(b'x', 10 << 20));
    long.extend_from_slice(b"\r\n\r\n");
    survives(&long, "long");
}

#[test]
fn flipped_bytes_of_a_real_capture_are_survived() {
    let Some(path) = data("asterisk/run-a/ami_agent.raw.zst") else { return };
    let whole = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let mut noise = Noise(7);
    for share in [10_000, 500, 20] {
        let mut bytes = whole.get(..300_000).unwrap().to_vec();
        for _ in 0..bytes.len() / share {
            let at = usize::try_from(noise.next()).unwrap_or(0) % bytes.len();
            bytes[at] = u8::try_from(noise.next() >> 56).unwrap_or(0);
        }
        survives(&bytes, "flipped.raw");
    }
}
