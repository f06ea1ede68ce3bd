//! `--send`: sends a marked message through the whole chain and back, with the time of each hop:
//! Lynn's side of the bridge, Genesys Cloud, an agentless reply into the same conversation, the
//! webhook, Lynn. Then it closes the conversation.
//!
//! Rule: each run uses a new contact whose id names the test, so that it is not taken for a
//! customer.

mod track;

use std::io::IsTerminal as _;

use anyhow::{anyhow, bail};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::json;
use shared::error::chain;
use shared::ids::ContactId;
use uuid::Uuid;

use self::track::{Progress, Track};
use super::genesys::Client;
use super::lynn_inbound::prove;
use super::{Check, Examined, Finding, Unavailable, Web};
use crate::failure;
use crate::operator::installation::Installation;
use crate::output;

const TEXT: &str = "Test of the bridge (bridge doctor). Please ignore it.";
const REPLY: &str = "Reply to the test of the bridge (bridge doctor). Please ignore it.";
const AGENTLESS: &str = "/api/v2/conversations/messages/agentless";

pub fn confirm() -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(failure::misconfigured(anyhow!(
            "--send writes a message that an agent may see: agree with --yes"
        )));
    }
    if output::agrees(
        "This writes a test message to Genesys Cloud, which an agent may see, and a reply to Lynn. Continue?",
    )? {
        return Ok(());
    }
    bail!("nothing was sent")
}

pub struct Test<'a> {
    pub web: &'a Web,
    pub examined: &'a Examined,
    /// Where the bridge stores its records, by which the message is followed.
    pub installation: Option<&'a Installation>,
    /// The address of the bridge.
    pub bridge: Option<&'a str>,
    /// The OAuth client that sends the reply.
    pub client: Option<&'a Client>,
}

/// The order of the hops, to report those after a failed one.
const HOPS: [Check; 5] = [
    Check::SendAccepted,
    Check::SendAtGenesys,
    Check::SendReply,
    Check::SendAtLynn,
    Check::SendClosed,
];

