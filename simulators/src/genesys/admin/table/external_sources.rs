//! `/api/v2/externalcontacts/externalsources`: the systems that name contacts by ids of their own.

use http::Method;
use serde_json::json;

use super::prelude::*;

/// Whether two sources may have the same name is not documented; that they may not is this
/// simulator's choice, and also that a source in use cannot be deleted.
pub(super) const ROW: Kind = Kind {
    rights: rights!("externalContacts:externalSource"),
    edited_by: &[Method::PUT],
    paging: Paging::Cursor,
    filters: &["name"],
    form: &[
        needed("name", Rule::Text),
        optional("active", Rule::Flag),
        optional("linkConfiguration", Rule::Object(&[needed("uriTemplate", Rule::Text)])),
    ],
    has_unique_names: true,
    is_replaced: true,
    blank: || json!({ "active": true }),
    check_deletion: |context, _| {
        let mut settings = context.organization.identity_resolution.values();
        match settings.any(|known| text_at(known, "/externalSource/id") == context.id(0)) {
            true => Err(Refusal::in_use("An integration resolves identities with it".to_owned())),
            false => Ok(()),
        }
    },
    ..Kind::new(ObjectKind::ExternalSource, "external source", "/externalcontacts/externalsources")
};
