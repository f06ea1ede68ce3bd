//! A text that no log shows.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The body of a webhook as received. Its `Debug` output shows only the length.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(pub String);

impl fmt::Debug for Raw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Raw({} bytes)", self.0.len())
    }
}
