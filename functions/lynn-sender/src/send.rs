//! Makes one post to Lynn, and applies the quiet-session policy when the customer's session is
//! over.

use clients::lynn::client::{LynnClient, Post, PostResult};
use conversation::Transition;
use convert::is_deliverable;
use delivery::event::DedupKey;
use delivery::route::{Sent, Situation};
use serde_json::json;
use shared::config::{Dialect, QuietSession, Receipts, SendConfig};
use shared::error::{Class, Failure, UserReason};
use shared::genesys::inbound::ReceiptReasonCode;
use shared::lynn::outbound::{
    Envelope, OutboundBody, OutboundContact, OutboundEvent, OutboundMessage, OutboundSession,
};
use shared::time::Timestamp;
use shared::wire::to_json;

use crate::lifecycle;
use crate::part::{Part, PartBody};
use crate::plan::typing_until;
use crate::receipt;

pub async fn part(
    client: &LynnClient,
    part: &Part,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    let delivery = PartDelivery { client, part, situation, config: situation.config };
    match delivery.deliver().await? {
        Some(taken) => Ok(delivery.sent(taken)),
        // First record that the session is over, then send again: the policy decides, now and at
        // each retry. If the customer has written meanwhile, in another session or in this one, the
        // event goes to that session.
        None => Ok(Sent { transitions: vec![over(situation)], again: true, ..Sent::default() }),
    }
}

/// Ends the session for which the post was made. It does not affect what the customer wrote after
/// that.
fn over(situation: &Situation<'_>) -> Transition {
    Transition::SessionEnded { after: situation.conversation.session.last_word() }
}

struct PartDelivery<'a> {
    client: &'a LynnClient,
    part: &'a Part,
    situation: &'a Situation<'a>,
    config: &'a SendConfig,
}

/// The result when Lynn accepted the event.
struct Taken {
    /// Whether the session turned out to be over.
    session_over: bool,
    /// The code and reason for the agent when the customer does not see the message.
    failed: Option<(&'static str, &'static str)>,
}

impl Taken {
    const LIVE: Self = Self { session_over: false, failed: None };
    const OVER: Self = Self { session_over: true, failed: None };
}

/// What is known of the customer's session at Lynn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Session {
    Live,
    Over,
    Unknown,
}

const SESSION_OVER: &str = "The customer's session is over.";

