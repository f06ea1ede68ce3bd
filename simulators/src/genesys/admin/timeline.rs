//! `/api/v2/conversations/messaging/threadingtimeline`: how long after its end the next message
//! resumes a conversation, for the whole organisation, by kind of messenger.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::Checked;
use super::desk::{Desk, ECHOED};
use super::operation::Operation;
use super::organization::Organization;
use super::permissions::Needs;
use crate::http::Answer;

const MESSENGERS: [&str; 9] = [
    "apple",
    "facebook",
    "instagram",
    "linkedin",
    "open",
    "sms",
    "twitter",
    "webmessaging",
    "whatsapp",
];
/// 72 hours, the default and the maximum.
const LONGEST: u64 = 72 * 60;
const DEFAULT: &str = "defaultTimeoutMinutes";
const PATH: &[&str] = &["conversations", "messaging", "threadingtimeline"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, PATH, Needs::All(&["conversation:threadingTimeline:view"]), show),
    Operation::new(
        Method::PUT,
        PATH,
        Needs::All(&["conversation:threadingTimeline:edit"]),
        replace,
    ),
];

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    let settings: Vec<Value> = MESSENGERS
        .iter()
        .map(|messenger| {
            let minutes = desk.organization.minutes_of(messenger);
            json!({ "messengerType": messenger, "timeoutInMinutes": minutes })
        })
        .collect();
    let default = desk.organization.timeline_default.unwrap_or(LONGEST);
    Ok(Answer::json(200, json!({ "settings": settings, "defaultTimeoutMinutes": default })))
}

/// A missing value returns to its default. The default is replaced too.
fn replace(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = Fields::of("timeline", &body)?.only_among(&[&["settings", DEFAULT], ECHOED])?;
    fields.required("settings")?;
    let mut timeline = BTreeMap::new();
    for setting in fields.list("settings")? {
        let setting =
            Fields::of("settings", setting)?.only(&["messengerType", "timeoutInMinutes"])?;
        let messenger = setting.word("messengerType", &MESSENGERS)?;
        setting.required("timeoutInMinutes")?;
        let minutes = setting.optional_number("timeoutInMinutes", (0, LONGEST))?;
        timeline.insert(messenger.to_owned(), minutes.unwrap_or(LONGEST));
    }
    desk.organization.timeline_default = fields.optional_number(DEFAULT, (0, LONGEST))?;
    desk.organization.timeline = timeline;
    show(desk)
}

impl Organization {
    fn minutes_of(&self, messenger: &str) -> u64 {
        let default = self.timeline_default.unwrap_or(LONGEST);
        self.timeline.get(messenger).copied().unwrap_or(default)
    }

    /// How long after its end the next message resumes a conversation of Open Messaging.
    pub(in crate::genesys) fn threading(&self) -> Duration {
        Duration::from_secs(self.minutes_of("open").saturating_mul(60))
    }
}
