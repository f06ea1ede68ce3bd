//! Where each session has a conversation of its own: finds the session of an event that names none.
//!
//! Rules: such an event belongs to the contact's latest session. A repeat of it belongs to the same
//! session as before, also if another one has begun since. A contact without a session has a
//! conversation as well.

use serde::{Deserialize, Serialize};
use shared::config::{ConversationPer, SendConfig};
use shared::ids::{ContactId, ConversationKey, IntegrationName, digest};
use shared::lynn::inbound::InboundEvent;
use shared::ports::{Change, Direction, Expected, Item, ItemKey, PortError, Store, Write};
use shared::time::Timestamp;

use crate::event::{Payload, QueuedEvent};
use crate::stored::{read, to_json};

/// The sort key of the contact's latest session.
const LATEST: &str = "latest";

/// A session of a contact, to be stored under a key.
pub(super) struct SessionNote {
    key: ItemKey,
    body: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    /// `None`: the contact had no session.
    session: Option<String>,
}

impl SessionNote {
    fn new(key: ItemKey, session: Option<&str>) -> Result<Self, PortError> {
        let stored = Stored { session: session.map(str::to_owned) };
        Ok(Self { key, body: to_json(&stored)? })
    }

    pub(super) fn write(&self, expires_at: Timestamp) -> Write {
        let change = Change::Put {
            body: self.body.clone(),
            expires_at: Some(expires_at),
            index: None,
            due: None,
        };
        Write { key: self.key.clone(), expected: Expected::Anything, change }
    }
}

/// The conversation that a contact has without a session. Beside it stands what belongs to no
/// single session.
fn without_session(integration: &IntegrationName, contact: &ContactId) -> ConversationKey {
    let id = ConversationPer::Session.external_id(contact, None);
    ConversationKey::new(integration.clone(), id)
}

fn latest_key(integration: &IntegrationName, contact: &ContactId) -> ItemKey {
    ItemKey::new(without_session(integration, contact).partition(), LATEST)
}

fn session_of(event: &InboundEvent) -> Option<&str> {
    event.session.as_ref()?.id.as_deref()
}

/// Puts an event of Lynn that names no session into the one that it belongs to, and returns what is
/// to be stored with its record. Other events have their place since their acceptance.
pub(super) async fn placed(
    store: &dyn Store,
    config: &SendConfig,
    mut event: QueuedEvent,
) -> Result<(QueuedEvent, Option<SessionNote>), PortError> {
    if config.genesys.conversation_per == ConversationPer::Contact {
        return Ok((event, None));
    }
    let (content, record) = (event.content(), event.dedup_key.record(Direction::Inbound));
    let Payload::Lynn(lynn) = &mut event.payload else { return Ok((event, None)) };
    if session_of(lynn).is_some() {
        return Ok((event, None));
    }
    // Another event may have the same id; its content tells it apart.
    let own = digest(&[&record, content.as_deref().unwrap_or_default()]);
    let latest = latest_key(&event.integration, &lynn.contact.id);
    let own = ItemKey::new(latest.partition.clone(), format!("session-of#{own}"));
    let items = store.load(&[own.clone(), latest]).await?;
    let known = items.iter().flatten().next();
    let Stored { session } = read(known)?;
    event.contact =
        Some(ConversationPer::Session.external_id(&lynn.contact.id, session.as_deref()));
    let note = SessionNote::new(own, session.as_deref())?;
    if session.is_some() {
        lynn.session.get_or_insert_default().id = session;
    }
    Ok((event, Some(note)))
}

/// That an event's session is the latest of its contact, if the event stands in the conversation of
/// a session.
pub(super) fn latest(
    event: &QueuedEvent,
    config: &SendConfig,
) -> Result<Option<SessionNote>, PortError> {
    let Payload::Lynn(lynn) = &event.payload else { return Ok(None) };
    if config.genesys.conversation_per == ConversationPer::Contact {
        return Ok(None);
    }
    let Some(session) = session_of(lynn) else { return Ok(None) };
    let id = ConversationPer::Session.external_id(&lynn.contact.id, Some(session));
    if event.contact.as_ref() != Some(&id) {
        return Ok(None);
    }
    let key = latest_key(&event.integration, &lynn.contact.id);
    SessionNote::new(key, Some(session)).map(Some)
}

/// Reads the conversation of a contact's session or, without one, of the latest session; the one
/// without any session if there is no such session.
///
/// # Errors
/// The store did not answer.
pub async fn find(
    store: &dyn Store,
    integration: &IntegrationName,
    contact: &ContactId,
    session: Option<&str>,
) -> Result<Option<(ConversationKey, Item)>, PortError> {
    let latest = match session {
        Some(_) => None,
        None => {
            read::<Stored>(one(store, latest_key(integration, contact)).await?.as_ref())?.session
        }
    };
    if let Some(session) = session.or(latest.as_deref()) {
        let id = ConversationPer::Session.external_id(contact, Some(session));
        let key = ConversationKey::new(integration.clone(), id);
        return Ok(one(store, ItemKey::state(&key)).await?.map(|item| (key, item)));
    }
    let key = without_session(integration, contact);
    Ok(one(store, ItemKey::state(&key)).await?.map(|item| (key, item)))
}

async fn one(store: &dyn Store, key: ItemKey) -> Result<Option<Item>, PortError> {
    Ok(store.load(&[key]).await?.into_iter().next().flatten())
}
