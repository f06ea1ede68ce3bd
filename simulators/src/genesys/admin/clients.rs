//! `/api/v2/oauth/clients`: the OAuth clients. The answer that creates a secret is the only one
//! that shows it.

use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, merge};
use super::grants::read_pair;
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::{Organization, text};
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::OAuthClient;
/// `roleDivisions` is not stored here: the grants hold this information.
const KEYS: &[&str] =
    &["name", "description", "authorizedGrantType", "accessTokenValiditySeconds", "state"];
const FOR_OTHER_GRANTS: &[&str] = &["roleDivisions", "scope", "registeredRedirectUri"];
const GRANT_TYPES: [&str; 5] = ["CODE", "TOKEN", "SAML2BEARER", "PASSWORD", "CLIENT-CREDENTIALS"];
/// The shortest and the longest life of a token, in seconds.
const VALIDITY: (u64, u64) = (300, 172_800);
const USUAL_VALIDITY: u64 = 86_400;
const ALL: &[&str] = &["oauth", "clients"];
const ONE: &[&str] = &["oauth", "clients", ID];
const SECRET: &[&str] = &["oauth", "clients", ID, "secret"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, Needs::All(&["oauth:client:view"]), list),
    Operation::new(Method::GET, ONE, Needs::All(&["oauth:client:view"]), show),
    Operation::new(Method::POST, ALL, Needs::All(&["oauth:client:add"]), create),
    Operation::new(Method::PUT, ONE, Needs::All(&["oauth:client:edit"]), change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["oauth:client:delete"]), delete),
    Operation::new(Method::POST, SECRET, Needs::All(&["oauth:client:edit"]), renew_secret),
];

/// A client with its effective roles.
pub(super) fn shown(organization: &Organization, client: &Value) -> Value {
    let mut client = client.clone();
    let id = text(&client, "id").to_owned();
    let now = Instant::now();
    let grants = organization.grants.iter().filter(|grant| grant.subject == id);
    let grants = grants.filter(|grant| organization.is_effective(grant, now));
    client["roleDivisions"] =
        grants.map(|grant| json!({ "roleId": grant.role, "divisionId": grant.division })).collect();
    client
}

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &[], shown)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, shown(desk.organization, desk.named(KIND)?)))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let pairs = check(desk, &body)?;
    let mut client = json!({
        "accessTokenValiditySeconds": USUAL_VALIDITY,
        "state": "active",
        "createdBy": { "id": desk.caller.client },
    });
    merge(&mut client, &body, KEYS);
    let client = desk.organization.add(KIND, &client);
    let id = text(&client, "id");
    for (division, role) in pairs {
        desk.organization.grant(id, division, role, Some(Instant::now()));
    }
    Ok(with_new_secret(desk.organization, &client))
}

/// Replaces the client's fields. The secret stays.
fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.id(0);
    desk.named(KIND)?;
    let body = desk.body()?;
    let pairs = check(desk, &body)?;
    if body.get("roleDivisions").is_some() {
        // Existing grants stay unchanged, and effective.
        desk.organization.grants.retain(|grant| {
            grant.subject != id || pairs.contains(&(&*grant.division, &*grant.role))
        });
        for (division, role) in pairs {
            desk.organization.grant(id, division, role, Some(Instant::now()));
        }
    }
    let client = desk.named_mut(KIND)?;
    merge(client, &body, KEYS);
    if text(client, "state") != "active" {
        desk.tokens.retain(|_, token| token.client != id);
    }
    show(desk)
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.id(0);
    let is_active = text(desk.named(KIND)?, "state") == "active";
    if is_active && desk.organization.habits.active_clients_stay {
        return Err(Refusal::not_ready("An active OAuth client cannot be deleted"));
    }
    desk.delete(KIND)?;
    desk.organization.secrets.remove(id);
    desk.organization.grants.retain(|grant| grant.subject != id);
    desk.tokens.retain(|_, token| token.client != id);
    Ok(Answer::empty(204))
}

/// The old secret is invalid from now on. Tokens that were issued for it stay valid.
fn renew_secret(desk: &mut Desk<'_>) -> Checked<Answer> {
    let client = desk.named(KIND)?.clone();
    Ok(with_new_secret(desk.organization, &client))
}

fn with_new_secret(organization: &mut Organization, client: &Value) -> Answer {
    let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    organization.secrets.insert(text(client, "id").to_owned(), secret.clone());
    let mut answer = shown(organization, client);
    answer["secret"] = json!(secret);
    Answer::json(200, answer)
}

/// Checks the new fields of the client and returns its roles as pairs of division and role. A
/// client can only be given roles that its creator has. The platform's answer otherwise is not
/// documented; 403 is this simulator's choice.
fn check<'b>(desk: &Desk<'_>, body: &'b Value) -> Checked<Vec<(&'b str, &'b str)>> {
    let fields = Fields::of("client", body)?.only_among(&[KEYS, FOR_OTHER_GRANTS, ECHOED])?;
    fields.text("name")?;
    fields.optional_text("description")?;
    let grant_type = fields.word("authorizedGrantType", &GRANT_TYPES)?;
    fields.optional_number("accessTokenValiditySeconds", VALIDITY)?;
    if fields.get("state").is_some() {
        fields.word("state", &["active", "inactive"])?;
    }
    let mut pairs = Vec::new();
    for pair in fields.list("roleDivisions")? {
        let (division, role) = read_pair(Fields::of("roleDivisions", pair)?)?;
        desk.organization.check_grantable(division, role)?;
        if !desk.organization.grants_of(desk.caller).any(|grant| grant.role == role) {
            return Err(Refusal::not_authorized(format!(
                "A client cannot be given the role {role}, which its creator does not have"
            )));
        }
        pairs.push((division, role));
    }
    if grant_type == "CLIENT-CREDENTIALS" && pairs.is_empty() && desk.call.method == Method::POST {
        return Err(Refusal::bad_request("A client of client credentials needs 'roleDivisions'"));
    }
    Ok(pairs)
}
