//! `bridge conversations`: lists conversations and their state, the latest first; or shows one with
//! its events.

use std::collections::BTreeSet;

use anyhow::{anyhow, bail};
use clap::Subcommand;
use clients::SystemClock;
use conversation::Conversation;
use delivery::per_session;
use serde_json::{Value, json};
use shared::config::ConversationPer;
use shared::external_id::Customer;
use shared::ids::{ContactId, ConversationKey, IntegrationName};
use shared::ports::Clock as _;
use shared::time::Timestamp;

use super::event_name::Name;
use super::installation::{self, Installation};
use super::recorded::{self, Recorded};
use super::table::{layout, printable};
use super::waiting::{self, Waiting};
use crate::count::counted;
use crate::failure;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    installation: installation::Arguments,
    /// Only this integration.
    #[arg(long, global = true)]
    integration: Option<String>,
    /// Only open conversations.
    #[arg(long)]
    open: bool,
    /// The largest number of conversations, the latest first.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Shows the contacts' ids, often phone numbers, and Lynn's ids of their sessions; without it,
    /// fingerprints as in the log.
    #[arg(long, global = true)]
    show_contacts: bool,
    /// Prints JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows one conversation: its state, the record of each event of the last 7 days, and the
    /// events that wait in the queues.
    Show {
        /// The contact's id, or the fingerprint; for a fingerprint the whole table is read. With
        /// genesys.conversationPer session, the conversation of the contact's latest session; the
        /// id by which Genesys Cloud knows the customer, CONTACT~SESSION, is that of any session.
        contact: String,
    },
}

pub struct Entry {
    pub key: ConversationKey,
    pub conversation: Conversation,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let integration = arguments.integration.as_deref().map(super::integration).transpose()?;
    let installation = arguments.installation.open().await?;
    match &arguments.action {
        None => list(arguments, &installation, integration.as_ref()).await,
        Some(Action::Show { contact }) => {
            let integration = match integration {
                Some(integration) => integration,
                None => only(installation.with_conversations().await?)?,
            };
            show(arguments, &installation, integration, contact).await
        }
    }
}

/// The integration, if only one has conversations.
fn only(integrations: BTreeSet<IntegrationName>) -> anyhow::Result<IntegrationName> {
    let mut names = integrations.iter();
    match (names.next(), names.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) => bail!("there is no conversation"),
        _ => {
            let names: Vec<&str> = integrations.iter().map(IntegrationName::as_str).collect();
            let problem = format!("say which integration: --integration {}", names.join(" or "));
            Err(failure::misconfigured(anyhow!(problem)))
        }
    }
}

async fn list(
    arguments: &Arguments,
    installation: &Installation,
    integration: Option<&IntegrationName>,
) -> anyhow::Result<()> {
    let mut latest = Latest::new(arguments.limit);
    let mut unreadable = 0;
    installation
        .each_state(integration, |partition, body| match entry(&partition, body) {
            Some(entry) if !arguments.open || entry.conversation.is_open() => {
                latest.add(entry);
            }
            Some(_) => {}
            None => unreadable += 1,
        })
        .await?;
    let (entries, all) = latest.end();
    if arguments.json {
        let shown: Vec<Value> =
            entries.iter().map(|entry| entry.to_json(arguments.show_contacts)).collect();
        output::line(format_args!("{:#}", Value::from(shown)));
    } else {
        let rows: Vec<_> = entries.iter().map(|entry| entry.row(arguments.show_contacts)).collect();
        let titles = ["INTEGRATION", "CONTACT", "STATUS", "LAST ACTIVITY", "CONVERSATION"];
        layout(titles, &rows).iter().for_each(output::line);
    }
    if all == 0 && unreadable == 0 {
        let nothing = if arguments.open { "No open conversations." } else { "No conversations." };
        return arguments.installation.nothing(installation, integration, nothing).await;
    }
    if all > entries.len() {
        output::note(format_args!(
            "{} of {}; --limit shows more",
            entries.len(),
            counted(all, "conversation")
        ));
    }
    if unreadable > 0 {
        output::note(format_args!(
            "not shown, because another version wrote it: {}",
            counted(unreadable, "conversation")
        ));
    }
    Ok(())
}

