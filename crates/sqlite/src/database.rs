//! The database: one file, one writer thread and one reader thread, and how they end.
//!
//! Rule: an answered write is on the disk. The directory belongs to this instance until the writer
//! has closed it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use shared::lock::lock;
use shared::ports::{Clock, PortError};
use shared::time::Timestamp;

use crate::directory::{self, Prepared};
use crate::error::OpenError;
use crate::listeners::Listeners;
use crate::log_throttle::LogThrottle;
use crate::numbers::Numbers;
use crate::queries::Queries;
use crate::quick_reads::QuickReads;
use crate::reader::{Question, Reader};
use crate::requests::{self, ReplySender, Requests};
use crate::schema;
use crate::writer::{Operation, Writer};

/// Store and queues in one SQLite file. Clones share it; dropping the last clone closes it.
///
/// Use it through [`shared::ports::Store`] and [`shared::ports::Queue`]; a worker drains its
/// queues.
#[derive(Clone)]
pub struct Database {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    file: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) writer: Requests<Operation>,
    pub(crate) reader: Requests<Question>,
    pub(crate) quick_reads: QuickReads,
    pub(crate) listeners: Arc<Listeners>,
    /// The log lines about outcomes that could not be recorded, of all workers.
    pub(crate) unrecorded: LogThrottle,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    writer: JoinHandle<()>,
    reader: JoinHandle<()>,
}

shared::debug_writes!(Database: |database| "{}", database.inner.file.display());

impl Database {
    /// Opens the database in a directory, and creates both if they do not exist. The directory gets
    /// mode 0700, its files 0600. A second instance on the same directory is refused.
    pub fn open(directory: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let Prepared { file, lock } = directory::prepare(directory)?;
        let writing = schema::open_writer(&file)?;
        let refused = |source| OpenError::Database { path: file.clone(), source };
        let reading = schema::open_reader(&file).map_err(refused)?;
        let numbers = Arc::new(Numbers::default());
        let quick_reads = QuickReads::open(&file, Arc::clone(&numbers)).map_err(refused)?;
        let last = schema::last_sequence(&writing).map_err(refused)?;
        let listeners = Arc::new(Listeners::new(last));
        let (reader, inbox) = requests::channel();
        let thread = Reader { connection: reading, inbox, clock: Arc::clone(&clock) };
        let reader_thread = spawn("database-reader", &file, move || thread.run())?;
        let (writer, inbox) = requests::channel();
        let thread = Writer {
            connection: writing,
            inbox,
            clock: Arc::clone(&clock),
            listeners: Arc::clone(&listeners),
            last,
            numbers,
            lock,
        };
        let writer_thread = spawn("database-writer", &file, move || thread.run())?;
        let threads = Threads { writer: writer_thread, reader: reader_thread };
        let threads = Mutex::new(Some(threads));
        let unrecorded = LogThrottle::default();
        let inner =
            Inner { file, clock, writer, reader, quick_reads, listeners, unrecorded, threads };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Finishes all requests so far, checkpoints, and releases the directory. Later calls of any
    /// clone are refused. Stop the workers first.
    pub async fn close(&self) {
        let inner = Arc::clone(&self.inner);
        // Fails only while the runtime shuts down; dropping the last clone then closes the
        // database.
        let _ = tokio::task::spawn_blocking(move || inner.shut_down()).await;
    }
}

impl Inner {
    /// Ends the readers first, so that none holds the log when the writer checkpoints.
    fn shut_down(&self) {
        let mut threads = lock(&self.threads);
        self.reader.close();
        self.quick_reads.close();
        let Some(Threads { writer, reader }) = threads.take() else { return };
        join(reader, "reader");
        self.writer.close();
        join(writer, "writer");
    }
}

fn join(thread: JoinHandle<()>, name: &str) {
    if thread.join().is_err() {
        tracing::error!(thread = name, "a database thread had panicked");
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn spawn(
    name: &str,
    file: &Path,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, OpenError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|source| OpenError::Thread { path: file.to_owned(), source })
}

impl Database {
    /// Asks the reader. Its answer comes from a snapshot that has every write answered so far.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        query: impl FnOnce(&mut Queries<'_>, Timestamp) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        let question = |answer: ReplySender<T>| -> Question {
            Box::new(move |queries, now| {
                let result = query(queries, now);
                // Ignores callers that no longer wait for an answer.
                let _ =
                    answer.send(result.map_err(|error| PortError::unavailable(operation, error)));
            })
        };
        self.inner.reader.ask(operation, 0, question).await
    }
}
