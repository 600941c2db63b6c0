//! The terminal: taken at the start, given back whatever happens.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Whether the screen is ours at this moment: raw mode, alternate screen.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The screen, ours until dropped. A panic anywhere gives it back before its message is printed.
#[derive(Debug)]
pub(super) struct Screen {
    /// Never dropped: dropping it prints to standard error where the cursor cannot be shown again, and panics where
    /// that is gone as well. [`give_back`] shows the cursor.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
}

impl Screen {
    /// Takes the terminal of standard output.
    pub(super) fn take() -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "standard output is not a terminal"));
        }
        give_back_on_panic();
        take()?;
        match Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stdout()))) {
            Ok(terminal) => Ok(Self { terminal: ManuallyDrop::new(terminal) }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws a frame; only cells that changed are sent, all at once.
    pub(super) fn draw(&mut self, paint: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(|frame: &mut Frame<'_>| paint(frame.buffer_mut())).map(|_| ());
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Write::flush(self.terminal.backend_mut())?;
        drawn
    }

    /// Makes the next frame send every cell.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        // Not `clear`, which asks the terminal for its cursor and waits for the answer.
        let size = self.terminal.backend().size()?;
        self.terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, size)))
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.terminal.size().map_or((0, 0), |s| (s.width, s.height))
    }

    /// Takes the terminal again after the shell had it, whoever had changed it meanwhile.
    pub(super) fn retake(&mut self) -> io::Result<()> {
        // Raw mode is only entered from a mode that is not raw in crossterm's own book.
        give_back();
        take()?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let entered = execute!(io::stdout(), EnterAlternateScreen, DisableLineWrap, EnableBracketedPaste, cursor::Hide);
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Leaves the screen as it was found. Does nothing where it was given back already; a terminal that is gone cannot be.
pub(super) fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ = execute!(
            out,
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            EnableLineWrap,
            cursor::Show,
            LeaveAlternateScreen
        );
        let _ = disable_raw_mode();
    }
}

fn give_back_on_panic() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
    });
}

/// Stops this process and what shares its job, as Ctrl-Z does in a terminal that is not raw. Returns when continued.
pub(super) fn stop() {
    if let Err(error) = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP) {
        tracing::warn!(%error, "cannot suspend");
    }
}

/// Where keys come from: standard input where it is a terminal, else the controlling terminal.
#[derive(Debug)]
pub(super) enum Keyboard {
    /// Standard input.
    Stdin,
    /// `/dev/tty`.
    Tty(File),
}

impl Keyboard {
    /// The keyboard, where there is one.
    pub(super) fn open() -> io::Result<Self> {
        if io::stdin().is_terminal() {
            return Ok(Self::Stdin);
        }
        File::open("/dev/tty").map(Self::Tty)
    }

    /// Waits until something can be read, at most this long; `false` where nothing came.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(super) fn wait(&self, limit: Timespec) -> io::Result<bool> {
        match self {
            Self::Stdin => readable(io::stdin().as_fd(), limit),
            Self::Tty(file) => readable(file.as_fd(), limit),
        }
    }
}

/// Whether the terminal we draw on is still there.
pub(super) fn output_alive() -> bool {
    readable(io::stdout().as_fd(), Timespec { tv_sec: 0, tv_nsec: 0 }).is_ok()
}

/// A terminal whose other end is closed polls as hung up, for ever; reading from it is an end of file that crossterm
/// (0.29) reads again and again without pause. So it is asked before each read.
fn readable(fd: BorrowedFd<'_>, limit: Timespec) -> io::Result<bool> {
    let mut fds = [PollFd::from_borrowed_fd(fd, PollFlags::IN)];
    match poll(&mut fds, Some(&limit)) {
        Ok(_) => {}
        Err(rustix::io::Errno::INTR) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    let [polled] = &fds;
    let events = polled.revents();
    if events.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
        return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the terminal is gone"));
    }
    Ok(events.contains(PollFlags::IN))
}
