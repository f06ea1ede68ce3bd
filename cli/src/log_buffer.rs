//! Collects log lines for a moment and writes them together: at thousands of events a second, a
//! system call for each line would cost as much as the delivery.
//!
//! Rule: a line waits at most [`PAUSE`], and the rest is written at the end of the program; only a
//! kill loses it.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::lock::lock;
use tracing_subscriber::fmt::MakeWriter;

const PAUSE: Duration = Duration::from_millis(50);
/// From this size, the thread that logs writes the lines itself, so that memory stays bounded.
const FULL: usize = 256 * 1024;

/// The lines that wait to be written to stderr.
#[derive(Clone, Default)]
pub struct LogBuffer(Arc<Shared>);

#[derive(Default)]
struct Shared {
    lines: Mutex<Vec<u8>>,
    arrived: Condvar,
}

impl LogBuffer {
    /// Starts the thread that writes.
    pub fn start() -> io::Result<Self> {
        let buffer = Self::default();
        let writing = buffer.clone();
        std::thread::Builder::new().name("log".to_owned()).spawn(move || writing.write_on())?;
        Ok(buffer)
    }

    pub fn flush(&self) {
        let mut lines = self.lines();
        write_out(&mut lines);
    }

    fn write_on(&self) {
        loop {
            let lines = self.lines();
            let lines = self.0.arrived.wait_while(lines, |lines| lines.is_empty());
            drop(lines.unwrap_or_else(PoisonError::into_inner));
            std::thread::sleep(PAUSE);
            // Taken out first, so that no logging thread waits for stderr.
            let mut lines = std::mem::take(&mut *self.lines());
            write_out(&mut lines);
        }
    }

    fn lines(&self) -> MutexGuard<'_, Vec<u8>> {
        lock(&self.0.lines)
    }
}

/// A closed stderr cannot be reported.
fn write_out(lines: &mut Vec<u8>) {
    let _ = io::stderr().lock().write_all(lines);
    lines.clear();
}

/// Takes one line.
pub struct Line<'a>(MutexGuard<'a, Vec<u8>>, &'a Condvar);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            self.1.notify_one();
        }
        self.0.extend_from_slice(bytes);
        if self.0.len() > FULL {
            write_out(&mut self.0);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogBuffer {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self.lines(), &self.0.arrived)
    }
}
