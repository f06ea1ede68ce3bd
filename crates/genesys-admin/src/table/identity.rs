//! How Genesys Cloud recognises the contacts of the integration: by the ids of an external source.
//! The setting goes with its integration.
//!
//! Source: the model `OpenMessagingIdentityResolutionConfig` of the vendor's clients, and the
//! resource `conversations_messaging_integrations_open_identity_resolution` of its Terraform
//! provider: by default, identities are resolved, without a division and without a source.

use super::*;

/// The id of the external source in a setting, as a JSON pointer.
const SOURCE_ID: &str = "/externalSource/id";

pub struct Identity;

#[async_trait]
impl Rules for Identity {
    fn decide(&self, _: &Ownership, run: &SetupRun<'_>) -> Decision {
        let name = run.wanted.identity_source.as_deref().unwrap_or_default();
        let by = format!("by the external source {name}");
        let known = &run.observed.identity;
        let wanted = run.observed.id(Resource::ExternalSource);
        match source_id(known) {
            "" => Decision::Create(by),
            used if used == wanted && resolves(known) => Decision::exists(),
            _ => Decision::Change(by),
        }
    }

    /// `PUT /conversations/messaging/identityresolution/integrations/open/{id}`. It replaces the
    /// setting, so a division that was chosen is sent too.
    async fn apply(&self, _: Resource, run: &mut SetupRun<'_>, _: bool) -> anyhow::Result<()> {
        let source = run.observed.id(Resource::ExternalSource);
        let mut body = json!({ "resolveIdentities": true, "externalSource": { "id": source } });
        match run.observed.identity.text("/division/id") {
            "" => {}
            division => body["division"] = json!({ "id": division }),
        }
        let path = path(run.observed.id(Resource::Integration));
        run.observed.identity = run.organization.put(&path, body).await?;
        Ok(())
    }
}

/// The path of the setting of an integration.
pub fn path(integration: &str) -> String {
    format!("/api/v2/conversations/messaging/identityresolution/integrations/open/{integration}")
}

/// The id of the external source in a setting; empty if there is none.
pub fn source_id(identity: &Object) -> &str {
    identity.text(SOURCE_ID)
}

/// Whether a setting lets Genesys Cloud look for the contact of a conversation.
pub fn resolves(identity: &Object) -> bool {
    identity.0["resolveIdentities"] != false
}
