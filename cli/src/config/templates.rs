//! Tries the templates of a configuration file on sample events.

use http::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use shared::config::{ConfigError, ConfigFile, ReceiveConfig, SendConfig};
use shared::ids::IntegrationName;
use templates::{
    Context, Entry, Fault, Faults, InboundTemplate, PROACTIVE, Problem, Sample, Templates, samples,
};

/// The faults, with the name of the integration as key. Each fault is named once, with a sample on
/// which it fails.
pub fn faults(file: &ConfigFile) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    for (name, (receive, send)) in &file.integrations {
        let found = outbound(name, send).into_iter().chain(inbound(receive));
        errors.extend(found.map(|problem| ConfigError::new(format!("{name}: lynn"), problem)));
    }
    errors
}

fn outbound(name: &IntegrationName, document: &SecretString) -> Vec<String> {
    // The file was checked before, so both documents can be read.
    let Ok(config) = SendConfig::parse(document) else { return Vec::new() };
    let Some(templates) = templates::outbound(&config) else { return Vec::new() };
    let samples = samples(name.as_str());
    let mut found = Found::default();
    for sample in &samples {
        if let Some(entry) = templates.of_type(sample.kind) {
            found.try_on(entry, &Context::event(&sample.event), sample);
        }
    }
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
    let faults = templates::inbound(&config).map(InboundTemplate::sure_faults);
    faults.unwrap_or_default().0.iter().map(ToString::to_string).collect()
}

/// The faults, each with the samples on which it occurs.
#[derive(Default)]
struct Found {
    faults: Vec<(Fault, Vec<String>)>,
}

impl Found {
    fn try_on(&mut self, entry: &Entry, context: &Context, sample: &Sample) {
        // A template that cannot be compiled is named without a sample.
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
