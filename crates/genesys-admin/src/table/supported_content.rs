//! The media types allowed in both directions.

use std::collections::BTreeSet;

use super::*;

pub struct SupportedContent;

impl Rules for SupportedContent {
    fn mark(&self, _: &Wanted) -> Mark {
        Mark::Role
    }

    fn counts(&self, object: &Object, run: &SetupRun<'_>) -> bool {
        is_under_our_name(Resource::SupportedContent, object, run)
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let media = run.wanted.media_types.iter();
        let expected: BTreeSet<String> = media.map(|media| media.to_lowercase()).collect();
        let differs = DIRECTIONS.iter().any(|way| allowed(found, way) != expected);
        Decision::of(&[("media types", differs)])
    }

    /// `POST /conversations/messaging/supportedcontent`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        let media = run.wanted.media_types.iter();
        let types: Vec<Value> = media.map(|media| json!({ "type": media })).collect();
        json!({ "name": run.wanted.label,
                "mediaTypes": { "allow": { "inbound": types, "outbound": types } } })
    }
}

/// The media types that a profile allows in a direction.
fn allowed(profile: &Object, direction: &str) -> BTreeSet<String> {
    let place = format!("/mediaTypes/allow/{direction}");
    let types = profile.0.pointer(&place).and_then(Value::as_array).into_iter().flatten();
    types.filter_map(|media| media["type"].as_str()).map(str::to_lowercase).collect()
}

/// The directions in which a profile allows no media type.
pub fn closed(profile: &Object) -> Vec<&'static str> {
    DIRECTIONS.into_iter().filter(|way| allowed(profile, way).is_empty()).collect()
}
