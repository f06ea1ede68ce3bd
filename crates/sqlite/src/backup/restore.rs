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
use crate::directory::{self, UNFINISHED};
use crate::schema;

/// Restores `file` into `directory`, which must be missing, empty, or left by a restore that was
/// killed.
///
/// # Errors
///
/// - `directory` contains something else, or another instance uses it.
/// - `file` is not a backup, or is damaged; the error names all damage.
/// - A disk fails.
/// - `stop` asked the work to end.
///
/// After an error `directory` is unchanged or empty.
pub fn restore(file: &Path, directory: &Path, stop: &Stop) -> Result<Contents, BackupError> {
    put(file, directory, stop).map_err(|error| stop.explain(error))
}

fn put(file: &Path, directory: &Path, stop: &Stop) -> Result<Contents, BackupError> {
    refuse_filled(directory)?;
    let manifest = check(file, stop)?;
    let (is_new, was_locked) = (!directory.exists(), directory::lock_file(directory).exists());
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(directory).map_err(BackupError::file("make", directory))?;
    // Held until all files are in place, because a bridge started meanwhile must not begin in this
    // directory.
    let lock = directory::lock(directory).map_err(BackupError::Lock)?;
    let restored = refuse_filled(directory).and_then(|()| fill(file, &manifest, directory, stop));
    // If a removal here fails, the error of the next restore names what remains.
    if restored.is_err() && !was_locked {
        let _ = fs::remove_file(directory::lock_file(directory));
    }
    if restored.is_err() && is_new {
        let _ = fs::remove_dir(directory);
    }
    drop(lock);
    restored?;
    Ok(Contents {
        copies: manifest.parts.len().saturating_sub(1),
        bytes: manifest.parts.iter().map(|part| part.size).sum(),
    })
}

/// A directory can be filled if it is empty, or if a restore began to fill it and did not place the
/// database.
fn refuse_filled(directory: &Path) -> Result<(), BackupError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BackupError::file("read", directory)(error)),
    };
    let lock = directory::lock_file(directory);
    let of_the_disk = directory.join(directory::OF_THE_DISK);
    let unfinished = directory.join(UNFINISHED);
    let was_begun = fs::symlink_metadata(&unfinished).is_ok();
    for entry in entries {
        let path = entry.map_err(BackupError::file("read", directory))?.path();
        // A restore moves the copies first and the database last.
        let is_begun =
            was_begun && [&unfinished, &directory.join(directory::COPIES)].contains(&&path);
        if path != lock && path != of_the_disk && !is_begun {
            return Err(BackupError::Filled { path: directory.to_owned() });
        }
    }
    Ok(())
}

fn fill(
    file: &Path,
    manifest: &Manifest,
    directory: &Path,
    stop: &Stop,
) -> Result<(), BackupError> {
    let unfinished = directory.join(UNFINISHED);
    let moved = directory.join(directory::COPIES);
    // Left by a restore that was killed. Remove it and start again; remove the mark of the restore
    // last.
    for begun in [&moved, &unfinished] {
        if fs::symlink_metadata(begun).is_ok() {
            fs::remove_dir_all(begun).map_err(BackupError::file("remove", begun))?;
        }
    }
    let restored =
        unpack(file, manifest, &unfinished, stop).and_then(|()| move_in(&unfinished, directory));
    if restored.is_err() && !directory::database(directory).exists() {
        // If a removal here fails, the next restore removes what remains.
        let _ = fs::remove_dir_all(&moved);
        let _ = fs::remove_dir_all(&unfinished);
    }
    restored
}

fn unpack(file: &Path, manifest: &Manifest, folder: &Path, stop: &Stop) -> Result<(), BackupError> {
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
        // The file was checked before; stop if it was changed since.
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

/// Moves the database last: if the database is in place, everything is.
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
