//! Printing: the only way a command writes to standard output and error.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::failure::Failure;

/// Standard output and error, or two buffers in a test. A pipe nobody reads becomes [`Failure::Unread`], which ends the
/// command quietly with 0.
pub struct Out {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
}

impl Out {
    /// Those of the process.
    #[must_use]
    pub fn stdio() -> Self {
        Self { out: Box::new(BufWriter::new(io::stdout())), err: Box::new(io::stderr()) }
    }

    /// Given ones.
    pub fn new(out: impl Write + Send + 'static, err: impl Write + Send + 'static) -> Self {
        Self { out: Box::new(out), err: Box::new(err) }
    }

    /// One that keeps what is printed, with the two texts to read it from.
    #[must_use]
    pub fn kept() -> (Self, Kept, Kept) {
        let (out, err) = (Kept::default(), Kept::default());
        (Self::new(out.clone(), err.clone()), out, err)
    }

    /// A line to standard output.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// A JSON value on a line of its own, to standard output.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.out, value).map_err(io::Error::from)?;
        Ok(writeln!(self.out)?)
    }

    /// A line to standard error, after what stands in standard output.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note(&mut self, text: &str) -> Result<(), Failure> {
        self.flush()?;
        Ok(writeln!(self.err, "{text}")?)
    }

    /// Standard output, for what writes by itself.
    pub fn writer(&mut self) -> &mut (dyn Write + Send) {
        &mut self.out
    }

    /// Everything so far goes out now.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }
}

impl std::fmt::Debug for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Out")
    }
}

/// What was printed to an [`Out::kept`].
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// The text so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
