//! Checks the objects that are attached to the integration: a supported content profile, and a
//! messaging setting with typing.

use genesys_admin::Ownership;
use genesys_admin::table::{messaging_setting::silent, supported_content::closed};

use super::{Check, Finding, Observation};

/// Whether a supported content profile is attached and allows media in both directions.
pub fn assess_content(seen: &Observation<&Ownership>) -> Finding {
    let check = Check::GenesysSupportedContent;
    let attached = attached(check, "a supported content profile", seen);
    let Ok(Ownership::Ours(profile)) = seen else { return attached };
    let closed = closed(profile);
    if closed.is_empty() {
        return attached;
    }
    let name = profile.name();
    check.warn(
        format!("{name} allows no {} media: files are dropped", closed.join(" and no ")),
        format!("allow media types in {name}, in Admin > Message > Supported Content"),
    )
}

/// Whether a messaging setting is attached.
pub fn assess_setting(seen: &Observation<&Ownership>) -> Finding {
    attached(Check::GenesysMessagingSetting, "a platform configuration", seen)
}

/// Whether something is attached that is not the organisation's default.
fn attached(check: Check, what: &str, seen: &Observation<&Ownership>) -> Finding {
    let reason = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(Ownership::Ours(own)) => {
            return check.ok(format!("{} is attached", own.name()));
        }
        Ok(Ownership::Nothing) => "nothing is attached, and there is no default".to_owned(),
        Ok(Ownership::Others(default)) => {
            format!("only the organisation's default {} applies, and it may change", default.name())
        }
    };
    let attach = format!("attach {what} to the integration in Admin > Message > Platforms");
    check.warn(reason, attach)
}

/// Whether the messaging setting shows typing.
pub fn assess_typing(seen: &Observation<&Ownership>) -> Finding {
    let check = Check::GenesysTyping;
    let action = "enable typing both ways in the platform configuration, in Admin > Message > Platform Configurations";
    let found = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(found) => found,
    };
    let Some(setting) = found.object() else {
        return check.warn("off, since there is no messaging setting", action);
    };
    match silent(setting).as_slice() {
        [] => check.ok("shown both ways"),
        silent => check.warn(format!("off {}", silent.join(" and ")), action),
    }
}

#[cfg(test)]
mod tests {
    use genesys_admin::organization::Object;
    use serde_json::{Value, json};

    use super::super::super::finding::Outcome;
    use super::*;

    fn own(object: Value) -> Ownership {
        Ownership::Ours(Object(object))
    }

    #[test]
    fn a_profile_that_lets_nothing_through_is_said() {
        let any = json!([{ "type": "*/*" }]);
        let both = json!({ "mediaTypes": { "allow": { "inbound": any, "outbound": any } } });
        assert_eq!(assess_content(&Ok(&own(both))).outcome, Outcome::Ok);
        let one = json!({ "name": "lynn", "mediaTypes": { "allow": { "inbound": any, "outbound": [] } } });
        let found = assess_content(&Ok(&own(one)));
        assert_eq!(found.reason, "lynn allows no outbound media: files are dropped");
        assert_eq!(assess_content(&Ok(&Ownership::Nothing)).outcome, Outcome::Warn);
    }

    #[test]
    fn typing_that_is_off_one_way_is_said() {
        let setting = |inbound, outbound| {
            own(
                json!({ "event": { "typing": { "on": { "inbound": inbound, "outbound": outbound } } } }),
            )
        };
        assert_eq!(assess_typing(&Ok(&setting("Enabled", "Enabled"))).outcome, Outcome::Ok);
        assert_eq!(assess_typing(&Ok(&setting("Enabled", "Disabled"))).reason, "off outbound");
        assert_eq!(assess_typing(&Ok(&own(json!({})))).reason, "off inbound and outbound");
    }
}
