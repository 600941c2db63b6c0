//! The program itself in a real terminal: it draws, obeys, gives the terminal back, and ends when the terminal is gone.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

use std::io::{Read as _, Write as _};
use std::sync::mpsc;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Longer than anything here takes on the slowest machine; reached only by a broken build.
const PATIENCE: Duration = Duration::from_secs(90);

struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn std::io::Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: mpsc::Receiver<Vec<u8>>,
    screen: vt100::Parser,
    home: tempfile::TempDir,
}

impl Terminal {
    fn run(args: &[&str], (cols, rows): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_floorwatch"));
        command.args(args);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "en_US.UTF-8"), ("USER", "duty")] {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        command.cwd(home.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let (told, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if told.send(bytes.get(..n).unwrap_or_default().to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { master: pair.master, keyboard, child, output, screen: vt100::Parser::new(rows, cols, 0), home }
    }

    /// Reads until the screen is as wanted.
    fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        while !wanted(self.screen.screen()) {
            let bytes = self.output.recv_timeout(PATIENCE);
            let bytes = bytes.unwrap_or_else(|_| panic!("never: {what}\n{}", self.screen.screen().contents()));
            self.screen.process(&bytes);
        }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the end; what still comes is drawn.
    fn end(mut self) -> (ExitStatus, vt100::Parser) {
        let (told, ended) = mpsc::channel();
        let mut child = self.child;
        std::thread::spawn(move || told.send(child.wait()));
        let status = ended.recv_timeout(PATIENCE).expect("the program ends").unwrap();
        drop(self.keyboard);
        drop(self.master);
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.screen.process(&bytes);
        }
        drop(self.home);
        (status, self.screen)
    }
}

fn shows(screen: &vt100::Screen, text: &str) -> bool {
    screen.contents().contains(text)
}

#[test]
fn the_demo_draws_obeys_and_gives_the_terminal_back() {
    let mut terminal = Terminal::run(&["demo", "--scenario", "calm"], (100, 30));
    terminal
        .until("the wall of a live floor", |s| shows(s, "DEMO") && shows(s, "Answer rate") && shows(s, "demo live"));
    assert!(terminal.screen.screen().alternate_screen());
    terminal.press("2");
    terminal.until("the queues", |s| shows(s, "by need"));
    terminal.press("L");
    terminal.until("Chinese", |s| shows(s, "队列"));
    terminal.press("q");
    let (status, screen) = terminal.end();
    assert!(status.success(), "{status:?}");
    assert!(!screen.screen().alternate_screen(), "the terminal is as it was");
    assert!(!screen.screen().hide_cursor());
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let mut terminal = Terminal::run(&["demo"], (80, 24));
    terminal.until("the wall", |s| shows(s, "DEMO"));
    let Terminal { master, keyboard, mut child, output, .. } = terminal;
    drop(keyboard);
    drop(master);
    drop(output);
    let (told, ended) = mpsc::channel();
    std::thread::spawn(move || told.send(child.wait()));
    assert!(ended.recv_timeout(PATIENCE).is_ok(), "a console nobody can see must not go on");
}

#[test]
fn a_signal_ends_it_and_gives_the_terminal_back() {
    let mut terminal = Terminal::run(&["demo"], (80, 24));
    terminal.until("the wall", |s| shows(s, "DEMO"));
    let pid = terminal.child.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let (_, screen) = terminal.end();
    assert!(!screen.screen().alternate_screen());
}

#[test]
fn any_size_is_drawn() {
    for size in [(10, 3), (1, 1), (40, 12)] {
        let mut terminal = Terminal::run(&["demo"], size);
        terminal.until("anything", |s| !s.contents().trim().is_empty());
        terminal.press("q");
        let (status, screen) = terminal.end();
        assert!(status.success(), "{size:?}: {status:?} {}", screen.screen().contents());
    }
}
