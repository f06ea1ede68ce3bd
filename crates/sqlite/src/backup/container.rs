//! The format of a backup file: names, the manifest and the seal at the end.

use std::io::{self, Read, Write};

use media::MediaKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The format that this version writes and reads.
pub(super) const FORMAT: u32 = 1;
/// The name of the database in the file.
pub(super) const DATABASE: &str = "bridge.db";
/// The prefix of a copy's key.
pub(super) const COPIES: &str = "media/";
/// The name of the last part.
pub(super) const MANIFEST: &str = "manifest.json";
/// In bytes. A longer manifest counts as invalid; a manifest has about 170 bytes for each copy.
pub(super) const LARGEST_MANIFEST: u64 = 1024 * 1024 * 1024;

const SEAL: &str = "lynn-genesys-bridge backup; sha256 of all before this line: ";
/// The length of the seal, in bytes.
pub(super) const SEAL_LENGTH: u64 = SEAL.len() as u64 + 64 + 1;

/// The table of contents of a backup file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The format of the file.
    pub(super) format: u32,
    /// The version of the bridge that wrote it.
    pub(super) version: String,
    /// All parts except the manifest, in the order of the file.
    pub(super) parts: Vec<ArchiveMember>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ArchiveMember {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// Whether a backup can contain a part of this name. A restore writes no other names to the disk.
pub(super) fn is_name(name: &str) -> bool {
    name == DATABASE || name.strip_prefix(COPIES).is_some_and(|key| MediaKey::parse(key).is_some())
}

/// The seal: the last line of a file whose other bytes have this digest.
pub(super) fn seal(digest: &str) -> String {
    format!("{SEAL}{digest}\n")
}

/// Computes the digest of all bytes that pass through.
pub(super) struct Digesting<T> {
    inner: T,
    hasher: Sha256,
    length: u64,
}

impl<T> Digesting<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hasher: Sha256::new(), length: 0 }
    }

    /// The inner reader or writer, and the digest and length of the bytes that passed.
    pub(super) fn finish(self) -> (T, String, u64) {
        (self.inner, hex::encode(self.hasher.finalize()), self.length)
    }

    fn count(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.length = self.length.saturating_add(bytes.len() as u64);
    }
}

impl<T: Read> Read for Digesting<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

impl<T: Write> Write for Digesting<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let length = self.inner.write(buffer)?;
        self.count(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
