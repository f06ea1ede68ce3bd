//! The records of a conversation's events.

use delivery::record::EventRecord;
use shared::ids::ConversationKey;
use shared::time::Timestamp;

use super::event_name::Name;
use super::installation::Installation;

/// The items of a partition in one read.
const PAGE: usize = 10_000;

/// A record with its sort key, and when it expires.
pub struct Recorded {
    pub sort: String,
    pub record: EventRecord,
    pub expires: Option<Timestamp>,
}

impl Recorded {
    /// When it was written last, to the second: by the time at which it expires.
    pub fn written(&self) -> Option<Timestamp> {
        Some(self.expires? - self.record.kept())
    }
}

/// The records of a conversation that this version can read, in the order of their sort keys.
pub async fn of(
    installation: &Installation,
    key: &ConversationKey,
) -> anyhow::Result<Vec<Recorded>> {
    let partition = key.partition();
    let items = installation.partition(&partition, PAGE).await?;
    // Afterwards, so that a record that was written in between has a time.
    let mut expiries = installation.expiries(&partition).await?;
    let mut records = Vec::new();
    for (key, item) in items {
        if Name::parse(&key.sort).is_some()
            && let Ok(record) = serde_json::from_str(&item.body)
        {
            let expires = expiries.remove(&key.sort);
            records.push(Recorded { sort: key.sort, record, expires });
        }
    }
    Ok(records)
}
