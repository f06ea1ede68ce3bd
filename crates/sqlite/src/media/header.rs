//! The header of a copy: a line of fixed length that describes the file.

use std::io::{self, Read, Write};

use media::StoredCopy;
use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    pub(super) mime: String,
    pub(super) size: u64,
    pub(super) stored_at: Timestamp,
}

impl Header {
    /// The length in bytes, including the spaces that fill the line.
    pub(super) const LENGTH: u64 = 256;

    /// Returns `None` if the bytes are not a header.
    pub(super) fn read(file: &mut impl Read) -> io::Result<Option<Self>> {
        let mut line = Vec::new();
        file.take(Self::LENGTH).read_to_end(&mut line)?;
        Ok(serde_json::from_slice(&line).ok())
    }

    pub(super) fn write(&self, file: &mut impl Write) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        let length = usize::try_from(Self::LENGTH).unwrap_or_default();
        if line.len() >= length {
            return Err(io::Error::other("a copy's description is too long"));
        }
        line.resize(length - 1, b' ');
        line.push(b'\n');
        file.write_all(&line)
    }
}

impl From<Header> for StoredCopy {
    fn from(header: Header) -> Self {
        Self { mime: header.mime, size: header.size, stored_at: header.stored_at }
    }
}
