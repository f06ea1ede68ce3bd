//! Checks that a backup is unchanged, and names its damaged parts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use tar::Archive;

use super::container::{
    ArchiveMember, DATABASE, Digesting, FORMAT, LARGEST_MANIFEST, MANIFEST, Manifest, SEAL_LENGTH,
    is_name, seal,
};
use super::stop::Stoppable;
use super::{BackupError, Stop};

/// The contents of a backup file.
#[derive(Default)]
struct ArchiveContents {
    parts: BTreeMap<String, ArchiveMember>,
    manifest: Option<Manifest>,
    /// Where the archive stops being readable.
    broken: Option<String>,
}

/// Reads the whole file.
///
/// # Errors
///
/// Part of the file differs from what was written; the error names all damaged and missing parts.
pub(super) fn check(file: &Path, stop: &Stop) -> Result<Manifest, BackupError> {
    let failed = || BackupError::file("read", file);
    let mut input = File::open(file).map_err(failed())?;
    let length = input.metadata().map_err(failed())?.len().saturating_sub(SEAL_LENGTH);
    let sealed = is_sealed(&mut input, length, stop).map_err(failed())?;
    input.seek(SeekFrom::Start(0)).map_err(failed())?;
    let found = ArchiveContents::read(Stoppable { inner: BufReader::new(input), stop });
    let what = found.damage(sealed);
    match found.manifest {
        _ if found.parts.is_empty() && !sealed => {
            Err(BackupError::Foreign { path: file.to_owned() })
        }
        Some(manifest) if manifest.format > FORMAT => Err(BackupError::Newer {
            path: file.to_owned(),
            format: manifest.format,
            known: FORMAT,
        }),
        Some(manifest) if what.is_empty() => Ok(manifest),
        _ => Err(BackupError::Damaged { path: file.to_owned(), what }),
    }
}

/// Whether the seal at the end fits all bytes before it.
fn is_sealed(input: &mut File, length: u64, stop: &Stop) -> io::Result<bool> {
    let inner = (&mut *input).take(length);
    let mut before = Digesting::new(Stoppable { inner, stop });
    io::copy(&mut before, &mut io::sink())?;
    let (_, digest, _) = before.finish();
    let mut end = String::new();
    input.take(SEAL_LENGTH + 1).read_to_string(&mut end).or_else(|error| match error.kind() {
        io::ErrorKind::InvalidData => Ok(0),
        _ => Err(error),
    })?;
    Ok(end == seal(&digest))
}

impl ArchiveContents {
    fn read(input: impl Read) -> Self {
        let mut found = Self::default();
        let mut archive = Archive::new(input);
        if let Err(error) = found.take(&mut archive) {
            let after = found.parts.keys().next_back();
            let after =
                after.map_or("the beginning".to_owned(), |name| format!("what follows {name}"));
            found.broken = Some(format!("{after} ({error})"));
        }
        found
    }

    fn take(&mut self, archive: &mut Archive<impl Read>) -> io::Result<()> {
        for entry in archive.entries()? {
            let entry = entry?;
            let name = entry.path()?.to_string_lossy().into_owned();
            if name == MANIFEST {
                let mut text = Vec::new();
                entry.take(LARGEST_MANIFEST).read_to_end(&mut text)?;
                self.manifest = serde_json::from_slice(&text).ok();
                continue;
            }
            let size = entry.size();
            let mut reading = Digesting::new(entry);
            io::copy(&mut reading, &mut io::sink())?;
            let (_, sha256, length) = reading.finish();
            if length == size {
                self.parts.insert(name.clone(), ArchiveMember { name, size, sha256 });
            } else {
                return Err(io::Error::other(format!("{name} is cut off")));
            }
        }
        Ok(())
    }

    /// The parts that are damaged or missing.
    fn damage(&self, sealed: bool) -> Vec<String> {
        let Some(manifest) = &self.manifest else {
            return self.broken.iter().cloned().chain([MANIFEST.to_owned()]).collect();
        };
        let mut what: Vec<String> = manifest
            .parts
            .iter()
            .filter(|part| self.parts.get(&part.name) != Some(part) || !is_name(&part.name))
            .map(|part| part.name.clone())
            .collect();
        let unlisted =
            self.parts.keys().filter(|name| manifest.parts.iter().all(|it| it.name != **name));
        what.extend(unlisted.cloned());
        if what.is_empty() && !manifest.parts.iter().any(|part| part.name == DATABASE) {
            what.push(DATABASE.to_owned());
        }
        what.extend(self.broken.clone());
        if what.is_empty() && !sealed {
            what.push(
                "its frame: everything in it is whole, but the digest at its end does not fit"
                    .to_owned(),
            );
        }
        what
    }
}
