//! Rules of the file: when they are raised and cleared, what silences and hides them, how they are read and reloaded.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::HashMap;

use floorwatch::alert::rules::{Figures, Reading, RuleEdge, RuleFigure, Rules, check};
use floorwatch::config::{AlertRule, Override, Request, Settings, load};
use floorwatch::metrics::{Scope, Window};
use floorwatch::model::{FeedId, FloorAct, FloorCommand, Label, QueueId, Span, Time};

const START: &str = "2026-05-20T09:00:00+08:00"; // A Wednesday.

fn settings(rules: &str) -> Settings {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("floorwatch.toml");
    std::fs::write(&file, format!("[site]\ntime_zone = \"Asia/Shanghai\"\n{rules}")).unwrap();
    load(&Request { file: Some(file), ..Request::default() }).unwrap_or_else(|e| unreachable!("{e}")).0
}

fn rules(text: &str) -> Rules {
    let s = settings(text);
    check(&s.alert_rules).unwrap();
    Rules::new(&s.alert_rules, &s.silences, s.site.time_zone)
}

fn queue(id: &str) -> Scope {
    Scope::Queue(FeedId::new("f"), QueueId::new(id))
}

/// Figures as a test sets them: all, a group G of two queues.
#[derive(Default)]
struct Made {
    values: HashMap<Scope, Reading>,
    away: Vec<Scope>,
}

impl Figures for Made {
    fn scopes(&self) -> Vec<(Scope, Label)> {
        [Scope::All, Scope::Group(Label::new("G")), queue("a"), queue("b")]
            .into_iter()
            .map(|s| {
                let name = match &s {
                    Scope::Queue(_, id) => Label::new(id.as_str()),
                    Scope::Group(name) => name.clone(),
                    _ => Label::new("site"),
                };
                (s, name)
            })
            .collect()
    }
    fn reading(&mut self, scope: &Scope, _: RuleFigure, _: Window) -> Option<Reading> {
        Some(self.values.get(scope).copied().unwrap_or(Reading::of(0.0)))
    }
    fn live(&self, scope: &Scope) -> bool {
        !self.away.contains(scope)
    }
    fn above(&self, scope: &Scope) -> Vec<Scope> {
        match scope {
            Scope::All => Vec::new(),
            Scope::Queue(..) => vec![Scope::Group(Label::new("G")), Scope::All],
            _ => vec![Scope::All],
        }
    }
}

struct Play {
    rules: Rules,
    made: Made,
    now: Time,
}

impl Play {
    fn new(text: &str) -> Self {
        Self { rules: rules(text), made: Made::default(), now: Time::parse(START).unwrap() }
    }

    fn set(&mut self, scope: &Scope, value: f64) {
        self.made.values.insert(scope.clone(), Reading::of(value));
    }

    /// So many seconds; "+rule@scope" and "-rule" as they came.
    fn pass(&mut self, seconds: i64) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..seconds {
            self.now = self.now + Span::from_secs(1);
            for edge in self.rules.evaluate(self.now, &mut self.made) {
                told.push(match edge {
                    RuleEdge::Raised(a) => format!("+{}@{}", a.rule, a.name),
                    RuleEdge::Cleared { rule, .. } => format!("-{rule}"),
                });
            }
        }
        told
    }

    fn shown(&self) -> Vec<String> {
        self.rules.stands().iter().filter(|a| a.shown()).map(|a| format!("{}@{}", a.rule, a.name)).collect()
    }
}

const WAIT: &str = "[[alert.rule]]\nname = \"W\"\nfigure = \"waiting\"\nscope = \"each queue\"\nabove = 10\nclear = 5\n\
                    hold_s = 30\nclear_hold_s = 60\n";

#[test]
fn held_before_it_is_raised_and_before_it_is_cleared() {
    let mut p = Play::new(WAIT);
    let a = queue("a");
    for (value, seconds, told) in [
        (9.0, 100, vec![]),
        (10.0, 29, vec![]),
        (9.0, 1, vec![]),
        (12.0, 30, vec![]),
        (12.0, 1, vec!["+W@a"]),
        // Between the two limits it stays.
        (7.0, 600, vec![]),
        (5.0, 60, vec![]),
        (6.0, 1, vec![]),
        (5.0, 61, vec!["-W"]),
    ] {
        p.set(&a, value);
        assert_eq!(p.pass(seconds), told, "{value} for {seconds}");
    }
}

