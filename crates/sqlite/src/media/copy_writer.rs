//! A copy of a file while it is being written, beside its final path.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use media::{Kind, MediaWriter};
use shared::ports::PortError;
use shared::time::Timestamp;
use tokio::task::spawn_blocking;

use super::UNFINISHED;
use super::header::Header;

/// A copy that does not exist yet; dropping the value removes the unfinished file.
pub(super) struct CopyWriter {
    path: PathBuf,
    unfinished: PathBuf,
    /// `None` during a write and after a failed one.
    file: Option<File>,
    size: u64,
}

impl CopyWriter {
    /// Begins a copy. Overwrites what an earlier attempt left.
    pub(super) fn begin(path: PathBuf) -> io::Result<Self> {
        let unfinished = path.with_extension(UNFINISHED);
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&unfinished)?;
        // The header is written last, when its values are known.
        file.seek(SeekFrom::Start(Header::LENGTH))?;
        Ok(Self { path, unfinished, file: Some(file), size: 0 })
    }

    async fn write(&mut self, piece: bytes::Bytes) -> io::Result<()> {
        let mut file = self.file.take().ok_or_else(broken)?;
        self.size += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let write = move || file.write_all(&piece).map(|()| file);
        self.file = Some(spawn_blocking(write).await.map_err(io::Error::other)??);
        Ok(())
    }

    async fn finish(mut self: Box<Self>, mime: &'static str, now: Timestamp) -> io::Result<()> {
        let file = self.file.take().ok_or_else(broken)?;
        let header = Header { mime: mime.to_owned(), size: self.size, stored_at: now };
        // The closure owns the draft, so that the draft is dropped, and its file removed, only
        // after the rename.
        let publish = move || publish(file, &header, &self.unfinished, &self.path);
        spawn_blocking(publish).await.map_err(io::Error::other)?
    }
}

fn broken() -> io::Error {
    io::Error::other("an earlier piece was not written")
}

/// Makes the copy durable, then visible, then its name durable.
fn publish(mut file: File, header: &Header, unfinished: &Path, path: &Path) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    header.write(&mut file)?;
    file.sync_all()?;
    fs::rename(unfinished, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

impl Drop for CopyWriter {
    fn drop(&mut self) {
        // Usually the file was already renamed. A file that cannot be removed now is removed at the
        // next start.
        let _ = fs::remove_file(&self.unfinished);
    }
}

#[async_trait]
impl MediaWriter for CopyWriter {
    async fn append(&mut self, piece: bytes::Bytes) -> Result<(), PortError> {
        self.write(piece).await.map_err(|source| PortError::unavailable("write a copy", source))
    }

    async fn commit(self: Box<Self>, kind: &Kind, now: Timestamp) -> Result<(), PortError> {
        let mime = kind.mime;
        self.finish(mime, now)
            .await
            .map_err(|source| PortError::unavailable("store a copy", source))
    }
}
