//! Copies of files in the data directory: one file for each copy, `media/{key}`.
//!
//! Rules: a copy appears whole or not at all: it is written and synced beside its path, and then
//! renamed. The description is in the file's header, so that file and description cannot be
//! separated. Only this user can read a copy. A copy is removed when it has expired. Copies leave
//! free space on the disk, because files of strangers must not keep the database from accepting
//! messages.

mod copy_writer;
mod header;
mod sweep;

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use copy_writer::CopyWriter;
use header::Header;
use media::{Kind, LARGEST, MediaKey, MediaStore, MediaWriter, StoredCopy};
use shared::ports::PortError;
use shared::time::Timestamp;
use tokio::task::spawn_blocking;

/// The extension of a copy that is still being written.
const UNFINISHED: &str = "part";

/// The free space on the disk that copies must leave, in bytes.
pub(crate) const RESERVE: u64 = 256 * 1024 * 1024;

/// The folder of the copies.
#[derive(Clone, Debug)]
pub struct MediaDirectory {
    folder: PathBuf,
    reserve: u64,
}

/// A copy, opened to be served.
#[derive(Debug)]
pub struct Opened {
    pub kind: &'static Kind,
    /// In bytes.
    pub size: u64,
    /// Positioned at the first byte of the copy.
    pub file: File,
}

impl MediaDirectory {
    /// Opens the folder in a data directory. It belongs to this instance while the directory's
    /// database is open. Removes copies that a killed process left unfinished.
    pub fn open(data_directory: &Path) -> io::Result<Self> {
        let folder = data_directory.join("media");
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        // Narrow the rights again if they were widened; the files inside are then out of reach.
        fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        let directory = Self { folder, reserve: RESERVE };
        directory.remove_unfinished()?;
        Ok(directory)
    }

    /// `None` if there is no copy with this key.
    pub async fn read(&self, key: &MediaKey) -> io::Result<Option<Opened>> {
        let path = self.path(key);
        spawn_blocking(move || open(&path)).await.map_err(io::Error::other)?
    }

    /// Removes the copies stored before `before` and returns their number.
    pub async fn sweep(&self, before: Timestamp) -> io::Result<usize> {
        let directory = self.clone();
        spawn_blocking(move || directory.remove_older(before)).await.map_err(io::Error::other)?
    }

    fn path(&self, key: &MediaKey) -> PathBuf {
        self.folder.join(key.as_str())
    }

    /// Fails if a copy of the largest size would use reserved space.
    fn check_room(&self) -> io::Result<()> {
        let disk = rustix::fs::statvfs(&self.folder)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free.saturating_sub(LARGEST) < self.reserve {
            let little = format!("{free} bytes are free, and {} are not for copies", self.reserve);
            return Err(io::Error::new(io::ErrorKind::StorageFull, little));
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<Option<Opened>> {
    let Some((mut file, header)) = described(path)? else { return Ok(None) };
    let Some(kind) = Kind::of_mime(&header.mime) else { return Ok(None) };
    file.seek(SeekFrom::Start(Header::LENGTH))?;
    Ok(Some(Opened { kind, size: header.size, file }))
}

/// A copy and its header; `None` if the file does not exist or is not a copy made by the bridge.
fn described(path: &Path) -> io::Result<Option<(File, Header)>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let header = Header::read(&mut file)?;
    Ok(header.map(|header| (file, header)))
}

#[async_trait]
impl MediaStore for MediaDirectory {
    async fn find(&self, key: &MediaKey) -> Result<Option<StoredCopy>, PortError> {
        let path = self.path(key);
        let found = spawn_blocking(move || described(&path)).await.map_err(io::Error::other);
        let found = found.and_then(|found| found);
        let found = found.map_err(|source| PortError::unavailable("look for a copy", source))?;
        Ok(found.map(|(_, header)| header.into()))
    }

    async fn begin(&self, key: &MediaKey) -> Result<Box<dyn MediaWriter>, PortError> {
        let (directory, path) = (self.clone(), self.path(key));
        let begin = move || directory.check_room().and_then(|()| CopyWriter::begin(path));
        let draft = spawn_blocking(begin).await.map_err(io::Error::other);
        let draft = draft.and_then(|draft| draft);
        let draft = draft.map_err(|source| PortError::unavailable("begin a copy", source))?;
        Ok(Box::new(draft))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_leaves_room_for_the_database() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut directory = MediaDirectory::open(folder.path()).unwrap();
        let key = MediaKey::of(&["m-1"]);
        directory.reserve = u64::MAX;
        let refused = directory.begin(&key).await.err().unwrap();
        assert!(shared::error::chain(&refused).contains("bytes are free"), "{refused:?}");
        directory.reserve = 0;
        assert!(directory.begin(&key).await.is_ok());
    }
}
