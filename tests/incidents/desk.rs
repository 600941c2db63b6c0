//! A board with a ladder, a roster and a clock moved by hand.

use floorwatch::alert::{Board, Change, Desk, Incident};
use floorwatch::config::{self, LadderWho};
use floorwatch::model::{Command, Label, Note, Time};
use floorwatch::roster;
use floorwatch::usual::Usual;

/// Two shifts a day of the duty manager, a supervisor on weekdays in the daytime, nobody as service manager.
pub(crate) const ROSTER: &str = "role,person,backup,days,from,to\n\
    duty_manager,Ann,Ben,daily,08:00,20:00\n\
    duty_manager,Cai,,daily,20:00,08:00\n\
    service_supervisor,Sun,Sue,mon-fri,08:00,20:00\n";

pub(crate) struct Floor {
    pub(crate) board: Board,
    pub(crate) now: Time,
    usual: Usual,
}

pub(crate) fn at(text: &str) -> Time {
    Time::parse(&format!("2026-05-20T{text}+08:00")).unwrap()
}

pub(crate) fn desk(roster: &str) -> Desk {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let (roster, problems) = roster::read(&[("duty.csv".to_owned(), roster.to_owned())], &zone);
    assert_eq!(problems, Vec::new());
    let rules = config::defaults().unwrap().incident;
    assert_eq!(
        rules.ladder.iter().map(|s| s.who).collect::<Vec<_>>(),
        [LadderWho::First, LadderWho::Backup, LadderWho::Both, LadderWho::Both]
    );
    Desk { rules, roster, ..Desk::default() }
}

pub(crate) fn empty_board(roster: &str) -> Board {
    let settings = config::defaults().unwrap();
    let mut board = Board::new(settings.alert, 20);
    board.equip(desk(roster));
    board
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text)
}

impl Floor {
    pub(crate) fn new(roster: &str, start: &str) -> Self {
        let settings = config::defaults().unwrap();
        let usual = Usual::configured(&settings.usual, settings.site.time_zone);
        Self { board: empty_board(roster), now: at(start), usual }
    }

    /// The same floor after a restart: everything but the log is gone.
    pub(crate) fn restarted(&self, roster: &str) -> Self {
        let mut board = empty_board(roster);
        board.restore(self.board.changes());
        Self { board, now: self.now, usual: self.usual.clone() }
    }

    /// Lets time pass second by second.
    pub(crate) fn until(&mut self, time: &str) -> &mut Self {
        let end = at(time);
        assert!(end >= self.now, "{time} is past");
        while self.now < end {
            self.now = self.now + floorwatch::model::Span::from_secs(1);
            self.board.second(self.now, &[], &[], &self.usual);
        }
        self
    }

    pub(crate) fn ask(&mut self, command: &Command) -> Result<(), &'static str> {
        self.board.command(command, self.now)
    }

    pub(crate) fn open(&mut self, kind: &str) -> &mut Self {
        let command =
            Command::Open { by: label("lead"), kind: label(kind), name: label("East"), text: None, drill: false };
        assert_eq!(self.ask(&command), Ok(()));
        self
    }

    pub(crate) fn ack(&mut self, who: &str) -> &mut Self {
        assert_eq!(self.ask(&Command::ack(1, label(who))), Ok(()));
        self
    }

    pub(crate) fn worsen(&mut self) -> &mut Self {
        let command = Command::Worsen { incident: 1, by: label("lead"), text: Some(Note::new("more areas")) };
        assert_eq!(self.ask(&command), Ok(()));
        self
    }

    pub(crate) fn hand_over(&mut self, role: &str, to: &str) -> &mut Self {
        let command =
            Command::HandOver { by: label("lead"), role: label(role), to: label(to), until: None, text: None };
        assert_eq!(self.ask(&command), Ok(()));
        self
    }

    pub(crate) fn incident(&self) -> Incident {
        self.board.states().into_iter().next().unwrap()
    }

    /// The changes of the first incident, each in short: time of day, what, and the persons of it.
    pub(crate) fn story(&self) -> Vec<String> {
        self.board.changes().iter().filter(|c| c.incident == 1).map(short).collect()
    }
}

pub(crate) fn short(change: &Change) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let clock = change.at.to_jiff().to_zoned(zone).strftime("%H:%M:%S").to_string();
    let fields = change.what.fields();
    let said: Vec<&str> = ["step", "role", "person", "owner", "from", "to"]
        .iter()
        .filter(|name| !(fields.get("step").is_none() && **name == "role"))
        .filter_map(|name| fields.get(name))
        .collect();
    format!("{clock} {} {}", change.what.word(), said.join(" ")).trim_end().to_owned()
}
