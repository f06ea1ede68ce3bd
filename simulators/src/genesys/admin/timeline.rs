//! `/api/v2/conversations/messaging/threadingtimeline`: how long after its end the next message
//! resumes a conversation, for the whole organisation, by kind of messenger.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::super::refusal::Checked;
use super::call_context::{CallContext, ECHOED};
use super::kind::needs;
use super::operation::Operation;
use super::organization::{Organization, text};
use super::shape::{self, Field, Rule, needed, optional};
use crate::http::Answer;

const MESSENGERS: &[&str] = &[
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
const MINUTES: Rule = Rule::Number(0, LONGEST);
const PATH: &str = "/conversations/messaging/threadingtimeline";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::own(Method::GET, PATH, needs!("conversation:threadingTimeline:view"), show),
    Operation::own(Method::PUT, PATH, needs!("conversation:threadingTimeline:edit"), replace),
];

const FORM: &[Field] = &[needed("settings", Rule::List(SETTING)), optional(DEFAULT, MINUTES)];
const SETTING: &[Field] =
    &[needed("messengerType", Rule::Word(MESSENGERS)), needed("timeoutInMinutes", MINUTES)];

fn show(context: &mut CallContext<'_>) -> Checked<Answer> {
    let settings: Vec<Value> = MESSENGERS
        .iter()
        .map(|messenger| {
            let minutes = context.organization.minutes_of(messenger);
            json!({ "messengerType": messenger, "timeoutInMinutes": minutes })
        })
        .collect();
    let default = context.organization.timeline_default.unwrap_or(LONGEST);
    Ok(Answer::json(200, json!({ "settings": settings, "defaultTimeoutMinutes": default })))
}

/// A missing value returns to its default. The default is replaced too.
fn replace(context: &mut CallContext<'_>) -> Checked<Answer> {
    let body = context.body()?;
    let fields = shape::check(context, "timeline", &body, FORM, ECHOED)?;
    let minutes = |setting: &Value| {
        let messenger = text(setting, "messengerType").to_owned();
        Some((messenger, setting["timeoutInMinutes"].as_u64()?))
    };
    context.organization.timeline = fields.list("settings")?.iter().filter_map(minutes).collect();
    context.organization.timeline_default = body[DEFAULT].as_u64();
    show(context)
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
