//! How Genesys Cloud recognises the contacts of the integration.
//!
//! Rule: an integration without an external source is in order, and so is an answer that does not
//! show the setting: then nothing is reported.

use genesys_admin::organization::{Kind, Object, Organization};
use genesys_admin::table::{external_source, identity};
use shared::config::ConversationPer;

use super::super::check::Check;
use super::super::finding::Finding;
use super::super::unavailable::Observation;
use super::channel::Channel;

/// The setting of the integration; `None` if Genesys Cloud does not show it.
fn setting(seen: &Channel<'_>) -> Option<Object> {
    let integration = seen.as_ref().ok().copied().flatten()?;
    let setting = integration.0.get("identityResolution").filter(|setting| setting.is_object())?;
    Some(Object(setting.clone()))
}

pub async fn check(
    administrator: &Observation<Organization>,
    seen: &Channel<'_>,
    per: ConversationPer,
) -> Option<Finding> {
    let setting = setting(seen)?;
    let administrator = administrator.as_ref().ok()?;
    let source = match identity::source_id(&setting) {
        "" => None,
        id => Some(administrator.object(Kind::ExternalSource, id).await),
    };
    let source = source.transpose().map_err(Into::into);
    Some(assess(&setting, &source, per))
}

/// Judges the setting and its external source; `None` if it names no source, and an empty inner
/// value if the source does not exist.
fn assess(
    setting: &Object,
    source: &Observation<Option<Option<Object>>>,
    per: ConversationPer,
) -> Finding {
    let check = Check::GenesysIdentity;
    let page = "Admin > Directory > Identity Resolution > Messaging Platform";
    let source = match source {
        Err(unavailable) => return unavailable.finding(check),
        Ok(None) if identity::resolves(setting) => {
            return check.ok("contacts are recognised without an external source");
        }
        Ok(None) => return check.ok("identity resolution is off"),
        Ok(Some(None)) => {
            return check.warn(
                "the external source by which contacts are recognised no longer exists",
                format!(
                    "choose another one in {page}, or run `bridge setup` with --identity-source"
                ),
            );
        }
        Ok(Some(Some(source))) => source,
    };
    let name = source.name();
    if !identity::resolves(setting) {
        return check.warn(
            format!("the external source {name} is set, but identity resolution is off"),
            format!("switch it on in {page}, or run `bridge setup` with --identity-source"),
        );
    }
    if !external_source::is_active(source) {
        return check.warn(format!("the external source {name} is not active, so no contact is recognised by it"),
            "activate it in Admin > Directory > External Contacts, or run `bridge setup` with --identity-source",
        );
    }
    if per == ConversationPer::Session {
        return check.warn(
            format!("the external source {name} knows contacts, and Genesys Cloud gets ids of sessions: it recognises no contact by it"),
            "set genesys.conversationPer to contact, or switch identity resolution off",
        );
    }
    check.ok(format!("contacts are recognised by the external source {name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::finding::Outcome;
    use super::super::super::unavailable::Unavailable;
    use super::*;

    #[test]
    fn an_external_source_must_exist_and_be_active() {
        let on = Object(json!({ "resolveIdentities": true }));
        let off = Object(json!({ "resolveIdentities": false }));
        let source =
            |active: bool| Ok(Some(Some(Object(json!({ "name": "crm", "active": active })))));
        for (setting, source, outcome, word) in [
            (&on, Ok(None), Outcome::Ok, "without"),
            (&off, Ok(None), Outcome::Ok, "off"),
            (&on, source(true), Outcome::Ok, "crm"),
            (&off, source(true), Outcome::Warn, "is off"),
            (&on, source(false), Outcome::Warn, "not active"),
            (&on, Ok(Some(None)), Outcome::Warn, "no longer exists"),
            (&on, Err(Unavailable::new("it lacks", "add")), Outcome::Warn, "it lacks"),
        ] {
            let found = assess(setting, &source, ConversationPer::Contact);
            assert!(found.outcome == outcome && found.reason.contains(word), "{found:?}");
        }
        let found = assess(&on, &source(true), ConversationPer::Session);
        assert!(found.outcome == Outcome::Warn && found.reason.contains("sessions"), "{found:?}");
    }
}
