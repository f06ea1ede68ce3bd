//! A body whose sender has been proved, as a type: unverified bytes cannot reach code that reads them.
//!
//! ```compile_fail
//! let body = crate::verified::Unverified::new(bytes::Bytes::from_static(b"{}"));
//! let _: &[u8] = body.bytes(); // there is no such method before verification
//! ```

use std::fmt;

use bytes::Bytes;

/// A body as it came in. It can be measured and verified, not read.
pub struct Unverified(Bytes);

/// A body whose sender was proved.
#[derive(Clone)]
pub struct Verified(Bytes);

impl Unverified {
    /// Wraps the bytes exactly as they were received.
    pub fn new(body: Bytes) -> Self {
        Self(body)
    }

    /// The length in bytes.
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// Lets `prove` look at the bytes; only when it finds proof do they become readable.
    pub(crate) fn verify<E>(
        self,
        prove: impl FnOnce(&[u8]) -> Result<(), E>,
    ) -> Result<Verified, E> {
        prove(&self.0)?;
        Ok(Verified(self.0))
    }
}

impl Verified {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What was made of these bytes alone: the sender is proved for it, too.
    pub(crate) fn with(&self, made: Bytes) -> Self {
        Self(made)
    }
}

impl fmt::Debug for Unverified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Unverified({} bytes)", self.0.len())
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Verified({} bytes)", self.0.len())
    }
}
