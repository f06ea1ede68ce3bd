//! Where each session has a conversation of its own: puts each event of Lynn into its session.
//!
//! Rules: an event that names no session belongs to the contact's latest one before it, so the
//! events of a contact are placed in the order of their acceptance. Then they go on in the order of
//! their session, and a session whose events must wait delays no other. A repeat belongs to the
//! same session as before, also if it names another one or none. A contact without a session has a
//! conversation as well.

use conversation::{Conversation, KEPT};
use serde::{Deserialize, Serialize};
use shared::config::{ConversationPer, SendConfig};
use shared::ids::{ContactId, ConversationKey, IntegrationName, digest};
use shared::lynn::inbound::{InboundEvent, InboundKind};
use shared::ports::{Direction, Item, ItemKey, PortError, Store, Write};
use shared::time::Timestamp;

use crate::event::{Payload, QueuedEvent};
use crate::items::Items;
use crate::retention;
use crate::stored::{one, read, to_json};

/// The sort key of the contact's latest session.
const LATEST: &str = "latest";

/// A session of a contact, as it is stored.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    /// `None`: the contact had no session.
    session: Option<String>,
}

/// The conversation that a contact has without a session. Its partition also
/// has the items that belong to no single session.
fn without_session(integration: &IntegrationName, contact: &ContactId) -> ConversationKey {
    let id = ConversationPer::Session.external_id(contact, None);
    ConversationKey::new(integration.clone(), id)
}

fn latest_key(integration: &IntegrationName, contact: &ContactId) -> ItemKey {
    ItemKey::new(without_session(integration, contact).partition(), LATEST)
}

/// The key of the session into which an event was put. Another event may have the same id; its
/// content tells it apart.
fn own_key(event: &QueuedEvent, lynn: &InboundEvent) -> ItemKey {
    let record = event.dedup_key.record(Direction::Inbound);
    let own = digest(&[&record, event.content().as_deref().unwrap_or_default()]);
    let partition = without_session(&event.integration, &lynn.contact.id).partition();
    ItemKey::new(partition, format!("session-of#{own}"))
}

fn session_of(event: &InboundEvent) -> Option<&str> {
    event.session.as_ref()?.id.as_deref()
}

/// The items that mark a session as begun: a note since its first event was put into it, and the
/// state of its conversation.
fn begun_keys(event: &QueuedEvent, lynn: &InboundEvent, session: &str) -> [ItemKey; 2] {
    let contact = &lynn.contact.id;
    let partition = without_session(&event.integration, contact).partition();
    let id = ConversationPer::Session.external_id(contact, Some(session));
    let conversation = ConversationKey::new(event.integration.clone(), id);
    let note = ItemKey::new(partition, format!("session#{}", digest(&[session])));
    [note, ItemKey::state(&conversation)]
}

fn has_begun(state: Option<&Item>) -> Result<bool, PortError> {
    let conversation: Conversation = read(state)?;
    Ok(conversation.session.spoke_at.is_some())
}

fn placed(event: &QueuedEvent, lynn: &InboundEvent, session: Option<String>) -> QueuedEvent {
    let id = ConversationPer::Session.external_id(&lynn.contact.id, session.as_deref());
    let mut lynn = lynn.clone();
    if session.is_some() {
        lynn.session.get_or_insert_default().id = session;
    }
    QueuedEvent {
        contact: Some(id),
        unplaced: false,
        payload: Payload::Lynn(Box::new(lynn)),
        ..event.clone()
    }
}

/// The event in its session; `None` if it has its place already. The placement is stored, so
/// that a repeat gets the same one.
pub(super) async fn place(
    store: &dyn Store,
    config: &SendConfig,
    event: &QueuedEvent,
    now: Timestamp,
) -> Result<Option<QueuedEvent>, PortError> {
    let Payload::Lynn(lynn) = &event.payload else { return Ok(None) };
    if !event.unplaced || config.genesys.conversation_per == ConversationPer::Contact {
        return Ok(None);
    }
    let (own, latest) = (own_key(event, lynn), latest_key(&event.integration, &lynn.contact.id));
    let named = session_of(lynn);
    let mut keys = vec![own.clone(), latest.clone()];
    // A session that has begun does not become the latest again.
    let begun = named.map(|session| begun_keys(event, lynn, session));
    keys.extend(begun.iter().flatten().cloned());
    let answers = store.load(&keys).await?;
    let mut items = Items::default();
    items.add(keys, answers);
    if let Some(known) = items.get(&own) {
        let Stored { session } = read(Some(known))?;
        return Ok(Some(placed(event, lynn, session)));
    }
    let session = match named {
        Some(session) => Some(session.to_owned()),
        None => read::<Stored>(items.get(&latest))?.session,
    };
    let note = |key, session: Option<&str>, kept| {
        let stored = Stored { session: session.map(str::to_owned) };
        Ok::<_, PortError>(Write::anyway(key, to_json(&stored)?, Some(now + kept)))
    };
    let mut writes = Vec::new();
    if event.dedup_key.is_recorded() {
        writes.push(note(own, session.as_deref(), retention::RECORD)?);
    }
    let begins = matches!(lynn.kind, InboundKind::Message(_) | InboundKind::SessionStarted);
    if let Some([begun, state]) = begun.filter(|_| begins)
        && items.get(&begun).is_none()
        && !has_begun(items.get(&state))?
    {
        writes.push(note(begun, named, KEPT)?);
        writes.push(note(latest, named, KEPT)?);
    }
    if !writes.is_empty() {
        store.write(&writes).await?;
    }
    Ok(Some(placed(event, lynn, session)))
}

/// The event in the session into which it was put before, if it was; an event that has its place as
/// it is.
///
/// # Errors
/// The store did not answer.
pub async fn placed_before(
    store: &dyn Store,
    event: &QueuedEvent,
) -> Result<Option<QueuedEvent>, PortError> {
    let Payload::Lynn(lynn) = &event.payload else { return Ok(Some(event.clone())) };
    if !event.unplaced {
        return Ok(Some(event.clone()));
    }
    let Some(known) = one(store, own_key(event, lynn)).await? else { return Ok(None) };
    let Stored { session } = read(Some(&known))?;
    Ok(Some(placed(event, lynn, session)))
}

/// Reads the conversation of a contact's session or, without one, of the latest session; the one
/// without any session if there is no such session. A session of which nothing was delivered yet
/// has an idle conversation.
///
/// # Errors
/// The store did not answer, or what it has cannot be read.
pub async fn find(
    store: &dyn Store,
    integration: &IntegrationName,
    contact: &ContactId,
    session: Option<&str>,
) -> Result<Option<(ConversationKey, Conversation)>, PortError> {
    let latest: Stored = match session {
        Some(_) => Stored::default(),
        None => read(one(store, latest_key(integration, contact)).await?.as_ref())?,
    };
    let id = session.or(latest.session.as_deref());
    let id = ConversationPer::Session.external_id(contact, id);
    let key = ConversationKey::new(integration.clone(), id);
    let known = conversation(store, &key).await?;
    let begun = latest.session.map(|_| Conversation::default());
    Ok(known.or(begun).map(|conversation| (key, conversation)))
}

/// Reads the state of a conversation; `None` if no event of it has passed.
///
/// # Errors
/// As those of [`find`].
pub async fn conversation(
    store: &dyn Store,
    key: &ConversationKey,
) -> Result<Option<Conversation>, PortError> {
    let item = one(store, ItemKey::state(key)).await?;
    item.map(|item| read(Some(&item))).transpose()
}
