//! `/api/v2/authorization/subjects`: the roles of a subject, each in a division.

use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::refusal::{Checked, Refusal};
use super::absent;
use super::call_context::CallContext;
use super::inspection::ObjectKind;
use super::kind::needs;
use super::operation::Operation;
use super::organization::{Grant, Organization, text};
use super::permissions::Needs;
use super::shape::{self, Field, Rule, needed};
use crate::http::Answer;

const SUBJECT_TYPES: [&str; 3] = ["PC_USER", "PC_OAUTH_CLIENT", "PC_GROUP"];
const VIEW: Needs = needs!("authorization:grant:view");
const ADD: Needs = needs!("authorization:grant:add");
const DELETE: Needs = needs!("authorization:grant:delete");
const ONE: &str = "/authorization/subjects/{}/divisions/{}/roles/{}";
const BULK_ADD: &str = "/authorization/subjects/{}/bulkadd";
const BULK_REMOVE: &str = "/authorization/subjects/{}/bulkremove";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::own(Method::GET, "/authorization/subjects/{}", VIEW, show),
    Operation::own(Method::POST, ONE, ADD, add),
    Operation::own(Method::DELETE, ONE, DELETE, remove),
    Operation::own(Method::POST, BULK_ADD, ADD, add_all),
    Operation::own(Method::POST, BULK_REMOVE, DELETE, remove_all),
];

/// A role and the division in which it is granted.
pub(super) const PAIR: &[Field] = &[needed("divisionId", Rule::Text), needed("roleId", Rule::Text)];

fn show(context: &mut CallContext<'_>) -> Checked<Answer> {
    let subject = context.id(0);
    let now = Instant::now();
    let grants: Vec<Value> = context
        .organization
        .grants
        .iter()
        .filter(|grant| grant.subject == subject)
        .filter(|grant| context.organization.is_effective(grant, now))
        .map(|grant| shown(context.organization, grant))
        .collect();
    let body = json!({
        "id": subject,
        "name": context.organization.client_name(subject),
        "grants": grants,
        "version": grants.len(),
    });
    Ok(Answer::json(200, body))
}

fn shown(organization: &Organization, grant: &Grant) -> Value {
    let named = |kind, id: &str| {
        let name = organization.find(kind, id).map_or("", |object| text(object, "name"));
        json!({ "id": id, "name": name })
    };
    json!({
        "subjectId": grant.subject,
        "division": named(ObjectKind::Division, &grant.division),
        "role": named(ObjectKind::Role, &grant.role),
        "grantMadeAt": grant.made_at,
    })
}

fn add(context: &mut CallContext<'_>) -> Checked<Answer> {
    grant_all(context, &[(context.id(1), context.id(2))])
}

fn add_all(context: &mut CallContext<'_>) -> Checked<Answer> {
    let body = context.body()?;
    let pairs = read_pairs(context, &body)?;
    grant_all(context, &pairs)
}

fn grant_all(context: &mut CallContext<'_>, pairs: &[(&str, &str)]) -> Checked<Answer> {
    check_subject(context)?;
    for (division, role) in pairs {
        context.organization.check_grantable(division, role)?;
    }
    for (division, role) in pairs {
        context.organization.grant(context.id(0), division, role, Some(Instant::now()));
    }
    Ok(Answer::empty(204))
}

fn remove(context: &mut CallContext<'_>) -> Checked<Answer> {
    context.organization.revoke(context.id(0), context.id(1), context.id(2));
    Ok(Answer::empty(204))
}

fn remove_all(context: &mut CallContext<'_>) -> Checked<Answer> {
    let body = context.body()?;
    for (division, role) in read_pairs(context, &body)? {
        context.organization.revoke(context.id(0), division, role);
    }
    Ok(Answer::empty(204))
}

fn read_pairs<'b>(context: &CallContext<'_>, body: &'b Value) -> Checked<Vec<(&'b str, &'b str)>> {
    let form = &[needed("grants", Rule::List(PAIR))];
    Ok(pairs(shape::check(context, "grants", body, form, &[])?.list("grants")?))
}

/// The division and the role of each pair.
pub(super) fn pairs(items: &[Value]) -> Vec<(&str, &str)> {
    items.iter().map(|pair| (text(pair, "divisionId"), text(pair, "roleId"))).collect()
}

/// An OAuth client needs its `subjectType`: without it, the platform takes the subject for a user.
fn check_subject(context: &CallContext<'_>) -> Checked<()> {
    let kind = context.query("subjectType").unwrap_or_else(|| "PC_USER".to_owned());
    if !SUBJECT_TYPES.contains(&kind.as_str()) {
        return Err(Refusal::invalid_value("subjectType", &kind, &SUBJECT_TYPES));
    }
    let subject = context.id(0);
    let is_client = context.organization.find(ObjectKind::OAuthClient, subject).is_some();
    match (kind == "PC_OAUTH_CLIENT", is_client) {
        (true, false) => Err(absent("client", subject)),
        (false, true) => {
            Err(Refusal::bad_request(format!("The subject {subject} is not of subjectType {kind}")))
        }
        _ => Ok(()),
    }
}

impl Organization {
    /// Refuses a division or a role that does not exist.
    pub(super) fn check_grantable(&self, division: &str, role: &str) -> Checked<()> {
        if division != "*" {
            self.named(ObjectKind::Division, division)?;
        }
        self.named(ObjectKind::Role, role).map(drop)
    }

    fn revoke(&mut self, subject: &str, division: &str, role: &str) {
        self.grants.retain(|known| {
            known.subject != subject || known.division != division || known.role != role
        });
    }
}
