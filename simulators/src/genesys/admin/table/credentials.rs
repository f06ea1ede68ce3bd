//! `/api/v2/integrations/credentials`: the credentials with which an integration logs in to other
//! systems. The stored values are never shown again.

use http::Method;
use serde_json::json;

use super::prelude::*;
use crate::genesys::admin::paging;

const KIND: ObjectKind = ObjectKind::Credential;
const TYPES: &[&str] = &["basicAuth", "userDefined", "userDefinedOAuth"];

pub(super) const ROW: Kind = Kind {
    rights: rights!("integrations:integration"),
    edited_by: &[Method::PUT],
    form: &[
        needed("name", Rule::Text),
        needed("type", Rule::Open(&[needed("name", Rule::Word(TYPES))])).stored_at_first(),
        needed("credentialFields", Rule::StringMap).not_stored(),
    ],
    used_by: &[(ObjectKind::Integration, "/config/current/credentials/basicAuth/id")],
    complete: |_, fields, credential| {
        credential["type"] = json!({ "name": credential["type"]["name"] });
        match fields.get("credentialFields").and_then(|values| values.as_object()?.iter().next()) {
            Some(_) => Ok(()),
            None => Err(Refusal::bad_request("'credentialFields' should not be empty")),
        }
    },
    written: |context, credential, body| {
        let held = body["credentialFields"].as_object().into_iter().flatten();
        let held = held.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        let id = text(credential, "id").to_owned();
        context.organization.credential_fields.insert(id, held.collect());
    },
    deleted: |context, credential| {
        context.organization.credential_fields.remove(text(credential, "id"));
    },
    // Replaces the list by page number, which is deprecated.
    more: &[Operation::own(
        Method::GET,
        "/integrations/credentials/listing",
        needs!("integrations:integration:view"),
        |context| paging::page_with_next_uri(context, context.organization.listed(KIND), true),
    )],
    ..Kind::new(KIND, "credential", "/integrations/credentials")
};
