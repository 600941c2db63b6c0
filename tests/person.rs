//! A person's data: exported and taken out of journals, plain and packed; the floor of a recording on the command line.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::ffi::OsString;
use std::path::Path;

use floorwatch::cli::{ExitCode, Out, run};
use floorwatch::config::Env;

fn floorwatch(dir: &Path, args: &[&str]) -> (ExitCode, String, String) {
    let (mut out, told, erred) = Out::kept();
    let home = dir.to_string_lossy().into_owned();
    let env = Env::new(dir, [("HOME", home.as_str()), ("USER", "lin")]);
    let args: Vec<OsString> = std::iter::once("floorwatch").chain(args.iter().copied()).map(OsString::from).collect();
    let code = run(args, env, &mut out);
    (code, told.text(), erred.text())
}

const JOURNAL: &str = concat!(
    r#"{"v":1,"feed":"f","epoch":1,"seq":1,"received_at":"2026-05-20T00:00:00Z","type":"agent.signed_in","agent":"6001","name":"Ana Ruiz","team":"A","desk":"7","queues":["q"]}"#,
    "\n",
    r#"{"v":1,"feed":"f","epoch":1,"seq":2,"received_at":"2026-05-20T00:00:05Z","type":"agent.signed_in","agent":"6002","name":"Bo Li","queues":["q"]}"#,
    "\n",
    r#"{"v":1,"feed":"f","epoch":1,"seq":3,"received_at":"2026-05-20T00:00:09Z","type":"call.joined","call":"1","queue":"q","caller_key":"00000000000000aa","caller_masked":"138****5678"}"#,
    "\n",
    r#"{"v":1,"feed":"f","epoch":1,"seq":4,"received_at":"2026-05-20T00:00:20Z","type":"call.answered","call":"1","queue":"q","agent":"6001"}"#,
    "\n",
    r#"{"v":1,"feed":"f","epoch":1,"seq":5,"received_at":"2026-05-20T00:01:20Z","type":"call.ended","call":"1","queue":"q","agent":"6001","by":"agent"}"#,
    "\n",
);

fn journal(dir: &Path, name: &str) -> std::path::PathBuf {
    let path = dir.join(name);
    let bytes = if Path::new(name).extension().is_some_and(|e| e == "zst") {
        zstd::encode_all(JOURNAL.as_bytes(), 0).unwrap()
    } else {
        JOURNAL.as_bytes().to_vec()
    };
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_persons_events_are_exported_and_taken_out() {
    for name in ["a.jsonl", "a.jsonl.zst"] {
        let dir = tempfile::tempdir().unwrap();
        let path = journal(dir.path(), name);
        let file = path.to_str().unwrap();
        let config = dir.path().join("floorwatch.toml");
        std::fs::write(&config, "[privacy]\naccess_log = \"access.log\"\n").unwrap();
        let (code, told, _) = floorwatch(dir.path(), &["person", "export", "6001", file]);
        assert_eq!((code, told.lines().count()), (ExitCode::Fine, 3), "{told}");
        let before = floorwatch(dir.path(), &["replay", file, "--json"]).1;
        std::fs::write(&config, "[privacy]\naccess_log = \"access.log\"\nmode = \"pseudonym\"\n").unwrap();
        let made_up = floorwatch(dir.path(), &["replay", file, "--json"]).1;
        assert!(made_up.contains("\"P-1\"") && !made_up.contains("Ana") && !made_up.contains("6001"), "{made_up}");
        std::fs::write(&config, "[privacy]\naccess_log = \"access.log\"\nmode = \"team\"\n").unwrap();
        let teams = floorwatch(dir.path(), &["replay", file, "--json"]).1;
        assert!(teams.contains("\"agents\":{}") && !teams.contains("\"members\""), "a team of one: {teams}");
        std::fs::write(&config, "[privacy]\naccess_log = \"access.log\"\n").unwrap();
        let (code, told, erred) = floorwatch(dir.path(), &["person", "erase", "6001", file]);
        assert_eq!(code, ExitCode::Fine, "{erred}");
        assert!(told.contains("3 events changed"), "{told}");
        let (_, left, _) = floorwatch(dir.path(), &["person", "export", "6001", file]);
        assert_eq!(left, "");
        let after = floorwatch(dir.path(), &["replay", file, "--json"]).1;
        assert!(before.contains("Ana Ruiz") && !after.contains("Ana Ruiz") && !after.contains("6001"), "{after}");
        assert!(after.contains("Bo Li") && after.contains("P-"), "others stay, figures stay: {after}");
        let all = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap().pointer("/all").cloned();
        assert_eq!(all(&before), all(&after));
        let (_, told, _) = floorwatch(dir.path(), &["person", "erase", "00000000000000aa", file]);
        assert!(told.contains("1 events changed"), "{told}");
        let (_, told, _) = floorwatch(dir.path(), &["person", "erase", "6001", file]);
        assert!(told.contains("0 events changed"), "nothing is left: {told}");
        let log = std::fs::read_to_string(dir.path().join("access.log")).unwrap();
        assert!(log.contains("\"what\":\"erase 6001\"") && log.contains("\"who\":\"lin\""), "{log}");
        assert!(!dir.path().join(format!("{name}.erasing")).exists());
    }
}

#[test]
fn what_is_older_than_the_days_kept_names_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let path = journal(dir.path(), "old.jsonl");
    let file = path.to_str().unwrap();
    let young = JOURNAL.replace("2026-05-20", "9998-05-20");
    std::fs::write(dir.path().join("young.jsonl"), &young).unwrap();
    // The year of the machine's clock does not matter: what lies in the far past is old, in the far future young.
    std::fs::write(&path, JOURNAL.replace("2026-05-20", "1999-05-20")).unwrap();
    let other = dir.path().join("young.jsonl");
    let (code, told, erred) = floorwatch(dir.path(), &["person", "prune", file, other.to_str().unwrap()]);
    assert_eq!(code, ExitCode::Fine, "{erred}");
    assert!(told.contains("old.jsonl: 5 events changed"), "{told}");
    assert!(told.contains("young.jsonl: 0 events changed"), "{told}");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("Ana") && !text.contains("6001") && !text.contains("138"), "{text}");
    assert_eq!(std::fs::read_to_string(other).unwrap(), young);
}

