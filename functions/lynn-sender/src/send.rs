//! Makes one post to Lynn, and applies the quiet-session policy when the customer's session is
//! over.

use clients::lynn::client::{LynnClient, Post, PostResult};
use conversation::Transition;
use convert::is_deliverable;
use delivery::event::DedupKey;
use delivery::route::{Sent, Situation};
use shared::config::{Dialect, QuietSession, Receipts, SendConfig};
use shared::error::{Class, Failure, UserReason};
use shared::genesys::inbound::ReceiptReasonCode;
use shared::lynn::outbound::OutboundBody;
use shared::time::Timestamp;

use crate::Watch;
use crate::names::{Names, NamingResult};
use crate::part::{Naming, Part, PartBody};
use crate::plan::typing_until;
use crate::receipt;
use crate::request::{self, Posting, SKIPPED};

/// Where posts go, and who hears of them.
#[derive(Clone, Copy)]
pub(crate) struct Posts<'a> {
    pub(crate) client: &'a LynnClient,
    pub(crate) watch: Option<&'a dyn Watch>,
}

pub(crate) async fn part(
    posts: Posts<'_>,
    names: &Names<'_>,
    part: &Part,
    situation: &Situation<'_>,
) -> Result<Sent, Failure> {
    if !part.is_posted {
        let (transitions, writes) = (part.transitions.clone(), part.writes.clone());
        return Ok(Sent { transitions, writes, ..Sent::default() });
    }
    let named;
    let part = match &part.body {
        PartBody::Event(body) if part.naming != Naming::Nothing => {
            match names.fill(part, body, situation).await {
                NamingResult::Again(sent) => return Ok(sent),
                NamingResult::Body(body) => {
                    named = Part { body: PartBody::Event(body), ..part.clone() };
                    &named
                }
            }
        }
        // It names no agent and no queue. A webhook is passed on unchanged.
        _ => part,
    };
    let delivery = PartDelivery { posts, part, situation, config: situation.config };
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
    posts: Posts<'a>,
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
    /// Whether nothing was posted, because the template's `when` is false.
    skipped: bool,
}

impl Taken {
    const LIVE: Self = Self { session_over: false, failed: None, skipped: false };
    const OVER: Self = Self { session_over: true, ..Self::LIVE };
    const SKIPPED: Self = Self { skipped: true, ..Self::LIVE };
}

/// The state of the customer's session at Lynn, as far as it is known.
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
            QuietSession::Fail => (Some(PostResult::NoSession), SESSION_OVER),
        };
        match answer {
            Some(PostResult::Accepted | PostResult::AcceptedWithoutSession) => Ok(Taken::OVER),
            Some(PostResult::NoSession) if self.takes_no_session() => Ok(Taken::OVER),
            Some(PostResult::NoSession) => Err(no_session(refused)),
            None => Ok(Taken::SKIPPED),
        }
    }

    /// Genesys' JSON has no word for a session, so another post would be the same.
    fn takes_no_session(&self) -> bool {
        self.policy() == QuietSession::Webhook && self.config.lynn.dialect == Dialect::Genesys
    }

    async fn to_live_session(&self) -> Result<Option<Taken>, Failure> {
        let Some(answer) = self.post(true).await? else { return Ok(Some(Taken::SKIPPED)) };
        Ok(match (answer, self.policy()) {
            (PostResult::Accepted, _) => Some(Taken::LIVE),
            (PostResult::NoSession, _) if self.takes_no_session() => Some(Taken::OVER),
            (PostResult::AcceptedWithoutSession, QuietSession::Webhook) => Some(Taken::OVER),
            (PostResult::AcceptedWithoutSession, QuietSession::Fail) => {
                let failed = Some((ReceiptReasonCode::InvalidDestination.as_str(), SESSION_OVER));
                Some(Taken { failed, ..Taken::OVER })
            }
            (PostResult::AcceptedWithoutSession, QuietSession::Proactive)
            | (PostResult::NoSession, _) => None,
        })
    }

    fn policy(&self) -> QuietSession {
        request::policy(self.config, &self.part.body)
    }

    /// Posts the event. `None`: its template skips it.
    async fn post(&self, active: bool) -> Result<Option<PostResult>, Failure> {
        self.send(request::of_part(self.part, self.situation, active)?).await
    }

    async fn send(&self, posting: Option<Posting<'_>>) -> Result<Option<PostResult>, Failure> {
        let Some(Posting { name, request, ends, event }) = posting else { return Ok(None) };
        if let (Some(watch), Some(event)) = (self.posts.watch, &event) {
            watch.templated(event);
        }
        let ended = ends.map(|ends| ends.on(self.situation.event));
        let post = Post {
            method: request.method,
            headers: request.headers,
            until: self.until(),
            session_ended: ended.as_ref().map(|ended| ended as _),
            ..Post::new(&request.url, name, &self.part.id, request.body)
        };
        self.posts.client.post(self.config, &post).await.map(Some)
    }

    fn until(&self) -> Option<Timestamp> {
        self.part.body.is_typing().then(|| typing_until(self.situation.event))
    }

    /// Asks for a campaign. `None`: its template skips the message.
    async fn proactive(&self) -> Result<Option<PostResult>, Failure> {
        self.send(request::of_campaign(self.part, self.situation)?).await
    }

    fn sent(&self, taken: Taken) -> Sent {
        let situation = self.situation;
        let mut sent = Sent {
            transitions: self.part.transitions.clone(),
            writes: self.part.writes.clone(),
            ..Sent::default()
        };
        if taken.skipped {
            // Lynn was sent nothing: no number is used, and nothing is reported of it.
            return Sent { settled: Some(SKIPPED), ..sent };
        }
        sent.follow_ups = self.follow_up(&taken).into_iter().collect();
        if taken.session_over {
            sent.transitions.push(over(situation));
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

fn no_session(told: &str) -> Failure {
    let code = ReceiptReasonCode::InvalidDestination.as_str();
    Failure::new(Class::Permanent, code, "post an event to Lynn: there is no live session")
        .with_user_reason(told)
}
