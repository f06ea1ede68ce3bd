//! Makes a backup.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use rusqlite::ErrorCode;
use tar::{Builder, Header};
use tempfile::NamedTempFile;

use super::container::{
    ArchiveMember, COPIES, DATABASE, Digesting, FORMAT, MANIFEST, Manifest, is_name, seal,
};
use super::scratch::{Scratch, folder_of};
use super::stop::Stoppable;
use super::{BackupError, Contents, Stop};
use crate::{directory, schema};

/// Writes the data in `directory` to the new file `file`. A bridge may be running in `directory`.
/// During the work the disk of `file` needs space for twice the database, and for the copies.
///
/// # Errors
///
/// - `file` exists.
/// - There is no database, or it is damaged.
/// - A disk fails.
/// - `stop` asked the work to end.
///
/// After an error there is no file.
pub fn back_up(directory: &Path, file: &Path, stop: &Stop) -> Result<Contents, BackupError> {
    let made = make(directory, file, stop).map_err(|error| stop.explain(error));
    made.map_err(|error| if is_full(&error) { full(directory, file, error) } else { error })
}

fn make(directory: &Path, file: &Path, stop: &Stop) -> Result<Contents, BackupError> {
    if fs::symlink_metadata(file).is_ok() {
        return Err(BackupError::Exists { path: file.to_owned() });
    }
    let database = directory::visited(directory)?;
    schema::check(&database)?;
    let beside = folder_of(file);
    let scratch = Scratch::new(beside)?;
    // Copy the database first: the files that it names are copied after it, and a copy of a file
    // never changes.
    let copied = scratch.file(DATABASE)?;
    copy_database(&database, &copied, stop)?;
    let written = NamedTempFile::new_in(scratch.path())
        .map_err(BackupError::file("make a file in", scratch.path()))?;
    let (contents, written) = pack(&copied, &directory.join("media"), written, stop)?;
    written.as_file().sync_all().map_err(BackupError::file("write", file))?;
    written.persist_noclobber(file).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Exists { path: file.to_owned() },
        _ => BackupError::file("write", file)(error.error),
    })?;
    sync_folder(beside)?;
    Ok(contents)
}

/// Whether the disk is full. Reading from the data directory needs no space.
fn is_full(error: &BackupError) -> bool {
    match error {
        BackupError::Copy { source, .. } => source.sqlite_error_code() == Some(ErrorCode::DiskFull),
        BackupError::File { source, .. } => {
            matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        }
        _ => false,
    }
}

/// Names the disk and the space that the work needs: the database copy, and the file with
/// everything.
fn full(directory: &Path, file: &Path, error: BackupError) -> BackupError {
    let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    let copies = directory.join("media");
    let entries = fs::read_dir(&copies).into_iter().flatten().flatten();
    let copies: u64 = entries.map(|entry| size(&entry.path())).sum();
    let needed = size(&directory::database(directory)) * 2 + copies;
    BackupError::Full { folder: folder_of(file).to_owned(), needed, source: Box::new(error) }
}

/// Makes new names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BackupError::file("write", folder))
}

/// Copies the database in one read transaction, so that the copy is consistent. Writers do not wait
/// for it.
fn copy_database(database: &Path, copy: &Path, stop: &Stop) -> Result<(), BackupError> {
    let failed = |source| BackupError::Copy { path: database.to_owned(), source };
    let connection = schema::open_reader(database).map_err(failed)?;
    stop.cover(&connection)?;
    // The file already exists and is empty, so it keeps its mode.
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).map_err(failed)?;
    drop(connection);
    examine(copy, database, stop)
}

/// Fails if SQLite finds damage in a database; the error names the path `named`.
pub(super) fn examine(database: &Path, named: &Path, stop: &Stop) -> Result<(), BackupError> {
    let failed = |source| BackupError::Copy { path: named.to_owned(), source };
    let connection = schema::open_reader(database).map_err(failed)?;
    stop.cover(&connection)?;
    let found: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(BackupError::Corrupt { path: named.to_owned(), found: found.replace('\n', "; ") }),
    }
}

fn pack(
    database: &Path,
    copies: &Path,
    written: NamedTempFile,
    stop: &Stop,
) -> Result<(Contents, NamedTempFile), BackupError> {
    let place = written.path().to_owned();
    let failed = || BackupError::file("write", &place);
    let mut archive = Builder::new(Digesting::new(BufWriter::new(written)));
    let mut parts = Vec::new();
    parts.extend(append(&mut archive, DATABASE, database, stop)?);
    for name in names(copies)? {
        let path = copies.join(name.trim_start_matches(COPIES));
        parts.extend(append(&mut archive, &name, &path, stop)?);
    }
    let contents = Contents {
        copies: parts.len().saturating_sub(1),
        bytes: parts.iter().map(|part| part.size).sum(),
    };
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { format: FORMAT, version, parts };
    let manifest =
        serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::other).map_err(failed())?;
    let length = manifest.len() as u64;
    archive
        .append(&header(MANIFEST, length).map_err(failed())?, manifest.as_slice())
        .map_err(failed())?;
    let (mut output, digest, _) = archive.into_inner().map_err(failed())?.finish();
    output.write_all(seal(&digest).as_bytes()).map_err(failed())?;
    let written = output.into_inner().map_err(|error| failed()(error.into_error()))?;
    Ok((contents, written))
}

/// The names of the copies, sorted; none if the folder does not exist.
fn names(copies: &Path) -> Result<Vec<String>, BackupError> {
    let entries = match fs::read_dir(copies) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BackupError::file("read", copies)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(BackupError::file("read", copies))?;
        let name = format!("{COPIES}{}", entry.file_name().to_string_lossy());
        // An unfinished copy has another kind of name.
        if is_name(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Adds a file. Returns `None` if the file no longer exists, because a copy may expire meanwhile.
fn append(
    archive: &mut Builder<impl Write>,
    name: &str,
    path: &Path,
    stop: &Stop,
) -> Result<Option<ArchiveMember>, BackupError> {
    let failed = || BackupError::file("copy", path);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed()(error)),
    };
    let size = file.metadata().map_err(failed())?.len();
    let mut reading = Digesting::new(Stoppable { inner: file.take(size), stop });
    archive.append(&header(name, size).map_err(failed())?, &mut reading).map_err(failed())?;
    let (_, sha256, length) = reading.finish();
    if length != size {
        return Err(failed()(std::io::Error::other("it became shorter meanwhile")));
    }
    Ok(Some(ArchiveMember { name: name.to_owned(), size, sha256 }))
}

fn header(name: &str, size: u64) -> std::io::Result<Header> {
    let mut header = Header::new_gnu();
    header.set_path(name)?;
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_cksum();
    Ok(header)
}