#[test]
fn a_capture_is_no_journal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ami.raw");
    std::fs::write(&path, "Event: Newchannel\r\nChannel: x\r\n\r\n").unwrap();
    let (code, _, erred) = floorwatch(dir.path(), &["person", "erase", "6001", path.to_str().unwrap()]);
    assert_eq!(code, ExitCode::Failed);
    assert!(erred.contains("is no journal"), "{erred}");
}

#[test]
fn the_floor_of_a_recording() {
    let dir = tempfile::tempdir().unwrap();
    let path = journal(dir.path(), "a.jsonl");
    std::fs::write(
        dir.path().join("plan.csv"),
        "person,team,desk,start,end,breaks,skills,standby\n6001,A,7,2026-05-20 07:59,16:00,,报修,\n\
         6003,A,8,2026-05-20 07:50,16:00,,,\n6004,A,8,2026-05-20 07:00,16:00,,,yes\n",
    )
    .unwrap();
    std::fs::write(
        dir.path().join("floorwatch.toml"),
        "[site]\ntime_zone = \"Asia/Shanghai\"\n[shift_plan]\nfile = \"plan.csv\"\n[[alert.rule]]\nname = \"Short of people\"\n\
         figure = \"present\"\nscope = \"all\"\nbelow = 1\nhold_s = 0\nclear = 2\nseverity = \"alarm\"\n",
    )
    .unwrap();
    let file = path.to_str().unwrap();
    let (code, told, erred) = floorwatch(dir.path(), &["floor", file, "--json"]);
    assert_eq!(code, ExitCode::Fine, "{erred}");
    let json: serde_json::Value = serde_json::from_str(&told).unwrap();
    let at = |pointer: &str| json.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!((at("/people/expected"), at("/people/present")), (2.into(), 1.into()), "{told}");
    assert_eq!((at("/marks/0/person"), at("/marks/0/rule")), ("6003".into(), "late_sign_in".into()));
    assert_eq!(at("/movable/0/person"), serde_json::json!("6001"), "{told}");
    assert_eq!((at("/call_in/0/person"), at("/call_in/0/place")), ("6004".into(), "standby".into()));
    assert_eq!(at("/rules/stands/0/rule"), serde_json::json!("Short of people"), "{told}");
    assert_eq!(at("/episodes/0/kind"), serde_json::json!("rule"), "{told}");
    let (code, told, _) = floorwatch(dir.path(), &["floor", file]);
    assert_eq!(code, ExitCode::Fine);
    assert!(told.contains("people     expected 2, present 1") && told.contains("6003  late_sign_in"), "{told}");
    // A wrong plan ends every command, with all its errors.
    std::fs::write(dir.path().join("plan.csv"), "person,start,end\na,8:00,9:00\nb,x,y\n").unwrap();
    let (code, _, erred) = floorwatch(dir.path(), &["floor", file]);
    assert_eq!(code, ExitCode::Usage);
    assert!(erred.contains("plan.csv:2:1") && erred.contains("plan.csv:3:1"), "{erred}");
}

#[test]
fn a_bad_file_keeps_the_rules_in_force_and_says_so() {
    use floorwatch::app::floor_files::reload;
    use floorwatch::config::Request;
    use floorwatch::engine::{Change, Core};
    use floorwatch::model::Time;
    use floorwatch::snapshot::Mode;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("floorwatch.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let rule = "[[alert.rule]]\nname = \"A\"\nfigure = \"waiting\"\nscope = \"all\"\nabove = 3\n";
    write(rule);
    let request = Request { file: Some(file.clone()), ..Request::default() };
    let settings = std::sync::Arc::new(floorwatch::config::load(&request).unwrap().0);
    let mut core = Core::new(&settings, Mode::Live, false);
    core.tick(Time::parse("2026-05-20T00:00:00Z").unwrap());
    let apply = |core: &mut Core| {
        for change in reload(&request) {
            match change {
                Change::Rules(offered) => core.set_rules(offered),
                Change::Plan(plan) => core.set_plan(plan),
                Change::Pseudonyms(_) => {}
            }
        }
        core.publish().alert_rules
    };
    write(&format!("{rule}[[alert.rule]]\nname = \"B\"\nfigure = \"waitin\"\nscope = \"all\"\nabove = 3\n"));
    let view = apply(&mut core);
    assert_eq!(view.rules, 1);
    let why = view.refused.as_ref().map(|(_, why)| why.to_string()).unwrap_or_default();
    assert!(why.contains("floorwatch.toml:8:10 alert.rule[1].figure") && why.contains("waitin"), "{why}");
    write(&format!("{rule}[[alert.rule]]\nname = \"B\"\nfigure = \"waiting\"\nscope = \"all\"\nabove = 9\n"));
    let view = apply(&mut core);
    assert_eq!((view.rules, view.refused.is_none()), (2, true));
}
