//! Routes the integration's messages through the flow, by its recipient.

use super::*;

pub(crate) struct Routing;

#[async_trait]
impl Rules for Routing {
    fn decide(&self, _: &Ownership, run: &SetupRun<'_>) -> Decision {
        let recipient = &run.observed.recipient;
        match recipient.text("/flow/id") {
            "" => Decision::Create("to the flow".to_owned()),
            attached if attached == run.observed.id(Resource::Flow) => Decision::exists(),
            _ => Decision::Change(format!("runs through {} now", recipient.text("/flow/name"))),
        }
    }

    async fn apply(&self, _: Resource, run: &mut SetupRun<'_>, _: bool) -> anyhow::Result<()> {
        let recipient = run.observed.recipient.id();
        if recipient.is_empty() {
            return Err(anyhow!(
                "the integration {} has no recipient; run this again in some minutes",
                run.observed.id(Resource::Integration)
            ));
        }
        let body = json!({ "flow": { "id": run.observed.id(Resource::Flow) } });
        let place = Kind::Recipient.one(recipient);
        run.observed.recipient = run.organization.put(&place, body).await?;
        Ok(())
    }
}
