//! The OAuth client with which the bridge logs in. Genesys Cloud shows its secret once, so the
//! secret is recorded before anything else.

use super::*;
use crate::organization::Organization;
use crate::organization::settling::GRANT_SETTLES;
use crate::reconcile::post;
use crate::record::KeptClient;
use crate::{Kept, Record};

/// The lifetime of the bridge's tokens, in seconds: the platform's own default.
pub const TOKEN_SECONDS: u64 = 86_400;
const KIND: Kind = Kind::OAuthClient;

pub struct Client;

#[async_trait]
impl Rules for Client {
    fn configured(&self, run: &SetupRun<'_>) -> Vec<String> {
        let clients = run.configured("/genesys/oauthClients").and_then(Value::as_array);
        let clients = clients.into_iter().flatten();
        clients.filter_map(|client| client["clientId"].as_str()).map(str::to_owned).collect()
    }

    /// A deleted client may answer for some days.
    fn counts(&self, object: &Object, _: &SetupRun<'_>) -> bool {
        !object.is_to_be_deleted()
    }

    /// A deleted client stays in the list for some days, inactive. The id of setup's own client is
    /// in the record.
    fn is_candidate(&self, object: &Object, _: &SetupRun<'_>) -> bool {
        !object.is_off()
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        if !run.knows_client(found.id()) {
            return if run.record.is_intended(Resource::Client) {
                Decision::Change("its secret was never read: a new one is created".to_owned())
            } else {
                Decision::NeedsYes(
                    "the configuration does not contain its secret: a new one is created, and callers with the old one are refused".to_owned(),
                    Question::Secrets,
                )
            };
        }
        // If a client does not show its roles, nothing is known about them.
        let has_role = !found.0["roleDivisions"].is_array()
            || roles(found) == [run.observed.id(Resource::Role)];
        Decision::of(&[("its role", !has_role), ("it is not active", has_role && found.is_off())])
    }

    /// `POST` and `PUT /oauth/clients`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        let (role, division) = (run.observed.id(Resource::Role), run.observed.division.id());
        let roles = json!([ { "roleId": role, "divisionId": division } ]);
        body(&run.wanted.label, &run.wanted.mark(), TOKEN_SECONDS, &roles)
    }

    /// Waits until the role that was just granted to the administrator can be handed on.
    async fn prepare(&self, run: &mut SetupRun<'_>) -> anyhow::Result<()> {
        let (organization, role) = (run.organization, run.observed.id(Resource::Role));
        let (administrator, given) =
            (organization.client_id(), run.record.made_at(Resource::Grant));
        Ok(organization.grant_settles(administrator, role, given, GRANT_SETTLES).await?)
    }

    async fn create(&self, _: Resource, run: &mut SetupRun<'_>) -> anyhow::Result<Object> {
        let body = self.body(run);
        make(run.organization, &mut run.record, body).await
    }

    async fn change(&self, _: Resource, run: &mut SetupRun<'_>) -> anyhow::Result<Object> {
        let id = run.observed.id(Resource::Client).to_owned();
        if !run.knows_client(&id) {
            renew(run.organization, &mut run.record, &id).await?;
        }
        run.record.set_id(Resource::Client, &id)?;
        let body = self.body(run);
        run.organization.put(&KIND.one(&id), body).await?;
        Ok(run.organization.get(&KIND.one(&id)).await?)
    }
}

/// A client with the grant type client credentials. `roles` has the form in which a client shows
/// its roles.
pub fn body(name: &str, mark: &str, token_seconds: u64, roles: &Value) -> Value {
    json!({
        "name": name,
        "description": mark,
        "authorizedGrantType": "CLIENT-CREDENTIALS",
        "accessTokenValiditySeconds": token_seconds,
        "roleDivisions": roles,
        "state": "active",
    })
}

/// The ids of the roles that a client shows.
pub fn roles(client: &Object) -> Vec<&str> {
    let pairs = client.0["roleDivisions"].as_array().into_iter().flatten();
    pairs.filter_map(|pair| pair["roleId"].as_str()).collect()
}

/// Makes an OAuth client and records its secret before anything else.
pub async fn make(
    organization: &Organization,
    record: &mut Record,
    body: Value,
) -> anyhow::Result<Object> {
    let client = post(organization, record, Resource::Client, KIND, body).await?;
    keep(record, client.id(), &client)?;
    record.note_new(Resource::Client, client.id(), organization.clock().now())?;
    Ok(client)
}

/// Replaces the secret of an OAuth client and records the new one. The old secret is invalid from
/// then on.
pub async fn renew(
    organization: &Organization,
    record: &mut Record,
    id: &str,
) -> anyhow::Result<()> {
    let path = format!("{}/secret", KIND.one(id));
    let client = organization.post(&path, Value::Null).await?;
    keep(record, id, &client)
}

fn keep(record: &mut Record, id: &str, answer: &Object) -> anyhow::Result<()> {
    let secret = answer.text("/secret");
    if id.is_empty() || secret.is_empty() {
        return Err(anyhow!(
            "the answer of Genesys Cloud shows no secret of the OAuth client {id}; run this again"
        ));
    }
    let client = KeptClient { client_id: id.to_owned(), client_secret: Kept::new(secret) };
    record.client = Some(client);
    record.set_id(Resource::Client, id)
}