#[test]
fn a_share_is_compared_by_its_favourable_bound_and_few_prove_nothing() {
    let text = |more: &str| {
        format!(
            "[[alert.rule]]\nname = \"A\"\nfigure = \"abandon_rate\"\nscope = \"all\"\nabove = 0.1\nhold_s = 0\n{more}"
        )
    };
    let below = "[[alert.rule]]\nname = \"S\"\nfigure = \"service_level\"\nscope = \"all\"\nbelow = 0.6\nhold_s = 0\n"
        .to_owned();
    for (rule, part, whole, raised) in [
        // 15 of 100 is 15 %, but it may be 9.3 %.
        (text(""), 15, 100, false),
        (text(""), 18, 100, true),
        (text("bound = false\n"), 11, 100, true),
        (text("min_sample = 0\n"), 3, 3, true),
        (text(""), 19, 19, false),
        (text(""), 20, 20, true),
        // 52 of 100 may be 61.5 %; 50 of 100 is 59.6 % at most.
        (below.clone(), 52, 100, false),
        (below.clone(), 50, 100, true),
        (below, 0, 0, false),
    ] {
        let mut p = Play::new(&rule);
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let value = (whole > 0).then(|| part as f64 / whole as f64);
        p.made.values.insert(Scope::All, Reading { value, parts: Some((part, whole)), sample: Some(whole) });
        assert_eq!(!p.pass(2).is_empty(), raised, "{rule} {part} of {whole}");
    }
}

#[test]
fn hours_are_the_sites() {
    // Wednesday 09:00 local; open to 18:00; Friday's night goes on into Saturday.
    let mut p = Play::new(&format!("{WAIT}hours = [\"mon-fri 09:30-18:00\", \"fri 22:00-02:00\"]\n"));
    p.set(&queue("a"), 50.0);
    assert_eq!(p.pass(1799), Vec::<String>::new());
    assert_eq!(p.pass(40), ["+W@a"]);
    // At 18:00 it ends, whatever the figure.
    assert_eq!(p.pass(9 * 3600), ["-W"]);
    p.now = Time::parse("2026-05-23T01:00:00+08:00").unwrap();
    assert_eq!(p.pass(40), ["+W@a"]);
    assert_eq!(p.pass(3600), ["-W"]);
}

#[test]
fn a_scope_hides_its_members_and_gives_them_back() {
    let each = |scope: &str, name: &str| {
        format!(
            "[[alert.rule]]\nname = \"{name}\"\nfigure = \"waiting\"\nscope = \"{scope}\"\nabove = 10\nhold_s = 0\nclear_hold_s = 0\n"
        )
    };
    let mut p = Play::new(&[each("each queue", "Q"), each("group:G", "G"), each("all", "S")].concat());
    let (group, all) = (Scope::Group(Label::new("G")), Scope::All);
    p.set(&queue("a"), 20.0);
    assert_eq!(p.pass(1), ["+Q@a"]);
    p.set(&group, 20.0);
    assert_eq!(p.pass(1), ["+G@G", "-Q"]);
    p.set(&queue("b"), 20.0);
    assert_eq!((p.pass(1), p.shown()), (vec![], vec!["G@G".to_owned()]), "a member says nothing");
    p.set(&all, 20.0);
    assert_eq!(p.pass(1), ["-G", "+S@site"]);
    p.set(&all, 0.0);
    p.set(&group, 0.0);
    assert_eq!(p.pass(1), ["+Q@a", "+Q@b", "-S"]);
}

#[test]
fn while_the_feed_is_away_nothing_comes_and_nothing_goes() {
    let mut p = Play::new(WAIT);
    p.set(&queue("a"), 20.0);
    assert_eq!(p.pass(31), ["+W@a"]);
    p.made.away = vec![queue("a"), queue("b")];
    p.set(&queue("a"), 0.0);
    p.set(&queue("b"), 99.0);
    assert_eq!((p.pass(600), p.shown()), (vec![], vec![]), "muted");
    p.made.away.clear();
    p.set(&queue("a"), 20.0);
    assert_eq!((p.pass(1), p.shown()), (vec![], vec!["W@a".to_owned()]), "it stands as before");
    assert_eq!(p.pass(30), ["+W@b"], "the hold begins when the feed is back");
}

#[test]
fn what_comes_and_goes_stays_until_it_is_calm() {
    let mut p = Play::new(WAIT);
    let mut told = Vec::new();
    for _ in 0..3 {
        p.set(&queue("a"), 20.0);
        told.extend(p.pass(31));
        p.set(&queue("a"), 0.0);
        told.extend(p.pass(61));
    }
    assert_eq!(told, ["+W@a", "-W", "+W@a", "-W", "+W@a"], "the third stays");
    assert!(p.rules.stands().iter().all(|a| a.flapping));
    p.set(&queue("a"), 20.0);
    told = p.pass(60);
    p.set(&queue("a"), 0.0);
    told.extend(p.pass(600));
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(p.pass(2), ["-W"], "calm for ten minutes");
}