async fn show(
    arguments: &Arguments,
    installation: &Installation,
    integration: IntegrationName,
    contact: &str,
) -> anyhow::Result<()> {
    let entry = find(installation, integration, contact).await?;
    let mut records = recorded::of(installation, &entry.key).await?;
    // In the order in which they were written last.
    records.sort_by_key(Recorded::written);
    let waiting = waiting::of(installation, &entry.key, &entry.customer().contact).await?;
    if arguments.json {
        let mut shown = entry.to_json(arguments.show_contacts);
        shown["events"] = records.iter().map(event_json).collect();
        shown["waiting"] =
            json!(waiting.map(|all| all.iter().map(Waiting::to_json).collect::<Vec<_>>()));
        output::line(format_args!("{shown:#}"));
        return Ok(());
    }
    for (title, value) in entry.lines(arguments.show_contacts) {
        output::line(format_args!("{title:15} {}", printable(&value)));
    }
    output::line("");
    let rows: Vec<_> = records.iter().map(event_row).collect();
    let titles = ["DIRECTION", "KIND", "STATE", "PARTS", "FAILURES", "EVENT", "LAST FAILURE"];
    layout(titles, &rows).iter().for_each(output::line);
    output::line("");
    match waiting {
        None => {
            output::line("The queues of a stack cannot be read, so events that wait are not shown.")
        }
        Some(all) if all.is_empty() => output::line("Nothing waits."),
        Some(all) => {
            let rows: Vec<_> = all.iter().map(|waiting| waiting.row(SystemClock.now())).collect();
            layout(Waiting::TITLES, &rows).iter().for_each(output::line);
        }
    }
    Ok(())
}

/// Finds a conversation by the contact's id or by Genesys' id of the customer, otherwise by its
/// fingerprint.
async fn find(
    installation: &Installation,
    integration: IntegrationName,
    contact: &str,
) -> anyhow::Result<Entry> {
    if let Some(entry) = by_contact(installation, &integration, contact).await? {
        return Ok(entry);
    }
    let mut found = None;
    if is_fingerprint(contact) {
        installation
            .each_state(Some(&integration), |partition, body| {
                let entry = entry(&partition, body);
                found = found.take().or(entry.filter(|entry| entry.fingerprint() == contact));
            })
            .await?;
    }
    match found {
        Some(entry) => Ok(entry),
        // The contact may be a phone number, so it is not repeated.
        None => {
            let known = installation.with_conversations().await?;
            let known: Vec<&str> = known.iter().map(IntegrationName::as_str).collect();
            let known = match known.as_slice() {
                [] => "no integration has conversations".to_owned(),
                known => format!("conversations are in {}", known.join(", ")),
            };
            bail!("{integration} has no conversation with this contact; {known}")
        }
    }
}

/// Finds a conversation by the contact's id or by Genesys' id of the customer.
pub async fn by_contact(
    installation: &Installation,
    integration: &IntegrationName,
    contact: &str,
) -> anyhow::Result<Option<Entry>> {
    let (id, store) = (ContactId::new(contact), installation.store());
    if let Some((key, conversation)) = per_session::find(store, integration, &id, None).await? {
        return Ok(Some(Entry { key, conversation }));
    }
    let key = ConversationKey::new(integration.clone(), id);
    let own = per_session::conversation(store, &key).await?;
    Ok(own.map(|conversation| Entry { key, conversation }))
}

