//! `/api/v2/authorization/divisions`: the divisions of the organisation.

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, as_kept, merge};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::{Organization, text};
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::Division;
const KEYS: &[&str] = &["name", "description"];
const ALL: &[&str] = &["authorization", "divisions"];
const ONE: &[&str] = &["authorization", "divisions", ID];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, &["authorization", "divisions", "home"], Needs::Nothing, home),
    Operation::new(Method::GET, ALL, Needs::Nothing, list),
    Operation::new(Method::GET, ONE, Needs::Nothing, show),
    Operation::new(Method::POST, ALL, Needs::All(&["authorization:division:add"]), create),
    Operation::new(Method::PUT, ONE, Needs::All(&["authorization:division:edit"]), change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["authorization:division:delete"]), delete),
];

fn home(desk: &mut Desk<'_>) -> Checked<Answer> {
    let home = desk.organization.find(KIND, &desk.organization.home_division);
    Ok(Answer::json(200, home.cloned().unwrap_or_default()))
}

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &["name"], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    check(desk, &body, "")?;
    let mut division = json!({ "description": "", "homeDivision": false });
    merge(&mut division, &body, KEYS);
    Ok(Answer::json(200, desk.organization.add(KIND, &division)))
}

fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    desk.named(KIND)?;
    check(desk, &body, desk.id(0))?;
    let division = desk.named_mut(KIND)?;
    merge(division, &body, KEYS);
    Ok(Answer::json(200, division.clone()))
}

fn check(desk: &Desk<'_>, body: &Value, own_id: &str) -> Checked<()> {
    let fields = Fields::of("division", body)?.only_among(&[KEYS, ECHOED, &["homeDivision"]])?;
    fields.optional_text("description")?;
    desk.check_name(KIND, fields.text("name")?, own_id)
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    if desk.id(0) == desk.organization.home_division {
        return Err(Refusal::in_use("the home division cannot be deleted"));
    }
    desk.delete(KIND)?;
    Ok(Answer::empty(204))
}

impl Organization {
    /// The division in the field `division` of a body, or else the home division, with its name.
    pub(super) fn division_of(&self, fields: Fields<'_>) -> Checked<Value> {
        let id = match fields.get("division") {
            None => self.home_division.as_str(),
            Some(division) => Fields::of("division", division)?.text("id")?,
        };
        let division = self.find(KIND, id).ok_or_else(|| {
            Refusal::bad_request(format!("The division {id} of the request does not exist"))
        })?;
        Ok(
            json!({ "id": id, "name": text(division, "name"), "selfUri": text(division, "selfUri") }),
        )
    }
}
