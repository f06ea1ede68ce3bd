//! Lets a caller stop a backup or a restore early, so that the work leaves nothing behind.

use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, InterruptHandle};
use shared::lock::lock;

use super::BackupError;

/// Asks a backup or a restore to end early. The work then removes what it has begun.
#[derive(Default)]
pub struct Stop {
    asked: AtomicBool,
    /// Interrupts SQLite, which copies or checks a database in one call.
    statement: Mutex<Option<InterruptHandle>>,
}

shared::debug_writes!(Stop: |stop| "{}", stop.is_asked());

impl Stop {
    /// From now on the work ends as soon as it can.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        let statement = lock(&self.statement);
        if let Some(statement) = statement.as_ref() {
            statement.interrupt();
        }
    }

    fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Fails if the caller asked to stop.
    pub(super) fn check(&self) -> Result<(), BackupError> {
        if self.is_asked() { Err(BackupError::Stopped) } else { Ok(()) }
    }

    /// Makes [`Stop::ask`] interrupt this connection too.
    pub(super) fn cover(&self, connection: &Connection) -> Result<(), BackupError> {
        let mut statement = lock(&self.statement);
        *statement = Some(connection.get_interrupt_handle());
        drop(statement);
        self.check()
    }

    /// After a request to stop, every failure counts as that stop.
    pub(super) fn explain(&self, error: BackupError) -> BackupError {
        if self.is_asked() { BackupError::Stopped } else { error }
    }

    fn interrupted(&self) -> io::Result<()> {
        if self.is_asked() {
            return Err(io::Error::other("the end was asked for"));
        }
        Ok(())
    }
}

/// Fails to read once the caller asked to stop.
pub(super) struct Stoppable<'a, T> {
    pub(super) inner: T,
    pub(super) stop: &'a Stop,
}

impl<T: Read> Read for Stoppable<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stop.interrupted()?;
        self.inner.read(buffer)
    }
}
