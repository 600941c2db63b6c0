//! The keyboard, read on a thread of its own.
//!
//! crossterm's `EventStream` reads inside the task that polls it, and on a terminal that is gone it reads for ever: the
//! loop would stand, signals and all, on a processor at full load. A thread that asks the terminal before each read
//! ends by itself; and should the terminal go in the instant between asking and reading, only the thread spins, for
//! the second it takes the loop to see it and to end the process.

use std::io;
use std::time::Duration;

use crossterm::event::{Event, KeyEvent};
use rustix::event::Timespec;
use tokio::sync::mpsc;

use super::terminal::Keyboard;

/// What the keyboard says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A key.
    Key(KeyEvent),
    /// Text that was pasted.
    Paste(String),
    /// The terminal is gone.
    Gone,
}

/// How long the thread waits before it looks whether anybody still listens.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Keys not taken yet; beyond this the thread waits, and the terminal keeps the rest.
const AHEAD: usize = 64;

/// Starts the thread; it ends when the receiver is dropped.
pub(super) fn listen(keyboard: Keyboard) -> io::Result<mpsc::Receiver<Heard>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::Builder::new().name("keyboard".into()).spawn(move || {
        if read(&keyboard, &sender).is_err() {
            let _ = sender.blocking_send(Heard::Gone);
        }
    })?;
    Ok(receiver)
}

fn read(keyboard: &Keyboard, sender: &mpsc::Sender<Heard>) -> io::Result<()> {
    while !sender.is_closed() {
        if !keyboard.wait(LOOK)? {
            continue;
        }
        if !crossterm::event::poll(Duration::ZERO)? {
            // crossterm is told of new input only; what it left unread before waits for the next key, and so do we.
            std::thread::sleep(Duration::from_millis(10));
            continue;
        }
        let heard = match crossterm::event::read()? {
            Event::Key(key) => Heard::Key(key),
            Event::Paste(text) => Heard::Paste(text),
            _ => continue,
        };
        if sender.blocking_send(heard).is_err() {
            break;
        }
        // Events crossterm has decoded already do not show in the terminal any more.
        while crossterm::event::poll(Duration::ZERO)? {
            let heard = match crossterm::event::read()? {
                Event::Key(key) => Heard::Key(key),
                Event::Paste(text) => Heard::Paste(text),
                _ => continue,
            };
            if sender.blocking_send(heard).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}
