//! How a command ends.

use std::io;

use super::out::Out;
use crate::config::ConfigErrors;

/// The exit codes of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: it did what was asked.
    Fine,
    /// 1: it failed.
    Failed,
    /// 2: wrong usage or configuration.
    Usage,
    /// 69: a source or hub could not be reached.
    Unreachable,
}

impl ExitCode {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 69,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// What a command gives back: its exit code, everything printed.
pub type Outcome = Result<ExitCode, Failure>;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody reads the output any more (`floorwatch … | head`): no error.
    #[error("nobody reads the output")]
    Unread,
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// Anything else, with the exit code it means.
    #[error("{1:#}")]
    Other(ExitCode, anyhow::Error),
}

impl Failure {
    /// A failure with this exit code and message.
    pub fn new(code: ExitCode, why: impl Into<anyhow::Error>) -> Self {
        Self::Other(code, why.into())
    }

    /// A command whose parts are not in this build.
    #[must_use]
    pub fn not_in_this_build(what: &str) -> Self {
        Self::Other(ExitCode::Failed, anyhow::anyhow!("{what} is not available in this build"))
    }

    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> ExitCode {
        match self {
            Self::Unread => ExitCode::Fine,
            Self::Config(_) => ExitCode::Usage,
            Self::Other(code, _) => *code,
        }
    }

    /// Prints it to standard error and gives the exit code.
    pub fn tell(&self, out: &mut Out) -> ExitCode {
        let told = match self {
            Self::Unread => Ok(()),
            Self::Config(errors) => out.note(&errors.to_string()),
            Self::Other(_, why) => out.note(&format!("floorwatch: {why:#}")),
        };
        // Where not even standard error takes it, the code still tells.
        drop(told);
        self.code()
    }
}

impl From<anyhow::Error> for Failure {
    fn from(why: anyhow::Error) -> Self {
        Self::Other(ExitCode::Failed, why)
    }
}

impl From<io::Error> for Failure {
    fn from(why: io::Error) -> Self {
        if why.kind() == io::ErrorKind::BrokenPipe { Self::Unread } else { Self::Other(ExitCode::Failed, why.into()) }
    }
}
