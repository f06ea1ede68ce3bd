//! Restores a backup.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use tar::Archive;

use super::check::check;
use super::container::{COPIES, DATABASE, Digesting, MANIFEST, Manifest, is_name};
use super::stop::Stoppable;
use super::write::{examine, sync_folder};
use super::{BackupError, Contents, Stop};
use crate::schema;

/// Where everything is put first.
const UNFINISHED: &str = ".restoring";

/// Puts what is in `file` into `directory`, which is missing or empty.
///
/// # Errors
/// `directory` holds something; `file` is not a backup or is damaged, where all that is damaged is named; a disk does not do it;
/// `stop` asked for the end. Then `directory` is as it was.
pub fn restore(file: &Path, directory: &Path, stop: &Stop) -> Result<Contents, BackupError> {
    put(file, directory, stop).map_err(|error| stop.explain(error))
}

fn put(file: &Path, directory: &Path, stop: &Stop) -> Result<Contents, BackupError> {
    let is_new = match fs::read_dir(directory) {
        Ok(mut entries) => match entries.next() {
            Some(_) => return Err(BackupError::Filled { path: directory.to_owned() }),
            None => false,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(BackupError::file("read", directory)(error)),
    };
    let manifest = check(file, stop)?;
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(directory).map_err(BackupError::file("make", directory))?;
    let unfinished = directory.join(UNFINISHED);
    let restored =
        unpack(file, &manifest, &unfinished, stop).and_then(|()| move_in(&unfinished, directory));
    if restored.is_err() {
        // What remains after a failure here is named by the failure of the next try.
        let _ = fs::remove_dir_all(&unfinished);
        if is_new {
            let _ = fs::remove_dir(directory);
        }
    }
    restored?;
    Ok(Contents {
        copies: manifest.parts.len().saturating_sub(1),
        bytes: manifest.parts.iter().map(|part| part.size).sum(),
    })
}

fn unpack(
    file: &Path,
    manifest: &Manifest,
    folder: &Path,
    stop: &Stop,
) -> Result<(), BackupError> {
    for path in [folder.to_owned(), folder.join(COPIES)] {
        DirBuilder::new().mode(0o700).create(&path).map_err(BackupError::file("make", &path))?;
    }
    let failed = || BackupError::file("read", file);
    let input = File::open(file).map_err(failed())?;
    let mut archive = Archive::new(BufReader::new(input));
    let mut parts = manifest.parts.iter();
    for entry in archive.entries().map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let name = entry.path().map_err(failed())?.to_string_lossy().into_owned();
        if name == MANIFEST {
            break;
        }
        let path = folder.join(&name);
        let mut reading = Digesting::new(Stoppable { inner: entry, stop });
        // It was checked before; who changes the file meanwhile must not get further with it.
        let changed = || BackupError::Damaged { path: file.to_owned(), what: vec![name.clone()] };
        let part =
            parts.next().filter(|part| part.name == name && is_name(&name)).ok_or_else(changed)?;
        let mut options = OpenOptions::new();
        let mut output = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(BackupError::file("write", &path))?;
        io::copy(&mut reading, &mut output).map_err(BackupError::file("write", &path))?;
        output.sync_all().map_err(BackupError::file("write", &path))?;
        let (_, sha256, _) = reading.finish();
        if sha256 != part.sha256 {
            return Err(changed());
        }
    }
    let database = folder.join(DATABASE);
    schema::check(&database)?;
    examine(&database, &database, stop)
}

/// The database last: where it lies, everything lies.
fn move_in(unfinished: &Path, directory: &Path) -> Result<(), BackupError> {
    let copies: PathBuf = COPIES.trim_end_matches('/').into();
    sync_folder(&unfinished.join(&copies))?;
    for name in [copies, DATABASE.into()] {
        let to = directory.join(&name);
        if fs::symlink_metadata(&to).is_ok() {
            return Err(BackupError::Filled { path: directory.to_owned() });
        }
        fs::rename(unfinished.join(&name), &to).map_err(BackupError::file("write", &to))?;
    }
    fs::remove_dir(unfinished).map_err(BackupError::file("remove", unfinished))?;
    sync_folder(directory)
}
