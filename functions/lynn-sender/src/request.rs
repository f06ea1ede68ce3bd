//! Builds the post for an event: the JSON of the contract, or the result of a template.
//!
//! Rule: a template that fails is the operator's mistake, so that its event waits until the
//! template is repaired. Pure.

use clients::lynn::client::SessionEnded;
use delivery::event::QueuedEvent;
use delivery::log;
use delivery::route::{Plan, Situation};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use shared::config::{BaseUrl, Dialect, Proactive, QuietSession, SendConfig};
use shared::error::{Class, Failure};
use shared::external_id::Customer;
use shared::lynn::outbound::{
    Envelope, OutboundBody, OutboundContact, OutboundEvent, OutboundMessage, OutboundSession,
};
use shared::ports::VendorResponse;
use shared::wire::to_json;
use templates::{Context, Entry, Faults};

use crate::part::{Naming, Part, PartBody, settled};

/// Why an event is settled that a template skips.
pub(crate) const SKIPPED: &str = "the when of its template is false";

const POST: &str = "post an event to Lynn";
const ASK: &str = "ask Lynn for a campaign";

/// A request to Lynn.
pub struct Request {
    pub method: Method,
    pub url: BaseUrl,
    pub headers: HeaderMap,
    pub body: String,
}

/// A request, and what its answer means.
pub(crate) struct Posting<'a> {
    /// The name of the post in errors and logs.
    pub name: &'static str,
    pub request: Request,
    /// How an answer tells that the session is over, if a template says so.
    pub ends: Option<Ends<'a>>,
    /// The event of which a template made the request.
    pub event: Option<Value>,
}

/// A template's `sessionEnded`, and the event that it may use.
pub(crate) struct Ends<'a> {
    entry: &'a Entry,
    event: Value,
}

impl<'a> Ends<'a> {
    /// The judgement of answers to `queued`. Lynn has accepted the event, so a template that fails
    /// on the answer must not make it come again: the session counts as live.
    pub(crate) fn on(self, queued: &'a QueuedEvent) -> Box<SessionEnded<'a>> {
        Box::new(move |answer: &VendorResponse| {
            let context = Context::event(&self.event);
            let context = context.with_answer(answer.status, &answer.headers, &answer.body);
            match self.entry.session_ended(&context) {
                Some(Ok(ended)) => ended,
                Some(Err(faults)) if (200..300).contains(&answer.status) => {
                    log::answer_unread(queued, &faults);
                    false
                }
                _ => false,
            }
        })
    }
}

/// A campaign carries only messages. Every other event goes to the webhook, with or without a
/// session.
pub(crate) fn policy(config: &SendConfig, body: &PartBody) -> QuietSession {
    match body.is_message() {
        true => config.lynn.quiet_session,
        false => QuietSession::Webhook,
    }
}

/// The event for Lynn, as it is while the session is active or not.
fn event(
    part: &Part,
    body: OutboundBody,
    situation: &Situation<'_>,
    active: bool,
) -> OutboundEvent {
    let conversation = situation.conversation;
    let event = situation.event;
    // Include the changes by this event itself.
    let mut after = conversation.clone();
    part.transitions.iter().for_each(|transition| after.apply(transition));
    let customer = customer(situation);
    let envelope = Envelope {
        id: part.id.clone(),
        time: part.time,
        sequence: conversation.sequence + 1,
        integration: event.integration.clone(),
        conversation_id: part.conversation.clone().or(after.genesys_conversation),
        contact: OutboundContact { id: customer.contact, id_type: after.contact.id_type },
        session: OutboundSession {
            id: customer.session,
            channel: conversation.session.channel.clone(),
            active,
        },
    };
    OutboundEvent::new(envelope, body)
}

/// The customer of the conversation, in Lynn's words.
pub(crate) fn customer(situation: &Situation<'_>) -> Customer {
    let per = situation.config.genesys.conversation_per;
    situation.conversation.customer(&situation.event.conversation().contact, per)
}

/// The post for a part. A webhook of the dialect `genesys` is posted as it came. `None`: the
/// template skips the event.
///
/// # Errors
/// The template fails on the event.
pub(crate) fn of_part<'a>(
    part: &Part,
    situation: &Situation<'a>,
    active: bool,
) -> Result<Option<Posting<'a>>, Failure> {
    let lynn = &situation.config.lynn;
    match &part.body {
        PartBody::Webhook { json, .. } => {
            let request = standard(&lynn.webhook_url, json.0.clone());
            Ok(Some(Posting { name: POST, request, ends: None, event: None }))
        }
        PartBody::Event(body) => {
            of_event(situation.config, &event(part, body.clone(), situation, active))
        }
    }
}

