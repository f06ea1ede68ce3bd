//! `/api/v2/authorization/divisions`: the divisions of the organisation.

use http::Method;
use serde_json::{Value, json};

use super::prelude::*;

const KIND: ObjectKind = ObjectKind::Division;

pub(super) const ROW: Kind = Kind {
    rights: Rights {
        list: Some(Needs::Nothing),
        view: Some(Needs::Nothing),
        ..rights!("authorization:division")
    },
    edited_by: &[Method::PUT],
    filters: &["name"],
    form: &[
        needed("name", Rule::Text),
        optional("description", Rule::String),
        ignored("homeDivision"),
    ],
    has_unique_names: true,
    blank: || json!({ "description": "", "homeDivision": false }),
    check_deletion: |context, _| match context.id(0) == context.organization.home_division {
        true => Err(Refusal::in_use("the home division cannot be deleted")),
        false => Ok(()),
    },
    more: &[Operation::own(Method::GET, "/authorization/divisions/home", Needs::Nothing, home)],
    ..Kind::new(KIND, "division", "/authorization/divisions")
};

fn home(context: &mut CallContext<'_>) -> Checked<Answer> {
    let home = context.organization.find(KIND, &context.organization.home_division);
    Ok(Answer::json(200, home.cloned().unwrap_or_default()))
}

impl Organization {
    /// The division in the field `division` of a body, or else the home division, with its name.
    pub(in crate::genesys::admin) fn division_of(&self, fields: Fields<'_>) -> Checked<Value> {
        let id = match fields.get("division") {
            None => self.home_division.as_str(),
            Some(division) => Fields::of("division", division)?.text("id")?,
        };
        let name = text(self.referred(KIND, id)?, "name");
        Ok(json!({ "id": id, "name": name, "selfUri": KIND.address(id) }))
    }
}
