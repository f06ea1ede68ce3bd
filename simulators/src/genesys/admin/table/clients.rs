//! `/api/v2/oauth/clients`: the OAuth clients. The answer that creates a secret is the only one
//! that shows it.

use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::prelude::*;
use crate::clock;
use crate::genesys::admin::grants::{PAIR, pairs};

const KIND: ObjectKind = ObjectKind::OAuthClient;
const GRANT_TYPES: &[&str] = &["CODE", "TOKEN", "SAML2BEARER", "PASSWORD", "CLIENT-CREDENTIALS"];
const USUAL_VALIDITY_SECONDS: u64 = 86_400;

pub(super) const ROW: Kind = Kind {
    rights: rights!("oauth:client"),
    edited_by: &[Method::PUT],
    paging: Paging::NextUriOfFixedSize,
    form: &[
        needed("name", Rule::Text),
        optional("description", Rule::String),
        needed("authorizedGrantType", Rule::Word(GRANT_TYPES)),
        optional("accessTokenValiditySeconds", Rule::Number(300, 172_800)),
        optional("state", Rule::Word(&["active", "inactive"])),
        // The grants hold this information.
        optional("roleDivisions", Rule::List(PAIR)).not_stored(),
        ignored("scope"),
        ignored("registeredRedirectUri"),
    ],
    blank: || json!({ "accessTokenValiditySeconds": USUAL_VALIDITY_SECONDS, "state": "active" }),
    complete,
    written,
    shown: |context, client| {
        let mut shown = with_roles(context.organization, client);
        if context.call.method == Method::POST {
            shown["secret"] = json!(context.organization.secrets.get(text(client, "id")));
        }
        shown
    },
    check_deletion: |context, client| match context.organization.habits.active_clients_stay
        && text(client, "state") == "active"
    {
        true => Err(Refusal::not_ready("An active OAuth client cannot be deleted")),
        false => Ok(()),
    },
    lingers: |habits| habits.deleted_clients_linger,
    mark_deleted: |client| {
        let end = clock::utc() + time::Duration::days(7);
        client["state"] = json!("inactive");
        client["dateToDelete"] = json!(clock::write(end));
    },
    deleted: |context, client| {
        let id = text(client, "id");
        context.organization.secrets.remove(id);
        context.organization.grants.retain(|grant| grant.subject != id);
        context.tokens.retain(|_, token| token.client != id);
    },
    more: &[Operation::own(
        Method::POST,
        "/oauth/clients/{}/secret",
        needs!("oauth:client:edit"),
        renew_secret,
    )],
    ..Kind::new(KIND, "client", "/oauth/clients")
};

/// A client with its effective roles.
pub(in crate::genesys::admin) fn with_roles(organization: &Organization, client: &Value) -> Value {
    let mut client = client.clone();
    let id = text(&client, "id").to_owned();
    let now = Instant::now();
    let grants = organization.grants.iter().filter(|grant| grant.subject == id);
    let grants = grants.filter(|grant| organization.is_effective(grant, now));
    client["roleDivisions"] =
        grants.map(|grant| json!({ "roleId": grant.role, "divisionId": grant.division })).collect();
    client
}

/// A client can only be given roles that its creator has. The platform's answer otherwise is not
/// documented; 403 is this simulator's choice.
fn complete(context: &CallContext<'_>, fields: Fields<'_>, client: &mut Value) -> Checked<()> {
    let pairs = pairs(fields.list("roleDivisions")?);
    for (division, role) in &pairs {
        context.organization.check_grantable(division, role)?;
        if !context.organization.grants_of(context.caller).any(|grant| grant.role == *role) {
            return Err(Refusal::not_authorized(format!(
                "A client cannot be given the role {role}, which its creator does not have"
            )));
        }
    }
    if context.call.method == Method::POST {
        if client["authorizedGrantType"] == "CLIENT-CREDENTIALS" && pairs.is_empty() {
            return Err(Refusal::bad_request(
                "A client of client credentials needs 'roleDivisions'",
            ));
        }
        client["createdBy"] = json!({ "id": context.caller.client });
    }
    Ok(())
}

/// Existing grants stay unchanged, and effective. A change leaves the secret as it is.
fn written(context: &mut CallContext<'_>, client: &Value, body: &Value) {
    let id = text(client, "id");
    if let Some(given) = body["roleDivisions"].as_array() {
        let pairs = pairs(given);
        context.organization.grants.retain(|grant| {
            grant.subject != id || pairs.contains(&(&*grant.division, &*grant.role))
        });
        for (division, role) in pairs {
            context.organization.grant(id, division, role, Some(Instant::now()));
        }
    }
    if context.call.method == Method::POST {
        context.organization.set_new_secret(id);
    }
    if text(client, "state") != "active" {
        context.tokens.retain(|_, token| token.client != id);
    }
}

/// The old secret is invalid from now on. Tokens that were issued for it stay valid.
fn renew_secret(context: &mut CallContext<'_>) -> Checked<Answer> {
    context.named(KIND)?;
    context.organization.set_new_secret(context.id(0));
    Ok(Answer::json(200, (ROW.shown)(context, context.named(KIND)?)))
}

impl Organization {
    fn set_new_secret(&mut self, client: &str) {
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.secrets.insert(client.to_owned(), secret);
    }
}
