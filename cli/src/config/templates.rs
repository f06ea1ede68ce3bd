//! Tries the templates of a configuration file on sample events.

use http::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use shared::config::{ConfigError, ConfigFile, ReceiveConfig, SendConfig};
use shared::ids::IntegrationName;
use templates::{
    Context, Entry, Fault, Faults, PROACTIVE, Problem, Sample, Templates, rare_samples, samples,
};

/// What fails, with the name of the integration as key. Each fault is named once, with a sample on
/// which it fails.
pub fn faults(file: &ConfigFile) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    for (name, (receive, send)) in &file.integrations {
        let found = outbound(name, send).into_iter().chain(inbound(receive));
        errors.extend(found.map(|problem| ConfigError::new(format!("{name}: lynn"), problem)));
    }
    errors
}

/// What fails only on events that are rare, and what can never be used.
pub fn warnings(file: &ConfigFile) -> Vec<ConfigError> {
    let mut warnings = Vec::new();
    for (name, (_, send)) in &file.integrations {
        let Ok(config) = SendConfig::parse(send) else { continue };
        let Some(templates) = templates::outbound(&config) else { continue };
        let mut usual = Found::default();
        usual.try_all(templates, &samples(name.as_str()));
        let mut rare = Found::default();
        rare.try_all(templates, &rare_samples(name.as_str()));
        rare.faults.retain(|(fault, _)| usual.faults.iter().all(|(known, _)| known != fault));
        let waits = |line| {
            ConfigError::new(
                format!("{name}: lynn"),
                format!(
                    "{line}. Such an event, and those behind it, would wait until their time is over; give the value a default"
                ),
            )
        };
        warnings.extend(rare.lines().into_iter().map(waits));
    }
    warnings
}

fn outbound(name: &IntegrationName, document: &SecretString) -> Vec<String> {
    // The file was checked before, so both halves can be read.
    let Ok(config) = SendConfig::parse(document) else { return Vec::new() };
    let Some(templates) = templates::outbound(&config) else { return Vec::new() };
    let samples = samples(name.as_str());
    let mut found = Found::default();
    found.try_all(templates, &samples);
    campaigns(&config, templates, &samples, &mut found);
    let compiled = templates.faults().0;
    compiled.iter().map(ToString::to_string).chain(found.lines()).collect()
}

fn campaigns(config: &SendConfig, templates: &Templates, samples: &[Sample], found: &mut Found) {
    let Some(entry) = templates.proactive() else { return };
    let campaign = config.lynn.proactive.as_ref();
    let id = campaign.map_or_else(|| Value::from(PROACTIVE), |known| known.campaign_id.clone());
    for sample in samples.iter().filter(|sample| sample.kind == "message") {
        let event = ended_session(&sample.event);
        found.try_on(entry, &Context::event(&event).with_campaign(&id), sample);
    }
}

/// An event for a customer whose session is over.
pub fn ended_session(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(active) = event.pointer_mut("/session/active") {
        *active = Value::Bool(false);
    }
    event
}

fn inbound(document: &SecretString) -> Vec<String> {
    let Ok(config) = ReceiveConfig::parse(document) else { return Vec::new() };
    let Some(template) = templates::inbound(&config) else { return Vec::new() };
    let mut found: Vec<String> = template.sure_faults().0.iter().map(ToString::to_string).collect();
    let written = config.inbound_template.as_ref();
    found.extend(written.into_iter().flat_map(|template| no_event(template, "/inboundTemplate")));
    found
}

/// Says of what a template writes itself that it can never be an event.
fn no_event(template: &Value, pointer: &str) -> Vec<String> {
    const TYPES: [&str; 5] = ["message", "typing", "receipt", "session.started", "session.ended"];
    let is_fixed = |text: &str| !text.contains("{{") && !text.contains("{%");
    let wrong = |problem: String| vec![format!("{pointer}: {problem}")];
    match template {
        Value::Object(fields) => match fields.get("type") {
            None => wrong("an event needs a type".to_owned()),
            Some(Value::String(kind)) if !is_fixed(kind) || TYPES.contains(&kind.as_str()) => {
                Vec::new()
            }
            Some(_) => vec![format!("{pointer}/type: it must be one of {}", TYPES.join(", "))],
        },
        Value::Array(events) if events.is_empty() => wrong("the list has no event".to_owned()),
        Value::Array(events) => {
            let event = |(place, event)| no_event(event, &format!("{pointer}/{place}"));
            events.iter().enumerate().flat_map(event).collect()
        }
        Value::String(text) if !is_fixed(text) => Vec::new(),
        _ => wrong("this is neither an event nor a list of events".to_owned()),
    }
}

/// The faults, each with the samples on which it occurs.
#[derive(Default)]
struct Found {
    faults: Vec<(Fault, Vec<String>)>,
}

impl Found {
    fn try_all(&mut self, templates: &Templates, samples: &[Sample]) {
        for sample in samples {
            if let Some(entry) = templates.of_type(sample.kind) {
                self.try_on(entry, &Context::event(&sample.event), sample);
            }
        }
    }

    fn try_on(&mut self, entry: &Entry, context: &Context, sample: &Sample) {
        // What cannot be compiled is named without a sample.
        if !entry.faults().0.is_empty() {
            return;
        }
        let mut faults = entry.request(context).err().unwrap_or_default().0;
        // Answers differ from tenant to tenant: only what fails on every answer is an error.
        let answered =
            entry.session_ended(&context.clone().with_answer(200, &HeaderMap::new(), b"{}"));
        if let Some(Err(Faults(more))) = answered {
            let is_sure = |fault: &Fault| matches!(fault.problem, Problem::UnknownHelper(_));
            faults.extend(more.into_iter().filter(is_sure));
        }
        let sample = format!("{} ({})", sample.kind, sample.name);
        for fault in faults {
            match self.faults.iter_mut().find(|(known, _)| *known == fault) {
                Some((_, samples)) => samples.push(sample.clone()),
                None => self.faults.push((fault, vec![sample.clone()])),
            }
        }
    }

    fn lines(self) -> Vec<String> {
        let line = |(fault, samples): (Fault, Vec<String>)| {
            let (first, more) = match &samples[..] {
                [] => return fault.to_string(),
                [first] => (first, String::new()),
                [first, rest @ ..] => (first, format!(", and {} more", rest.len())),
            };
            format!("{fault}; with the sample {first}{more}")
        };
        self.faults.into_iter().map(line).collect()
    }
}
