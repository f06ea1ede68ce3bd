//! Routes the integration's messages through the flow, by its recipient.

use super::*;

pub struct Routing;

#[async_trait]
impl Rules for Routing {
    fn decide(&self, _: &Found, work: &Work<'_>) -> Decision {
        let recipient = &work.observed.recipient;
        match recipient.text("/flow/id") {
            "" => Decision::Create("to the flow".to_owned()),
            attached if attached == work.observed.id(Resource::Flow) => Decision::exists(),
            _ => Decision::Change(format!("runs through {} now", recipient.text("/flow/name"))),
        }
    }

    async fn apply(&self, _: Resource, work: &mut Work<'_>, _: bool) -> anyhow::Result<()> {
        let recipient = work.observed.recipient.id();
        if recipient.is_empty() {
            return Err(anyhow!(
                "the integration {} has no recipient; run this again in some minutes",
                work.observed.id(Resource::Integration)
            ));
        }
        let body = json!({ "flow": { "id": work.observed.id(Resource::Flow) } });
        let place = Kind::Recipient.one(recipient);
        work.observed.recipient = work.organization.put(&place, body).await?;
        Ok(())
    }
}