pub fn is_fingerprint(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads a conversation; `None` if another version wrote it.
pub fn entry(partition: &str, body: &str) -> Option<Entry> {
    let key = ConversationKey::of_partition(partition)?;
    Some(Entry { key, conversation: serde_json::from_str(body).ok()? })
}

fn event_row(one: &Recorded) -> [String; 7] {
    let record = &one.record;
    let name = Name::parse(&one.sort);
    let failure = record.history.last().map(|attempt| attempt.summary.clone());
    [
        name.map_or("", |name| name.direction.name()).to_owned(),
        name.map_or("", |name| name.kind).to_owned(),
        word(&record.state),
        record.parts.to_string(),
        record.failures.to_string(),
        name.map_or(&*one.sort, |name| name.id).to_owned(),
        failure.unwrap_or_default(),
    ]
}

fn event_json(one: &Recorded) -> Value {
    let mut shown = json!(one.record);
    if let Some(name) = Name::parse(&one.sort) {
        shown["kind"] = json!(name.kind);
        shown["direction"] = json!(name.direction);
        shown["id"] = json!(name.id);
    }
    shown
}

/// The value as it is written in the table.
fn word(value: &impl serde::Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

fn moment(time: Option<Timestamp>) -> String {
    time.map(Timestamp::to_text).unwrap_or_default()
}

impl Entry {
    pub fn fingerprint(&self) -> String {
        self.key.contact.fingerprint()
    }

    /// The customer in Lynn's words. The stored item alone decides it.
    pub fn customer(&self) -> Customer {
        self.conversation.customer(&self.key.contact, ConversationPer::Contact)
    }

    fn contact(&self, shown: bool) -> String {
        if shown { self.customer().contact.as_str().to_owned() } else { self.fingerprint() }
    }

    fn genesys_conversation(&self) -> String {
        let id = self.conversation.genesys_conversation.as_ref();
        id.map(ToString::to_string).unwrap_or_default()
    }

    fn row(&self, contact_shown: bool) -> [String; 5] {
        [
            self.key.integration.to_string(),
            self.contact(contact_shown),
            self.conversation.stage().status().to_owned(),
            moment(self.conversation.last_activity),
            self.genesys_conversation(),
        ]
    }

    fn lines(&self, contact_shown: bool) -> Vec<(&'static str, String)> {
        let conversation = &self.conversation;
        let session = &conversation.session;
        let session_id = session.id.clone().filter(|_| contact_shown);
        vec![
            ("integration", self.key.integration.to_string()),
            ("contact", self.contact(contact_shown)),
            ("status", conversation.stage().status().to_owned()),
            ("agent connected", conversation.has_agent().to_string()),
            ("conversation", self.genesys_conversation()),
            ("last activity", moment(conversation.last_activity)),
            ("ended at", moment(conversation.ended_at)),
            ("resumable until", moment(conversation.resumable_until)),
            ("asked about at", moment(conversation.last_reconciled)),
            ("woken next at", moment(conversation.due)),
            ("sequence", conversation.sequence.to_string()),
            ("session", session_id.unwrap_or_default()),
            ("channel", session.channel.clone().unwrap_or_default()),
            ("session open", session.open.to_string()),
            ("session until", moment(session.until)),
        ]
    }

    pub fn to_json(&self, contact_shown: bool) -> Value {
        let conversation = &self.conversation;
        let text = |time: Option<Timestamp>| time.map(Timestamp::to_text);
        let mut shown = json!({
            "integration": self.key.integration,
            "contactFingerprint": self.fingerprint(),
            "status": conversation.stage().status(),
            "agentConnected": conversation.has_agent(),
            "conversationId": conversation.genesys_conversation,
            "lastActivity": text(conversation.last_activity),
            "endedAt": text(conversation.ended_at),
            "resumableUntil": text(conversation.resumable_until),
            "askedAboutAt": text(conversation.last_reconciled),
            "wokenNextAt": text(conversation.due),
            "sequence": conversation.sequence,
            "session": {
                "channel": conversation.session.channel,
                "open": conversation.session.open,
                "until": text(conversation.session.until),
            },
        });
        if contact_shown {
            shown["contact"] = json!(self.customer().contact);
            shown["session"]["id"] = json!(conversation.session.id);
            shown["lynnContactId"] = json!(conversation.contact.lynn_contact_id);
        }
        shown
    }
}

/// Keeps the latest of many conversations, without storing all.
struct Latest {
    limit: usize,
    kept: Vec<Entry>,
    seen: usize,
}

impl Latest {
    fn new(limit: usize) -> Self {
        Self { limit, kept: Vec::new(), seen: 0 }
    }

    fn add(&mut self, entry: Entry) {
        self.seen += 1;
        self.kept.push(entry);
        if self.kept.len() > self.limit.saturating_mul(2).max(1000) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let order = |entry: &Entry| {
            (std::cmp::Reverse(entry.conversation.last_activity), entry.key.clone())
        };
        self.kept.sort_by_cached_key(order);
        self.kept.truncate(self.limit);
    }

    /// The latest first, and how many there were.
    fn end(mut self) -> (Vec<Entry>, usize) {
        self.cut();
        (self.kept, self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(contact: &str, time: i64) -> Entry {
        let body = json!({ "status": "open", "lastActivity": time, "genesysConversation": "g-1",
                           "contact": { "lynnContactId": "lynn-5215512345678" },
                           "session": { "id": "session-5215512345678" } });
        entry(&format!("conv#support#{contact}"), &body.to_string()).unwrap()
    }

    #[test]
    fn a_contact_shows_only_when_asked_for() {
        let entry = at("521#5512345678", 1000);
        let hidden =
            format!("{:?}{}{:?}", entry.row(false), entry.to_json(false), entry.lines(false));
        assert!(!hidden.contains("5512345678"), "{hidden}");
        assert!(hidden.contains(&entry.fingerprint()));
        assert_eq!(entry.row(true)[1], "521#5512345678");
        assert_eq!(entry.to_json(true)["contact"], "521#5512345678");
        assert_eq!(entry.row(false)[2..], ["open", "1970-01-01T00:00:01.000Z", "g-1"]);
    }

    #[test]
    fn the_latest_of_many_are_kept() {
        let mut latest = Latest::new(2);
        for number in 0..3000 {
            latest.add(at(&number.to_string(), number * 7919 % 3001));
        }
        let (entries, all) = latest.end();
        let times: Vec<_> = entries
            .iter()
            .map(|entry| entry.conversation.last_activity.unwrap().milliseconds())
            .collect();
        assert_eq!((times, all), (vec![3000, 2999], 3000));
    }

    #[test]
    fn fingerprints_are_told_from_contacts() {
        assert!(is_fingerprint("0123456789ab") && !is_fingerprint("5215512345678"));
    }
}
