//! `/api/v2/authorization/subjects`: the roles of a subject, each in a division.

use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::absent;
use super::desk::Desk;
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::{Grant, Organization, text};
use super::permissions::Needs;
use crate::http::Answer;

const SUBJECT_TYPES: [&str; 3] = ["PC_USER", "PC_OAUTH_CLIENT", "PC_GROUP"];
const SUBJECT: &[&str] = &["authorization", "subjects", ID];
const ONE: &[&str] = &["authorization", "subjects", ID, "divisions", ID, "roles", ID];
const BULK_ADD: &[&str] = &["authorization", "subjects", ID, "bulkadd"];
const BULK_REMOVE: &[&str] = &["authorization", "subjects", ID, "bulkremove"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, SUBJECT, Needs::All(&["authorization:grant:view"]), show),
    Operation::new(Method::POST, ONE, Needs::All(&["authorization:grant:add"]), add),
    Operation::new(Method::DELETE, ONE, Needs::All(&["authorization:grant:delete"]), remove),
    Operation::new(Method::POST, BULK_ADD, Needs::All(&["authorization:grant:add"]), add_all),
    Operation::new(
        Method::POST,
        BULK_REMOVE,
        Needs::All(&["authorization:grant:delete"]),
        remove_all,
    ),
];

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    let subject = desk.id(0);
    let now = Instant::now();
    let grants: Vec<Value> = desk
        .organization
        .grants
        .iter()
        .filter(|grant| grant.subject == subject)
        .filter(|grant| desk.organization.is_effective(grant, now))
        .map(|grant| shown(desk.organization, grant))
        .collect();
    let body = json!({
        "id": subject,
        "name": desk.organization.client_name(subject),
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

fn add(desk: &mut Desk<'_>) -> Checked<Answer> {
    check_subject(desk)?;
    let (subject, division, role) = (desk.id(0), desk.id(1), desk.id(2));
    desk.organization.check_grantable(division, role)?;
    desk.organization.grant(subject, division, role, Some(Instant::now()));
    Ok(Answer::empty(204))
}

fn remove(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.organization.revoke(desk.id(0), desk.id(1), desk.id(2));
    Ok(Answer::empty(204))
}

fn add_all(desk: &mut Desk<'_>) -> Checked<Answer> {
    check_subject(desk)?;
    let body = desk.body()?;
    let pairs = read_pairs(&body)?;
    for (division, role) in &pairs {
        desk.organization.check_grantable(division, role)?;
    }
    for (division, role) in pairs {
        desk.organization.grant(desk.id(0), division, role, Some(Instant::now()));
    }
    Ok(Answer::empty(204))
}

fn remove_all(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    for (division, role) in read_pairs(&body)? {
        desk.organization.revoke(desk.id(0), division, role);
    }
    Ok(Answer::empty(204))
}

fn read_pairs(body: &Value) -> Checked<Vec<(&str, &str)>> {
    let fields = Fields::of("grants", body)?.only(&["grants"])?;
    fields.required("grants")?;
    let grants = fields.list("grants")?.iter();
    grants.map(|grant| read_pair(Fields::of("grants", grant)?)).collect()
}

/// Returns division and role.
pub(super) fn read_pair<'a>(fields: Fields<'a>) -> Checked<(&'a str, &'a str)> {
    let fields = fields.only(&["roleId", "divisionId"])?;
    Ok((fields.text("divisionId")?, fields.text("roleId")?))
}

/// An OAuth client needs its `subjectType`: without it, the platform takes the subject for a user.
fn check_subject(desk: &Desk<'_>) -> Checked<()> {
    let kind = desk.query("subjectType").unwrap_or_else(|| "PC_USER".to_owned());
    if !SUBJECT_TYPES.contains(&kind.as_str()) {
        return Err(Refusal::invalid_value("subjectType", &kind, &SUBJECT_TYPES));
    }
    let subject = desk.id(0);
    let is_client = desk.organization.find(ObjectKind::OAuthClient, subject).is_some();
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
        if division != "*" && self.find(ObjectKind::Division, division).is_none() {
            return Err(absent("division", division));
        }
        if self.find(ObjectKind::Role, role).is_none() {
            return Err(absent("role", role));
        }
        Ok(())
    }

    fn revoke(&mut self, subject: &str, division: &str, role: &str) {
        self.grants.retain(|known| {
            known.subject != subject || known.division != division || known.role != role
        });
    }
}
