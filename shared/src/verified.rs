//! The body of an authenticated caller, as a type: code cannot read bytes that are not verified.
//!
//! ```compile_fail
//! let body = crate::verified::Unverified::new(bytes::Bytes::from_static(b"{}"));
//! let _: &[u8] = body.bytes(); // there is no such method before verification
//! ```

use bytes::Bytes;

/// A body as received. Its length can be read and it can be verified, but not read.
pub struct Unverified(Bytes);

/// The body of an authenticated caller.
#[derive(Clone)]
pub struct Verified(Bytes);

impl Unverified {
    /// Takes the bytes exactly as received.
    pub fn new(body: Bytes) -> Self {
        Self(body)
    }

    /// The length in bytes.
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// Calls `prove` with the bytes; they become readable only if it succeeds.
    pub(crate) fn verify<E>(
        self,
        prove: impl FnOnce(&[u8]) -> Result<(), E>,
    ) -> Result<Verified, E> {
        prove(&self.0)?;
        Ok(Verified(self.0))
    }
}

impl Verified {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Wraps bytes that were derived from these bytes alone, so the proof holds for them too.
    pub(crate) fn with(&self, made: Bytes) -> Self {
        Self(made)
    }
}

crate::debug_writes!(Unverified: |body| "{} bytes", body.0.len());

crate::debug_writes!(Verified: |body| "{} bytes", body.0.len());
