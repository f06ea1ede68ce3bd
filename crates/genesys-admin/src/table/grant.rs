//! Grants the role to the administrator too, who can grant only roles that they have.

use super::*;

pub(crate) struct Grant;

#[async_trait]
impl Rules for Grant {
    fn decide(&self, _: &Ownership, run: &SetupRun<'_>) -> Decision {
        if run.observed.granted {
            return Decision::exists();
        }
        Decision::Create("to the administrator's OAuth client".to_owned())
    }

    async fn apply(&self, _: Resource, run: &mut SetupRun<'_>, _: bool) -> anyhow::Result<()> {
        let role = run.observed.id(Resource::Role).to_owned();
        let path = grant_path(run, &role);
        let clock = run.organization.clock();
        run.record.intend(Resource::Grant, clock.now())?;
        let path = format!("{path}?subjectType=PC_OAUTH_CLIENT");
        run.organization.post(&path, Value::Null).await?;
        run.record.note_new(Resource::Grant, &role, clock.now())?;
        run.observed.granted = true;
        Ok(())
    }
}

/// The path of the grant of a role to the administrator's OAuth client.
pub(crate) fn grant_path(run: &SetupRun<'_>, role: &str) -> String {
    let (subject, division) = (run.organization.client_id(), run.observed.division.id());
    format!("/api/v2/authorization/subjects/{subject}/divisions/{division}/roles/{role}")
}
