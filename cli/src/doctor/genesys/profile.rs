//! What is attached to the integration: a supported content profile, and a messaging setting with typing.

use serde_json::Value;

use super::super::blind::Seen;
use super::super::check::Check;
use super::super::finding::Finding;
use super::channel::reference;
use crate::organization::{Kind, Object, Organization};

const PLATFORMS: &str = "in Admin > Message > Platforms";

/// Something that is attached, or that the organisation has for those where nothing is.
#[derive(Clone, Debug, PartialEq)]
pub struct Attached {
    object: Object,
    is_default: bool,
}

/// What the integration has of a kind; none when there is nothing, not even a default.
pub async fn attached(
    administrator: &Organization,
    integration: &Object,
    kind: Kind,
    key: &str,
) -> Seen<Option<Attached>> {
    if let Some(id) = reference(integration, key) {
        let object = administrator.object(kind, &id).await?;
        return Ok(object.map(|object| Attached { object, is_default: false }));
    }
    let default = administrator.find(&format!("{}/default", kind.path())).await?;
    Ok(default.map(|object| Attached { object, is_default: true }))
}

/// The supported content profile: attached, and letting something through both ways.
pub fn judge_content(seen: &Seen<Option<Attached>>) -> Finding {
    let check = Check::GenesysSupportedContent;
    let attach = format!("attach a supported content profile to the integration {PLATFORMS}");
    let profile = match seen {
        Err(blind) => return blind.finding(check),
        Ok(None) => {
            return Finding::warn(check, "none is attached, and there is no default", attach);
        }
        Ok(Some(profile)) => profile,
    };
    let name = profile.object.name();
    let blocked: Vec<&str> = ["inbound", "outbound"]
        .into_iter()
        .filter(|way| {
            let allowed = profile.object.0.pointer(&format!("/mediaTypes/allow/{way}"));
            allowed.and_then(Value::as_array).is_none_or(Vec::is_empty)
        })
        .collect();
    if !blocked.is_empty() && !profile.is_default {
        let reason =
            format!("{name} allows no {} media: files are dropped", blocked.join(" and no "));
        return Finding::warn(
            check,
            reason,
            format!("allow media types in {name}, in Admin > Message > Supported Content"),
        );
    }
    if profile.is_default {
        let reason =
            format!("none is attached; the organisation's default {name} applies, and may change");
        return Finding::warn(check, reason, attach);
    }
    Finding::ok(check, format!("{name} is attached"))
}

/// The messaging setting: attached.
pub fn judge_setting(seen: &Seen<Option<Attached>>) -> Finding {
    let check = Check::GenesysMessagingSetting;
    let attach = format!("attach a platform configuration to the integration {PLATFORMS}");
    match seen {
        Err(blind) => blind.finding(check),
        Ok(None) => Finding::warn(check, "none is attached, and there is no default", attach),
        Ok(Some(Attached { object, is_default: true })) => {
            let name = object.name();
            let reason = format!(
                "none is attached; the organisation's default {name} applies, and may change"
            );
            Finding::warn(check, reason, attach)
        }
        Ok(Some(Attached { object, is_default: false })) => {
            Finding::ok(check, format!("{} is attached", object.name()))
        }
    }
}

/// Typing, as the setting has it.
pub fn judge_typing(seen: &Seen<Option<Attached>>) -> Finding {
    let check = Check::GenesysTyping;
    let action = "enable typing both ways in the platform configuration, in Admin > Message > Platform Configurations";
    let setting = match seen {
        Err(blind) => return blind.finding(check),
        Ok(None) => {
            return Finding::warn(check, "off, since there is no messaging setting", action);
        }
        Ok(Some(setting)) => setting,
    };
    let off: Vec<&str> = ["inbound", "outbound"]
        .into_iter()
        .filter(|way| {
            let switch = setting.object.text(&format!("/event/typing/on/{way}"));
            !switch.eq_ignore_ascii_case("enabled")
        })
        .collect();
    if off.is_empty() {
        return Finding::ok(check, "shown both ways");
    }
    Finding::warn(check, format!("off {}", off.join(" and ")), action)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::finding::Outcome;
    use super::*;

    fn own(object: Value) -> Seen<Option<Attached>> {
        Ok(Some(Attached { object: Object(object), is_default: false }))
    }

    #[test]
    fn a_profile_that_lets_nothing_through_is_said() {
        let any = json!([{ "type": "*/*" }]);
        let both = json!({ "mediaTypes": { "allow": { "inbound": any, "outbound": any } } });
        assert_eq!(judge_content(&own(both)).outcome, Outcome::Ok);
        let one = json!({ "name": "lynn", "mediaTypes": { "allow": { "inbound": any, "outbound": [] } } });
        let found = judge_content(&own(one));
        assert_eq!(found.reason, "lynn allows no outbound media: files are dropped");
        assert_eq!(judge_content(&Ok(None)).outcome, Outcome::Warn);
    }

    #[test]
    fn typing_that_is_off_one_way_is_said() {
        let setting = |inbound, outbound| {
            own(
                json!({ "event": { "typing": { "on": { "inbound": inbound, "outbound": outbound } } } }),
            )
        };
        assert_eq!(judge_typing(&setting("Enabled", "Enabled")).outcome, Outcome::Ok);
        assert_eq!(judge_typing(&setting("Enabled", "Disabled")).reason, "off outbound");
        assert_eq!(judge_typing(&own(json!({}))).reason, "off inbound and outbound");
    }
}
