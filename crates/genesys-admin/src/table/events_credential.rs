//! The key with which workflows post events. It is recorded before it is sent to Genesys Cloud.

use super::integration::random_secret;
use super::*;
use crate::Kept;
use crate::architect::fingerprint;
use crate::organization::EVENTS_KEY;

pub struct EventsCredential;

#[async_trait]
impl Rules for EventsCredential {
    fn mark(&self, _: &Wanted) -> Mark {
        Mark::Nothing
    }

    fn absent(&self, _: &Work<'_>) -> Decision {
        Decision::Create("with genesys.eventsApiKey".to_owned())
    }

    /// Genesys Cloud never shows the content of a credential; the record has its fingerprint.
    fn differs(&self, _: &Object, work: &Work<'_>) -> Decision {
        let Some(key) = work.events_key() else {
            return Decision::NeedsYes(
                "its key is not known here: a new one is set, and callers with the old one are refused"
                    .to_owned(),
                Question::Secrets,
            );
        };
        let put = work.record.fingerprint(Resource::EventsCredential);
        Decision::of(&[("its key", put.is_some_and(|put| put != fingerprint(key)))])
    }

    /// `POST` and `PUT /integrations/credentials`.
    fn body(&self, work: &Work<'_>) -> Value {
        json!({ "name": work.wanted.label, "type": { "name": "userDefined" },
                "credentialFields": { EVENTS_KEY: work.events_key() } })
    }

    fn changes(&self, known: &Object, work: &Work<'_>) -> (Method, Value) {
        let mut body = self.body(work);
        body["id"] = json!(known.id());
        (Method::PUT, body)
    }

    /// Makes a key if there is none, and records it before it is used.
    async fn prepare(&self, work: &mut Work<'_>) -> anyhow::Result<()> {
        if work.events_key().is_none() {
            work.record.events_key = Some(Kept::new(random_secret()));
            work.record.save()?;
        }
        Ok(())
    }

    async fn settle(&self, work: &mut Work<'_>, object: Object) -> anyhow::Result<Object> {
        let put = work.events_key().map(fingerprint);
        work.record.made.entry(Resource::EventsCredential).or_default().fingerprint = put;
        work.record.save()?;
        Ok(object)
    }
}
