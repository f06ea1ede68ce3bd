//! The dead letters of a place, each with the name that an operator calls it by.

use std::collections::HashSet;

use clients::SystemClock;
use delivery::event::QueuedEvent;
use delivery::redrive::{self, Found, Letter as Kept};
use shared::ids::IntegrationName;
use shared::ports::{Clock, ItemKey};

use super::super::place::Place;
use super::filter::Filter;
use super::id;
use crate::output;

/// Dead letters, the oldest first.
pub struct Letters {
    letters: Vec<Letter>,
    kept_out: usize,
    notices: HashSet<ItemKey>,
}

/// One of them.
pub struct Letter {
    /// How the operator names it.
    pub id: String,
    /// What is kept of it.
    pub kept: Kept,
    /// Where the record of what its sender is told lies.
    pub notice: Option<ItemKey>,
    /// Where its own record lies.
    pub record: Option<ItemKey>,
    /// Where the record of the event may lie that it says has failed, when it is such a notice.
    pub about: Vec<ItemKey>,
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
                    read.push((Letter::new(*kept, event), admitted));
                }
                Found::OfAnotherVersion(sort) => {
                    output::note(format_args!(
                        "{sort}: a dead letter of another version, left out"
                    ));
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
        let notices = read.iter().filter_map(|(letter, _)| letter.notice.clone()).collect();
        let count = read.len();
        let admitted = read.into_iter().filter(|(_, admitted)| *admitted);
        let letters: Vec<Letter> = admitted.map(|(letter, _)| letter).collect();
        Ok(Self { kept_out: count - letters.len(), letters, notices })
    }

    /// All of them.
    pub fn all(&self) -> &[Letter] {
        &self.letters
    }

    /// How many dead letters the filter keeps out.
    pub fn kept_out(&self) -> usize {
        self.kept_out
    }

    /// Where the records of the notices of all dead letters lie, also of those that a filter keeps out.
    pub fn notices(&self) -> &HashSet<ItemKey> {
        &self.notices
    }

    /// The place of the one that is meant.
    pub fn position(&self, id: &str) -> anyhow::Result<usize> {
        let sorts: Vec<&str> = self.letters.iter().map(|letter| letter.kept.sort()).collect();
        id::find(&sorts, id)
    }

    /// The one that is meant.
    pub fn one(&self, id: &str) -> anyhow::Result<&Letter> {
        Ok(&self.letters[self.position(id)?])
    }
}

impl Letter {
    fn new(kept: Kept, event: Option<&QueuedEvent>) -> Self {
        let notice = |event: &QueuedEvent| {
            Some(ItemKey::new(event.conversation().partition(), kept.content.notice.as_deref()?))
        };
        Self {
            id: String::new(),
            notice: event.and_then(notice),
            record: event.map(|event| event.record_key(kept.content.direction)),
            about: event.map(redrive::about).unwrap_or_default(),
            kept,
        }
    }
}
