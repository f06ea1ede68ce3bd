//! The dead letters of a place, each with the name that an operator calls it by.

use shared::delivery::redrive::{self, Found, Letter as Kept};
use shared::ids::IntegrationName;
use shared::ports::Clock;
use shared::system_clock::SystemClock;

use super::super::place::Place;
use super::filter::Filter;
use super::id;

/// Dead letters, the oldest first.
pub struct Letters(Vec<Letter>);

/// One of them.
pub struct Letter {
    /// How the operator names it.
    pub id: String,
    /// What is kept of it.
    pub kept: Kept,
}

impl Letters {
    /// Reads those of one integration, or all, and keeps what the filter admits.
    pub async fn read(
        place: &Place,
        only: Option<IntegrationName>,
        filter: &Filter,
    ) -> anyhow::Result<Self> {
        let integrations = match only {
            Some(integration) => [integration].into(),
            None => place.with_dead_letters().await?,
        };
        let (mut read, now) = (Vec::new(), SystemClock.now());
        for integration in integrations {
            let take = |found: Found<'_>| match found {
                Found::Letter(kept, event) => {
                    let admitted = filter.admits(&kept, event, now);
                    read.push((Letter { id: String::new(), kept: *kept }, admitted));
                }
                Found::OfAnotherVersion(sort) => {
                    eprintln!("{sort}: a dead letter of another version, left out");
                }
            };
            redrive::read(place.store(), &integration, take).await?;
        }
        read.sort_by(|(one, _), (other, _)| one.kept.sort().cmp(other.kept.sort()));
        // Among all of them, so that an id means the same with and without a filter.
        let sorts: Vec<&str> = read.iter().map(|(letter, _)| letter.kept.sort()).collect();
        let ids = id::short(&sorts);
        for ((letter, _), id) in read.iter_mut().zip(ids) {
            letter.id = id;
        }
        Ok(Self(
            read.into_iter().filter(|(_, admitted)| *admitted).map(|(letter, _)| letter).collect(),
        ))
    }

    /// All of them.
    pub fn all(&self) -> &[Letter] {
        &self.0
    }

    /// The place of the one that is meant.
    pub fn position(&self, id: &str) -> anyhow::Result<usize> {
        let sorts: Vec<&str> = self.0.iter().map(|letter| letter.kept.sort()).collect();
        id::find(&sorts, id)
    }

    /// The one that is meant.
    pub fn one(&self, id: &str) -> anyhow::Result<&Letter> {
        Ok(&self.0[self.position(id)?])
    }
}