fn standard(url: &BaseUrl, body: String) -> Request {
    Request { method: Method::POST, url: url.clone(), headers: HeaderMap::new(), body }
}

/// Where the events of the bridge's own JSON go.
fn events_url(config: &SendConfig) -> &BaseUrl {
    let lynn = &config.lynn;
    let events_url = lynn.events_url.as_ref().filter(|_| lynn.dialect == Dialect::Genesys);
    events_url.unwrap_or(&lynn.webhook_url)
}

fn of_event<'a>(
    config: &'a SendConfig,
    event: &OutboundEvent,
) -> Result<Option<Posting<'a>>, Failure> {
    let standard = |body| standard(events_url(config), body);
    let kind = event.body().type_word();
    let Some(entry) = templates::outbound(config).and_then(|templates| templates.of_type(kind))
    else {
        let request = standard(to_json(event)?);
        return Ok(Some(Posting { name: POST, request, ends: None, event: None }));
    };
    let json = json_of(event)?;
    rendered(POST, entry, &Context::event(&json), &json, || standard(json.to_string()))
}

/// The post that asks for a campaign. `None`: the template skips the message.
///
/// # Errors
/// No campaign is configured, or the template fails on the message.
pub(crate) fn of_campaign<'a>(
    part: &Part,
    situation: &Situation<'a>,
) -> Result<Option<Posting<'a>>, Failure> {
    let config = situation.config;
    let missing =
        || Failure::new(Class::Permanent, "unconfigured", "ask for a campaign: none is configured");
    let proactive = config.lynn.proactive.as_ref().ok_or_else(missing)?;
    let message = part.body.message().ok_or_else(missing)?;
    let body = OutboundBody::Message(Box::new(message.clone().into_owned()));
    let event = event(part, body, situation, false);
    let conversation = situation.conversation;
    let standard = || {
        let body = json!({
            "campaignId": proactive.campaign_id,
            "contactId": customer(situation).contact,
            "lynnContactId": conversation.contact.lynn_contact_id,
            "channel": conversation.session.channel,
            "text": plain_text(&message),
            "attachments": message.attachments,
            "message": event,
        });
        standard(&proactive.url, body.to_string())
    };
    let Some(entry) = templates::outbound(config).and_then(|templates| templates.proactive())
    else {
        return Ok(Some(Posting { name: ASK, request: standard(), ends: None, event: None }));
    };
    let json = json_of(&event)?;
    let context = Context::event(&json).with_campaign(&proactive.campaign_id);
    rendered(ASK, entry, &context, &json, standard)
}

fn rendered<'a>(
    name: &'static str,
    entry: &'a Entry,
    context: &Context,
    event: &Value,
    standard: impl FnOnce() -> Request,
) -> Result<Option<Posting<'a>>, Failure> {
    let request = filled(entry, context, standard).map_err(|faults| failing(name, faults))?;
    let Some(request) = request else { return Ok(None) };
    let ends = entry.tells_session_ended().then(|| Ends { entry, event: event.clone() });
    Ok(Some(Posting { name, request, ends, event: Some(event.clone()) }))
}

/// The result of an entry for an event; parts that it leaves out are as in `standard`. `None`: it
/// skips the event.
fn filled(
    entry: &Entry,
    context: &Context,
    standard: impl FnOnce() -> Request,
) -> Result<Option<Request>, Faults> {
    let Some(rendered) = entry.request(context)? else { return Ok(None) };
    let standard = standard();
    // A GET has no body, unless the entry gives one.
    let is_get = rendered.method == Some(Method::GET);
    let unsaid = if is_get { String::new() } else { standard.body };
    Ok(Some(Request {
        method: rendered.method.unwrap_or(standard.method),
        url: rendered.url.unwrap_or(standard.url),
        headers: rendered.headers,
        body: rendered.body.unwrap_or(unsaid),
    }))
}

