//! Copies of files in the data directory: one file each, `media/{key}`.
//!
//! Rules: a copy appears whole or not at all, by renaming what was written and synced beside it. What it is stands at its
//! beginning, so that file and description cannot come apart. Nobody but this user can read it, and after its time it is removed.

mod draft;
mod header;
mod sweep;

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use shared::media::{Found, Kind, MediaKey, MediaStore, MediaWriter};
use shared::ports::PortError;
use shared::time::Timestamp;
use tokio::task::spawn_blocking;

use draft::Draft;
use header::Header;

/// What a copy is called while it is being written.
const UNFINISHED: &str = "part";

/// The folder of the copies.
#[derive(Clone, Debug)]
pub struct MediaDirectory {
    folder: PathBuf,
}

/// A copy to be given out.
#[derive(Debug)]
pub struct Opened {
    /// What it is.
    pub kind: &'static Kind,
    /// Its size, bytes.
    pub size: u64,
    /// At its first byte.
    pub file: File,
}

impl MediaDirectory {
    /// The folder in a data directory, which is ours alone while its database is open. Copies that a death cut off are removed.
    pub fn open(data_directory: &Path) -> io::Result<Self> {
        let folder = data_directory.join("media");
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        // Rights that somebody widened are narrowed again; the files are out of reach then.
        fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        let directory = Self { folder };
        directory.remove_unfinished()?;
        Ok(directory)
    }

    /// The copy under a key.
    pub async fn read(&self, key: &MediaKey) -> io::Result<Option<Opened>> {
        let path = self.path(key);
        spawn_blocking(move || open(&path)).await.map_err(io::Error::other)?
    }

    /// Removes the copies that were stored before `before`; gives how many.
    pub async fn sweep(&self, before: Timestamp) -> io::Result<usize> {
        let directory = self.clone();
        spawn_blocking(move || directory.remove_older(before)).await.map_err(io::Error::other)?
    }

    fn path(&self, key: &MediaKey) -> PathBuf {
        self.folder.join(key.as_str())
    }
}

fn open(path: &Path) -> io::Result<Option<Opened>> {
    let Some((mut file, header)) = described(path)? else { return Ok(None) };
    let Some(kind) = Kind::of_mime(&header.mime) else { return Ok(None) };
    file.seek(SeekFrom::Start(Header::LENGTH))?;
    Ok(Some(Opened { kind, size: header.size, file }))
}

/// A copy and what it says of itself; `None` for what is not there or is not a copy of ours.
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
    async fn find(&self, key: &MediaKey) -> Result<Option<Found>, PortError> {
        let path = self.path(key);
        let found = spawn_blocking(move || described(&path)).await.map_err(io::Error::other);
        let found = found.and_then(|found| found);
        let found = found.map_err(|source| PortError::unavailable("look for a copy", source))?;
        Ok(found.map(|(_, header)| header.into()))
    }

    async fn begin(&self, key: &MediaKey) -> Result<Box<dyn MediaWriter>, PortError> {
        let path = self.path(key);
        let draft = spawn_blocking(move || Draft::begin(path)).await.map_err(io::Error::other);
        let draft = draft.and_then(|draft| draft);
        let draft = draft.map_err(|source| PortError::unavailable("begin a copy", source))?;
        Ok(Box::new(draft))
    }
}
