//! The key with which workflows post events. It is recorded before it is sent to Genesys Cloud.

use super::integration::random_secret;
use super::*;
use crate::Kept;
use crate::architect::fingerprint;
use crate::organization::EVENTS_KEY;

pub(crate) struct EventsCredential;

#[async_trait]
impl Rules for EventsCredential {
    fn mark(&self, _: &Wanted) -> Mark {
        Mark::Nothing
    }

    fn absent(&self, _: &SetupRun<'_>) -> Decision {
        Decision::Create("with genesys.eventsApiKey".to_owned())
    }

    /// Genesys Cloud never shows the content of a credential; the record has its fingerprint.
    fn differs(&self, _: &Object, run: &SetupRun<'_>) -> Decision {
        let Some(key) = run.events_key() else {
            return Decision::NeedsYes(
                "the configuration does not contain its key: a new one is set, and callers with the old one are refused"
                    .to_owned(),
                Question::Secrets,
            );
        };
        let put = run.record.fingerprint(Resource::EventsCredential);
        Decision::of(&[("its key", put.is_some_and(|put| put != fingerprint(key)))])
    }

    /// `POST` and `PUT /integrations/credentials`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        json!({ "name": run.wanted.label, "type": { "name": "userDefined" },
                "credentialFields": { EVENTS_KEY: run.events_key() } })
    }

    fn changes(&self, known: &Object, run: &SetupRun<'_>) -> (Method, Value) {
        let mut body = self.body(run);
        body["id"] = json!(known.id());
        (Method::PUT, body)
    }

    /// Makes a key if there is none, and records it before it is used.
    async fn prepare(&self, run: &mut SetupRun<'_>) -> anyhow::Result<()> {
        if run.events_key().is_none() {
            run.record.events_key = Some(Kept::new(random_secret()));
            run.record.save()?;
        }
        Ok(())
    }

    async fn finish(&self, run: &mut SetupRun<'_>, object: Object) -> anyhow::Result<Object> {
        let put = run.events_key().map(fingerprint);
        run.record.made.entry(Resource::EventsCredential).or_default().fingerprint = put;
        run.record.save()?;
        Ok(object)
    }
}
