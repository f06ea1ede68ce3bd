//! Whether the side that an event came from knows that it was given up.

use anyhow::Context;
use delivery::record::{Record, State};
use shared::ports::{Item, ItemKey};

use super::super::place::Place;
use super::letters::Letter;

/// Whether what the originating side is told has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// There is nobody to tell, or nothing to say.
    Nobody,
    /// It has arrived.
    Arrived,
    /// It is in its queue.
    OnItsWay,
    /// It was given up too.
    GivenUp,
    /// The letter is of an older version, or so old that this is forgotten.
    Unknown,
}

impl Telling {
    /// How it stands with each of the letters.
    pub async fn of(place: &Place, letters: &[&Letter]) -> anyhow::Result<Vec<Self>> {
        let keys: Vec<ItemKey> =
            letters.iter().filter_map(|letter| letter.notice.clone()).collect();
        let mut items = place.store().load(&keys).await?.into_iter();
        let telling = |letter: &&Letter| match &letter.notice {
            Some(_) => Self::by(items.next().flatten()),
            None if letter.kept.content.told.is_some() => Ok(Self::Unknown),
            None => Ok(Self::Nobody),
        };
        letters.iter().map(telling).collect()
    }

    /// By the record of the notice.
    fn by(item: Option<Item>) -> anyhow::Result<Self> {
        let Some(item) = item else { return Ok(Self::OnItsWay) };
        let record: Record =
            serde_json::from_str(&item.body).context("read what became of the notice")?;
        Ok(match record.state {
            State::Done => Self::Arrived,
            State::Dead => Self::GivenUp,
            State::Trying => Self::OnItsWay,
        })
    }

    /// For machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Arrived => "arrived",
            Self::OnItsWay => "onItsWay",
            Self::GivenUp => "givenUp",
            Self::Unknown => "unknown",
        }
    }

    /// For a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Arrived => "yes",
            Self::OnItsWay => "on its way",
            Self::GivenUp => "given up",
            Self::Unknown => "not known",
        }
    }

    /// For a line of its own.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nobody => "nobody: there is nobody to tell",
            Self::Arrived => "has arrived",
            Self::OnItsWay => "is on its way",
            Self::GivenUp => "could not be told either: it is a dead letter of its own",
            Self::Unknown => "whether it has arrived is not known any more",
        }
    }
}