#[test]
fn silences_have_an_author_a_reason_and_an_end() {
    let silence = "[[alert.silence]]\nrule = \"W\"\nscope = \"a\"\nfrom = \"2026-05-20T09:01:00+08:00\"\n\
                   until = \"2026-05-20T09:05:00+08:00\"\nauthor = \"lin\"\nreason = \"announced outage\"\n";
    let mut p = Play::new(&format!("{WAIT}{silence}"));
    p.set(&queue("a"), 20.0);
    assert_eq!(p.pass(31), ["+W@a"]);
    assert_eq!(p.pass(30), ["-W"], "silent from 09:01 on");
    assert_eq!(
        p.rules.silences().first().map(|s| (s.author.as_str(), s.reason.as_str())),
        Some(("lin", "announced outage"))
    );
    assert_eq!(p.pass(240), ["+W@a"], "and back at 09:05: it still stands");
    let command = FloorCommand::new(FloorAct::Silence, "W", "duty");
    let until = Some(p.now + Span::from_secs(60));
    assert_eq!(p.rules.command(&command, p.now), Err("needs_end"));
    let ending = FloorCommand { until, ..command };
    assert_eq!(p.rules.command(&ending, p.now), Err("needs_note"));
    assert_eq!(p.rules.command(&ending.clone().note("known"), p.now), Ok(()));
    assert_eq!(p.pass(1), ["-W"]);
    let end = FloorCommand::new(FloorAct::Unsilence, "W", "duty");
    assert_eq!(p.rules.command(&end, p.now), Ok(()));
    assert_eq!(p.pass(1), ["+W@a"]);
    assert_eq!(p.rules.command(&end, p.now), Err("no_such_silence"));
    assert_eq!(p.rules.command(&FloorCommand::new(FloorAct::Silence, "X", "duty"), p.now), Err("no_such_rule"));
}

#[test]
fn other_rules_take_their_place_and_wrong_ones_do_not() {
    let mut p = Play::new(WAIT);
    p.set(&queue("a"), 20.0);
    assert_eq!(p.pass(31), ["+W@a"]);
    // The same rule among others goes on standing.
    let more =
        settings(&format!("{WAIT}[[alert.rule]]\nname = \"N\"\nfigure = \"waiting\"\nscope = \"all\"\nabove = 3\n"));
    p.rules.reload(&more.alert_rules, &more.silences);
    assert_eq!((p.pass(1), p.shown()), (vec![], vec!["W@a".to_owned()]));
    p.rules.refuse(p.now, &Label::new("floorwatch.toml:3:1 alert.rule[0].above: is a text"));
    assert_eq!((p.pass(1), p.shown()), (vec![], vec!["W@a".to_owned()]), "the old ones stay");
    assert!(p.rules.view().refused.is_some_and(|(_, why)| why.as_str().contains(":3:1")));
    let none: [AlertRule; 0] = [];
    p.rules.reload(&none, &[]);
    assert!(p.rules.view().refused.is_none());
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let text = "[[alert.rule]]\nname = \"A\"\nfigure = \"abandon_rat\"\nscope = \"all\"\nabove = 0.1\n\
                [[alert.rule]]\nname = \"B\"\nfigure = \"late\"\nscope = \"each queue\"\nabove = 3\n\
                [[alert.rule]]\nname = \"C\"\nfigure = \"service_level\"\nscope = \"all\"\nbelow = 80\n";
    let errors = check(&settings(text).alert_rules).unwrap_err();
    let told: Vec<_> = errors.problems.iter().map(|p| (p.line, p.what.as_str())).collect();
    // Two lines of [site] stand before.
    assert_eq!(
        told,
        [
            (5, "there is no figure 'abandon_rat'"),
            (10, "'late' is a figure of people: a queue, group or line has none"),
            (15, "the limit 80 of 'service_level' is no share"),
        ]
    );
    assert!(errors.to_string().contains("did you mean \"abandon_rate\"?"), "{errors}");
    let wrong = |rule: &str| {
        let set = Override::set("--set", &format!("alert.rule=[{{ {rule} }}]")).unwrap();
        load(&Request { overrides: vec![set], ..Request::default() }).unwrap_err().to_string()
    };
    for (rule, want) in [
        ("name = \"A\", figure = \"waiting\", scope = \"all\"", "has no limit"),
        ("name = \"A\", figure = \"waiting\", scope = \"all\", above = 1, below = 2", "stands beside above"),
        ("name = \"A\", figure = \"waiting\", scope = \"every queue\", above = 1", "is no scope"),
        ("name = \"A\", figure = \"waiting\", scope = \"all\", above = 1, clear = 2", "lies beyond the limit"),
        ("name = \"A\", figure = \"waiting\", scope = \"all\", above = 1, hours = [\"nine to five\"]", "is no stretch"),
        ("name = \"A\", figure = \"waiting\", scope = \"all\", above = 1, window = \"2h\"", "is no window"),
        ("figure = \"waiting\", scope = \"all\", above = 1", "is missing"),
    ] {
        assert!(wrong(rule).contains(want), "{rule}: {}", wrong(rule));
    }
}
