//! The integration that holds the data action of the workflows, and the code that it shares with
//! the integration for EventBridge.
//!
//! Source: the models CreateIntegrationRequest and IntegrationConfiguration of the vendor's
//! clients.

use super::*;
use crate::organization::{CallError, told_path};
use crate::resource::CREDENTIAL_ID;

/// The type of an integration that holds data actions.
pub(crate) const WEB_SERVICES: &str = "custom-rest-actions";
/// The name under which such an integration refers to its credential, whatever the credential's
/// type.
pub(crate) const CREDENTIAL: &str = "basicAuth";

pub struct EventsIntegration;

#[async_trait]
impl Rules for EventsIntegration {
    fn is_candidate(&self, object: &Object, _: &SetupRun<'_>) -> bool {
        object.text("/integrationType/id") == WEB_SERVICES
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let used = found.text(CREDENTIAL_ID);
        let credential = run.observed.id(Resource::EventsCredential);
        Decision::of(&[
            ("its credential", used.is_empty() || used != credential),
            ("it is not active", found.text("/intendedState") != "ENABLED"),
        ])
    }

    /// `POST /integrations`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        json!({ "name": run.wanted.label, "integrationType": { "id": WEB_SERVICES } })
    }

    async fn change(&self, me: Resource, run: &mut SetupRun<'_>) -> anyhow::Result<Object> {
        run.known_object(me)
    }

    /// Sets the credential and switches the integration on.
    async fn finish(&self, run: &mut SetupRun<'_>, object: Object) -> anyhow::Result<Object> {
        let credential = run.observed.id(Resource::EventsCredential);
        let told = json!({ CREDENTIAL: { "id": credential } });
        Ok(bring_up(run, &object, "credentials", told).await?)
    }
}

/// Sets the missing values in a section of an integration's configuration, and switches the
/// integration on. Other values stay. A change must name the version that it replaces.
pub(crate) async fn bring_up(
    run: &SetupRun<'_>,
    integration: &Object,
    section: &str,
    told: Value,
) -> Result<Object, CallError> {
    let place = told_path(integration.id());
    let mut current = run.organization.get(&place).await?.0;
    if !includes(&current[section], &told) {
        let kept = |key: &str| current[key].as_object().cloned().unwrap_or_default();
        let mut body = json!({
            "name": run.wanted.label,
            "version": current["version"],
            "properties": kept("properties"),
            "advanced": kept("advanced"),
            "notes": run.wanted.mark(),
            "credentials": kept("credentials"),
        });
        for (key, value) in told.as_object().into_iter().flatten() {
            body[section][key] = value.clone();
        }
        current = run.organization.put(&place, body).await?.0;
    }
    let enabled = json!({ "intendedState": "ENABLED" });
    let place = Kind::Integration.one(integration.id());
    let mut object = run.organization.patch(&place, enabled).await?;
    object.0["config"]["current"] = current;
    Ok(object)
}

/// Whether an integration is switched on and, if it reports a state, active.
pub fn is_on(integration: &Object) -> bool {
    let reported = integration.text("/reportedState/code");
    integration.text("/intendedState").eq_ignore_ascii_case("enabled")
        && (reported.is_empty() || reported.eq_ignore_ascii_case("active"))
}