impl PartDelivery<'_> {
    /// `None` when the session turned out to be over and Lynn has not accepted the event.
    async fn deliver(&self) -> Result<Option<Taken>, Failure> {
        if !self.is_posted() {
            return Ok(Some(Taken::LIVE));
        }
        let session = self.session();
        if session != Session::Over {
            let taken = self.to_live_session().await?;
            // Of an unknown session, there is nothing to record before the policy applies.
            if taken.is_some() || session == Session::Live {
                return Ok(taken);
            }
        }
        self.without_session().await.map(Some)
    }

    /// Whether Lynn gets the event at all.
    fn is_posted(&self) -> bool {
        matches!(self.part.body, PartBody::Webhook { .. }) || lifecycle::is_posted(self.config)
    }

    /// In the dialect `genesys`, only Lynn's own words tell that a session is over: a time limit
    /// does not, and a session of which nothing is known may be live.
    fn session(&self) -> Session {
        let Situation { conversation, now, .. } = self.situation;
        let session = &conversation.session;
        match self.config.lynn.dialect {
            Dialect::Bridge if conversation.session_active(*now) => Session::Live,
            Dialect::Genesys if session.open => Session::Live,
            Dialect::Genesys if session.spoke_at.is_none() && session.id.is_none() => {
                Session::Unknown
            }
            _ => Session::Over,
        }
    }

    async fn without_session(&self) -> Result<Taken, Failure> {
        let (answer, refused) = match self.policy() {
            QuietSession::Webhook => {
                (self.post(false).await?, "Lynn does not take it without a session.")
            }
            QuietSession::Proactive => {
                (self.proactive().await?, "Lynn does not take it as a campaign.")
            }
            QuietSession::Fail => (PostResult::NoSession, SESSION_OVER),
        };
        match answer {
            PostResult::Accepted | PostResult::AcceptedWithoutSession => Ok(Taken::OVER),
            PostResult::NoSession if self.takes_no_session() => Ok(Taken::OVER),
            PostResult::NoSession => Err(no_session(refused)),
        }
    }

    /// Genesys' JSON has no word for a session, so another post would be the same.
    fn takes_no_session(&self) -> bool {
        self.policy() == QuietSession::Webhook && self.config.lynn.dialect == Dialect::Genesys
    }

    async fn to_live_session(&self) -> Result<Option<Taken>, Failure> {
        Ok(match (self.post(true).await?, self.policy()) {
            (PostResult::Accepted, _) => Some(Taken::LIVE),
            (PostResult::NoSession, _) if self.takes_no_session() => Some(Taken::OVER),
            (PostResult::AcceptedWithoutSession, QuietSession::Webhook) => Some(Taken::OVER),
            (PostResult::AcceptedWithoutSession, QuietSession::Fail) => {
                let failed = Some((ReceiptReasonCode::InvalidDestination.as_str(), SESSION_OVER));
                Some(Taken { session_over: true, failed })
            }
            (PostResult::AcceptedWithoutSession, QuietSession::Proactive)
            | (PostResult::NoSession, _) => None,
        })
    }

    /// A campaign carries only messages. Every other event goes to the webhook, with or without a
    /// session.
    fn policy(&self) -> QuietSession {
        match self.part.body.is_message() {
            true => self.config.lynn.quiet_session,
            false => QuietSession::Webhook,
        }
    }

    async fn post(&self, active: bool) -> Result<PostResult, Failure> {
        let lynn = &self.config.lynn;
        let (url, body) = match &self.part.body {
            PartBody::Webhook { json, .. } => (&lynn.webhook_url, json.0.clone()),
            PartBody::Event(body) => {
                let events_url =
                    lynn.events_url.as_ref().filter(|_| lynn.dialect == Dialect::Genesys);
                let url = events_url.unwrap_or(&lynn.webhook_url);
                (url, to_json(&self.event(body.clone(), active))?)
            }
        };
        let (name, id) = ("post an event to Lynn", &self.part.id);
        let post = Post { url, name, id, body, until: self.until() };
        self.client.post(self.config, &post).await
    }

    fn until(&self) -> Option<Timestamp> {
        self.part.body.is_typing().then(|| typing_until(self.situation.event))
    }

    async fn proactive(&self) -> Result<PostResult, Failure> {
        let missing = || {
            Failure::new(Class::Permanent, "unconfigured", "ask for a campaign: none is configured")
        };
        let proactive = self.config.lynn.proactive.as_ref().ok_or_else(missing)?;
        let message = self.part.body.message().ok_or_else(missing)?.into_owned();
        let conversation = self.situation.conversation;
        let body = json!({
            "campaignId": proactive.campaign_id,
            "contactId": self.situation.event.contact,
            "lynnContactId": conversation.contact.lynn_contact_id,
            "channel": conversation.session.channel,
            "text": plain_text(&message),
            "attachments": message.attachments,
            "message": self.event(OutboundBody::Message(Box::new(message.clone())), false),
        });
        let name = "ask Lynn for a campaign";
        let (id, body) = (&self.part.id, body.to_string());
        let post = Post { url: &proactive.url, name, id, body, until: None };
        self.client.post(self.config, &post).await
    }

    fn event(&self, body: OutboundBody, active: bool) -> OutboundEvent {
        let conversation = self.situation.conversation;
        let event = self.situation.event;
        // Include the changes by this event itself.
        let mut after = conversation.clone();
        self.part.transitions.iter().for_each(|transition| after.apply(transition));
        let envelope = Envelope {
            id: self.part.id.clone(),
            time: self.part.time,
            sequence: conversation.sequence + 1,
            integration: event.integration.clone(),
            conversation_id: self.part.conversation.clone().or(after.genesys_conversation),
            contact: OutboundContact {
                id: event.conversation().contact,
                id_type: after.contact.id_type,
            },
            session: OutboundSession {
                id: conversation.session.id.clone(),
                channel: conversation.session.channel.clone(),
                active,
            },
        };
        OutboundEvent::new(envelope, body)
    }

    fn sent(&self, taken: Taken) -> Sent {
        let situation = self.situation;
        let mut sent = Sent {
            transitions: self.part.transitions.clone(),
            writes: self.part.writes.clone(),
            follow_ups: self.follow_up(&taken).into_iter().collect(),
            ..Sent::default()
        };
        if taken.session_over {
            sent.transitions.push(over(situation));
        }
        if !self.is_posted() {
            return sent;
        }
        let sequence = situation.conversation.sequence + 1;
        sent.transitions.push(Transition::LynnAccepted { sequence, at: situation.now });
        sent
    }

    /// The receipt that the bridge itself sends for a message.
    fn follow_up(&self, taken: &Taken) -> Option<delivery::event::QueuedEvent> {
        let DedupKey::Message(id) = &self.situation.event.dedup_key else { return None };
        if !self.part.body.is_message() {
            return None;
        }
        let unsupported = (
            ReceiptReasonCode::UnsupportedMessage.as_str(),
            "The customer's channel cannot show it.",
        );
        // A webhook as it came shows the customer's channel everything there is.
        let is_shown = match &self.part.body {
            PartBody::Event(OutboundBody::Message(message)) => is_deliverable(message),
            _ => true,
        };
        let failed = taken.failed.or((!is_shown).then_some(unsupported));
        let failed = failed.map(|(code, reason)| (code.to_owned(), UserReason(reason.to_owned())));
        let reports = failed.is_some() || self.config.genesys.receipts == Receipts::Accepted;
        reports.then(|| receipt(self.situation.event, id, failed, self.situation.now))
    }
}

/// The text of a campaign: the message's text, or the fallback text when the message has choices
/// that a campaign cannot show.
fn plain_text(message: &OutboundMessage) -> &str {
    let plain = message.quick_replies.is_empty()
        && message.cards.is_empty()
        && message.date_picker.is_none()
        && message.template.is_none();
    match &message.text {
        Some(text) if plain => text,
        _ => &message.fallback_text,
    }
}

fn no_session(told: &str) -> Failure {
    let code = ReceiptReasonCode::InvalidDestination.as_str();
    Failure::new(Class::Permanent, code, "post an event to Lynn: there is no live session")
        .with_user_reason(told)
}