/// The JSON of the post for an event, for an operator who tries a template; `None`:
/// nothing.
///
/// # Errors
/// The faults of the template.
pub fn preview(config: &SendConfig, event: &Value) -> Result<Option<Request>, Faults> {
    let standard = || standard(events_url(config), event.to_string());
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    let entry = templates::outbound(config).and_then(|templates| templates.of_type(kind));
    match entry {
        Some(entry) => filled(entry, &Context::event(event), standard),
        None => Ok(Some(standard())),
    }
}

/// The JSON of the post that asks for a campaign with a message; `None`: nothing is posted.
///
/// # Errors
/// The faults of the template.
pub fn preview_campaign(
    config: &SendConfig,
    campaign: &Proactive,
    event: &Value,
) -> Result<Option<Request>, Faults> {
    let standard = || {
        let body = json!({
            "campaignId": campaign.campaign_id,
            "contactId": event["contact"]["id"],
            "lynnContactId": null,
            "channel": event["session"]["channel"],
            "text": event["fallbackText"],
            "attachments": event["attachments"],
            "message": event,
        });
        standard(&campaign.url, body.to_string())
    };
    let context = Context::event(event).with_campaign(&campaign.campaign_id);
    match templates::outbound(config).and_then(|templates| templates.proactive()) {
        Some(entry) => filled(entry, &context, standard),
        None => Ok(Some(standard())),
    }
}

/// The plan without a call, if templates skip every part of it. A part that was sent before stays
/// in its place, because the record counts parts.
pub(crate) fn unless_skipped(plan: Plan<Part>, situation: &Situation<'_>) -> Plan<Part> {
    let Plan::Send { parts, first_time, repeat } = plan else { return plan };
    if situation.record.parts > 0 || !parts.iter().all(|part| is_skipped(part, situation)) {
        return Plan::Send { parts, first_time, repeat };
    }
    settled(parts, SKIPPED)
}

/// Whether a template skips a part. One that fails does not: its event waits.
fn is_skipped(part: &Part, situation: &Situation<'_>) -> bool {
    let Some(templates) = templates::outbound(situation.config) else { return false };
    let PartBody::Event(body) = &part.body else { return false };
    let active = situation.conversation.session_active(situation.now);
    let campaign = situation.config.lynn.proactive.as_ref();
    let entry = match policy(situation.config, &part.body) {
        QuietSession::Fail if !active => None,
        QuietSession::Proactive if !active => campaign.and(templates.proactive()),
        _ => templates.of_type(body.type_word()),
    };
    let Some(entry) = entry else { return false };
    if part.naming != Naming::Nothing && entry.waits_for_names() {
        return false;
    }
    let Ok(json) = json_of(&event(part, body.clone(), situation, active)) else { return false };
    let mut context = Context::event(&json);
    if let Some(campaign) = campaign {
        context = context.with_campaign(&campaign.campaign_id);
    }
    entry.applies(&context) == Ok(false)
}

fn json_of(event: &OutboundEvent) -> Result<Value, Failure> {
    serde_json::to_value(event).map_err(|error| {
        Failure::new(Class::Permanent, "unwritable", "write a body").caused_by(error)
    })
}

/// The event waits until the operator has repaired the template.
fn failing(name: &'static str, faults: Faults) -> Failure {
    Failure::misconfigured("template", format!("{name}: a template of lynn.templates fails"))
        .caused_by(faults)
}

/// The text of a campaign: the message's text, or the fallback text when the message has choices
/// that a campaign cannot show.
fn plain_text(message: &OutboundMessage) -> &str {
    let plain = message.quick_replies.is_empty()
        && message.cards.is_empty()
        && message.date_picker.is_none()
        && message.template.is_none();
    match &message.text {
        Some(text) if plain => text,
        _ => &message.fallback_text,
    }
}
