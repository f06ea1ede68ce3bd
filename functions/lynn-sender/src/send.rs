//! Makes one post to Lynn, and applies the quiet-session policy when the customer's session is
//! over.

use clients::lynn::client::{LynnClient, Post, PostResult};
use conversation::Transition;
use convert::is_deliverable;
use delivery::event::DedupKey;
use delivery::route::{Sent, Situation};
use serde_json::json;
use shared::config::{QuietSession, Receipts, SendConfig};
use shared::error::{Class, Failure, UserReason};
use shared::genesys::inbound::ReceiptReasonCode;
use shared::lynn::outbound::{
    Envelope, OutboundBody, OutboundContact, OutboundEvent, OutboundMessage, OutboundSession,
};
use shared::time::Timestamp;
use shared::wire::to_json;

use crate::names::{Named, Names};
use crate::part::Part;
use crate::plan::typing_until;
use crate::receipt;

pub async fn part(
    client: &LynnClient,
    names: &Names<'_>,
    part: &Part,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    if !part.is_posted {
        let (transitions, writes) = (part.transitions.clone(), part.writes.clone());
        return Ok(Sent { transitions, writes, ..Sent::default() });
    }
    let body = match names.fill(part, situation).await {
        Named::Again(sent) => return Ok(sent),
        Named::Body(body) => body,
    };
    let part = &Part { body, ..part.clone() };
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

const SESSION_OVER: &str = "The customer's session is over.";

impl PartDelivery<'_> {
    /// `None` when the session turned out to be over and Lynn has not accepted the event.
    async fn deliver(&self) -> Result<Option<Taken>, Failure> {
        if self.situation.conversation.session_active(self.situation.now) {
            return self.to_live_session().await;
        }
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
            PostResult::Accepted | PostResult::AcceptedWithoutSession => Ok(Some(Taken::OVER)),
            PostResult::NoSession => Err(no_session(refused)),
        }
    }

    async fn to_live_session(&self) -> Result<Option<Taken>, Failure> {
        Ok(match (self.post(true).await?, self.policy()) {
            (PostResult::Accepted, _) => Some(Taken::LIVE),
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
        match self.part.body {
            OutboundBody::Message(_) => self.config.lynn.quiet_session,
            _ => QuietSession::Webhook,
        }
    }

    async fn post(&self, active: bool) -> Result<PostResult, Failure> {
        let post = Post {
            url: &self.config.lynn.webhook_url,
            name: "post an event to Lynn",
            id: &self.part.id,
            body: to_json(&self.event(active))?,
            until: self.until(),
        };
        self.client.post(self.config, &post).await
    }

    fn until(&self) -> Option<Timestamp> {
        let is_typing = matches!(self.part.body, OutboundBody::Typing { .. });
        is_typing.then(|| typing_until(self.situation.event))
    }

    async fn proactive(&self) -> Result<PostResult, Failure> {
        let missing = || {
            Failure::new(Class::Permanent, "unconfigured", "ask for a campaign: none is configured")
        };
        let proactive = self.config.lynn.proactive.as_ref().ok_or_else(missing)?;
        let OutboundBody::Message(message) = &self.part.body else { return Err(missing()) };
        let conversation = self.situation.conversation;
        let body = json!({
            "campaignId": proactive.campaign_id,
            "contactId": self.situation.event.contact,
            "lynnContactId": conversation.contact.lynn_contact_id,
            "channel": conversation.session.channel,
            "text": plain_text(message),
            "attachments": message.attachments,
            "message": self.event(false),
        });
        let name = "ask Lynn for a campaign";
        let (id, body) = (&self.part.id, body.to_string());
        let post = Post { url: &proactive.url, name, id, body, until: None };
        self.client.post(self.config, &post).await
    }

    fn event(&self, active: bool) -> OutboundEvent {
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
        OutboundEvent::new(envelope, self.part.body.clone())
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
        let sequence = situation.conversation.sequence + 1;
        sent.transitions.push(Transition::LynnAccepted { sequence, at: situation.now });
        sent
    }

    /// The receipt that the bridge itself sends for a message.
    fn follow_up(&self, taken: &Taken) -> Option<delivery::event::QueuedEvent> {
        let (OutboundBody::Message(message), DedupKey::Message(id)) =
            (&self.part.body, &self.situation.event.dedup_key)
        else {
            return None;
        };
        let unsupported = (
            ReceiptReasonCode::UnsupportedMessage.as_str(),
            "The customer's channel cannot show it.",
        );
        let failed = taken.failed.or((!is_deliverable(message)).then_some(unsupported));
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
