//! Grants the role to the administrator too, who can hand on only a role that they have.

use super::*;

pub struct Grant;

#[async_trait]
impl Rules for Grant {
    fn decide(&self, _: &Found, work: &Work<'_>) -> Decision {
        if work.observed.granted {
            return Decision::exists();
        }
        Decision::Create("to the administrator's OAuth client".to_owned())
    }

    async fn apply(&self, _: Resource, work: &mut Work<'_>, _: bool) -> anyhow::Result<()> {
        let role = work.observed.id(Resource::Role).to_owned();
        let path = grant_path(work, &role);
        let clock = work.organization.clock();
        work.record.intend(Resource::Grant, clock.now())?;
        let path = format!("{path}?subjectType=PC_OAUTH_CLIENT");
        work.organization.post(&path, Value::Null).await?;
        work.record.note_new(Resource::Grant, &role, clock.now())?;
        work.observed.granted = true;
        Ok(())
    }
}

/// The path of the grant of a role to the administrator's OAuth client.
pub fn grant_path(work: &Work<'_>, role: &str) -> String {
    let (subject, division) = (work.organization.client_id(), work.observed.division.id());
    format!("/api/v2/authorization/subjects/{subject}/divisions/{division}/roles/{role}")
}