impl Test<'_> {
    /// Sends the message, follows it, and closes the conversation. The hops after a failed one are
    /// not known.
    pub async fn run(&self) -> Vec<Finding> {
        let (Some(installation), Some(bridge), Some(client)) =
            (self.installation, self.bridge, self.client)
        else {
            let unavailable = Unavailable::new(
                "nothing was sent: the bridge's address, its data and an OAuth client that logs in are needed",
                "see bridge-running, database and genesys-login",
            );
            return HOPS.iter().map(|check| unavailable.finding(*check)).collect();
        };
        let contact = format!("bridge-doctor-{}", Uuid::new_v4().simple());
        let external_id = self.external_id(&contact);
        let track = Track::new(installation, &self.examined.name, external_id);
        let mut findings = self.there_and_back(bridge, client, &track, &contact).await;
        let last = findings.len();
        for check in HOPS.get(last..HOPS.len() - 1).unwrap_or_default() {
            let before = HOPS.get(last - 1).copied().unwrap_or(Check::SendAccepted);
            findings.push(Unavailable::after(before).finding(*check));
        }
        findings.push(self.close(client, &track).await);
        findings
    }

    /// The hops up to the first that fails.
    async fn there_and_back(
        &self,
        bridge: &str,
        client: &Client,
        track: &Track<'_>,
        contact: &str,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let started = self.web.clock.now();
        let accepted = self.post(bridge, contact).await;
        let has_failed = accepted.is_err();
        findings.push(self.timed(started, Check::SendAccepted, accepted));
        if has_failed {
            return findings;
        }
        let arrived = track.inbound(&self.web.clock).await;
        let at_genesys = assess(Check::SendAtGenesys, "Genesys Cloud", &arrived);
        findings.push(at_genesys.within(self.since(started)));
        if arrived != Progress::Done {
            return findings;
        }
        let replied = self.web.clock.now();
        let reply = self.reply(client, contact).await;
        let has_failed = reply.is_err();
        findings.push(self.timed(replied, Check::SendReply, reply));
        if has_failed {
            return findings;
        }
        let returned = track.outbound(&self.web.clock).await;
        let at_lynn = assess(Check::SendAtLynn, "Lynn", &returned);
        findings.push(at_lynn.within(self.since(replied)));
        findings
    }

    /// The id by which Genesys Cloud knows the contact. Its session has the same name.
    fn external_id(&self, contact: &str) -> ContactId {
        let per = self.examined.send.genesys.conversation_per;
        per.external_id(&ContactId::new(contact), Some(contact))
    }

    fn since(&self, then: shared::time::Timestamp) -> u64 {
        u64::try_from(self.web.clock.now().since(then)).unwrap_or_default()
    }

    fn timed(
        &self,
        started: shared::time::Timestamp,
        check: Check,
        result: Result<String, Unavailable>,
    ) -> Finding {
        let finding = match result {
            Ok(reason) => check.ok(reason),
            Err(unavailable) => unavailable.failure(check),
        };
        finding.within(self.since(started))
    }

    /// Sends Lynn's event, with the first authentication of the configuration.
    async fn post(&self, bridge: &str, contact: &str) -> Result<String, Unavailable> {
        let body = json!({
            "type": "message", "id": contact, "text": TEXT,
            "contact": { "id": contact, "nickname": "bridge doctor" },
            "session": { "id": contact, "channel": "bridge-doctor" },
        })
        .to_string();
        let seconds = self.web.clock.now().seconds();
        let mut ways = self.examined.receive.inbound.iter();
        let headers = ways.find_map(|way| prove(way, seconds, body.as_bytes()));
        let mut headers = headers.ok_or_else(|| {
            Unavailable::new(
                "lynn.inboundAuth has no apiKey and no signature to post the message with",
                "add one of them; an oauthClient is for the routes of Open Messaging only",
            )
        })?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let url = format!("{}/lynn/{}", bridge.trim_end_matches('/'), self.examined.name);
        match self.web.ask(Method::POST, &url, headers, body).await {
            Ok(answer) if answer.status == 202 => {
                Ok(format!("the message of {contact} was accepted"))
            }
            Ok(answer) => Err(Unavailable::new(
                format!("the bridge answered {}", answer.status),
                "see lynn-inbound and the bridge's log",
            )),
            Err(why) => Err(Unavailable::new(format!("no answer: {why}"), "see bridge-running")),
        }
    }

    /// Sends an agentless message, in place of an agent's, into the open conversation.
    async fn reply(&self, client: &Client, contact: &str) -> Result<String, Unavailable> {
        let body = json!({
            "fromAddress": self.examined.send.genesys.integration_id,
            "toAddress": self.external_id(contact),
            "toAddressMessengerType": "open",
            "textBody": REPLY,
            "useExistingActiveConversation": true,
        });
        match client.organization.post(AGENTLESS, body).await {
            Ok(_) => Ok("Genesys Cloud accepted an agentless message".to_owned()),
            Err(error) => Err(Unavailable::new(
                chain(&error),
                "see genesys-permission; the conversation is closed anyway",
            )),
        }
    }

    /// Closes the conversation, so that it does not stay on an agent's screen.
    async fn close(&self, client: &Client, track: &Track<'_>) -> Finding {
        let check = Check::SendClosed;
        let by_hand = "let an agent close the conversation of the contact bridge-doctor-…";
        let Some(conversation) = track.conversation().await else {
            let reason = "Genesys Cloud has not reported which conversation it is";
            return check.warn(reason, by_hand);
        };
        let started = self.web.clock.now();
        let path = format!("/api/v2/conversations/messages/{conversation}");
        let answer = client.organization.patch(&path, json!({ "state": "disconnected" })).await;
        let finding = match answer {
            Ok(_) => check.ok(format!("conversation {conversation} is closed")),
            Err(error) => check.warn(chain(&error), by_hand),
        };
        finding.within(self.since(started))
    }
}

/// Judges a hop by the bridge's record.
fn assess(check: Check, whom: &str, progress: &Progress) -> Finding {
    match progress {
        Progress::Done => check.ok(format!("{whom} got it")),
        Progress::NoSession => check.warn(
            format!("{whom} was reached, and has no session with the invented contact"),
            "nothing, if Lynn answers like this for contacts that it does not know",
        ),
        Progress::Dead(why) => {
            check.fail(format!("given up: {why}"), "repair that; the dead letter needs no redrive")
        }
        Progress::Waiting(Some(why)) => check.fail(
            format!("not delivered after {} s, and retried: {why}", track::PATIENCE_SECONDS),
            "repair that; the message is retried automatically",
        ),
        Progress::Waiting(None) => check.fail(
            format!("it did not arrive within {} s", track::PATIENCE_SECONDS),
            "see the queue findings, and genesys-webhook-url for the reply",
        ),
        Progress::Unread(why) => {
            check.warn(format!("the record cannot be read: {why}"), "see database")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_hop_is_judged_by_its_record() {
        let of = |progress| assess(Check::SendAtLynn, "Lynn", &progress).outcome;
        assert_eq!(of(Progress::Done), Outcome::Ok);
        assert_eq!(of(Progress::NoSession), Outcome::Warn);
        assert_eq!(of(Progress::Unread("disk".to_owned())), Outcome::Warn);
        for failed in [
            Progress::Dead("post to Lynn: answered 400".to_owned()),
            Progress::Waiting(None),
            Progress::Waiting(Some("post to Lynn: no answer".to_owned())),
        ] {
            assert_eq!(of(failed), Outcome::Fail);
        }
    }
}
