//! The dead letters of a bridge, each with the id by which an operator names it.

use std::collections::HashSet;

use clients::SystemClock;
use delivery::event::QueuedEvent;
use delivery::redrive::{self, Letter as Kept, LetterItem};
use shared::ids::{ContactId, IntegrationName};
use shared::ports::{Clock, ItemKey};

use super::super::installation::Installation;
use super::filter::Filter;
use super::id;
use crate::output;

/// Dead letters, the oldest first.
pub struct Letters {
    pub all: Vec<Letter>,
    /// How many dead letters the filter leaves out.
    pub kept_out: usize,
    /// The keys of the records of all notices, also for letters that the filter leaves out.
    pub notices: HashSet<ItemKey>,
}

pub struct Letter {
    /// The id for the operator.
    pub id: String,
    pub kept: Kept,
    /// The key of the record of the notice about it.
    pub notice: Option<ItemKey>,
    /// The key of its event's record.
    pub record: Option<ItemKey>,
    /// Genesys' id of the customer; `None` if the event has none or cannot be read.
    pub contact: Option<ContactId>,
    /// If the letter is a notice: the possible keys of the record of the event that failed.
    pub about: Vec<ItemKey>,
}

impl Letters {
    /// Reads the dead letters of one integration, or of all, and keeps those that the filter
    /// selects.
    pub async fn read(
        installation: &Installation,
        only: Option<IntegrationName>,
        filter: &Filter,
    ) -> anyhow::Result<Self> {
        let integrations = match only {
            Some(integration) => [integration].into(),
            None => installation.with_dead_letters().await?,
        };
        let (mut read, now) = (Vec::new(), SystemClock.now());
        for integration in integrations {
            let take = |found: LetterItem<'_>| match found {
                LetterItem::Letter(kept, event) => {
                    let letter = Letter::new(*kept, event);
                    let admitted = filter.admits(&letter.kept, letter.contact.as_ref(), now);
                    read.push((letter, admitted));
                }
                LetterItem::OfAnotherVersion(sort) => {
                    output::note(format_args!(
                        "{sort}: not shown, because another version of the bridge wrote this dead letter"
                    ));
                }
            };
            redrive::read(installation.store(), &integration, take).await?;
        }
        read.sort_by(|(one, _), (other, _)| one.kept.sort().cmp(other.kept.sort()));
        // Over all letters, so that an id means the same with and without a filter.
        let sorts: Vec<&str> = read.iter().map(|(letter, _)| letter.kept.sort()).collect();
        let ids = id::short(&sorts);
        for ((letter, _), id) in read.iter_mut().zip(ids) {
            letter.id = id;
        }
        let notices = read.iter().filter_map(|(letter, _)| letter.notice.clone()).collect();
        let count = read.len();
        let admitted = read.into_iter().filter(|(_, admitted)| *admitted);
        let all: Vec<Letter> = admitted.map(|(letter, _)| letter).collect();
        Ok(Self { kept_out: count - all.len(), all, notices })
    }

    pub fn position(&self, id: &str) -> anyhow::Result<usize> {
        let sorts: Vec<&str> = self.all.iter().map(|letter| letter.kept.sort()).collect();
        id::find(&sorts, id)
    }

    pub fn one(&self, id: &str) -> anyhow::Result<&Letter> {
        Ok(&self.all[self.position(id)?])
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
            contact: event.and_then(|event| event.contact.clone()),
            record: event.map(|event| event.record_key(kept.content.direction)),
            about: event.map(redrive::about).unwrap_or_default(),
            kept,
        }
    }
}
