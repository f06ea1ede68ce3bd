//! The environment variables of each function are those that it reads, and each has the value that
//! its name says.

use std::collections::BTreeSet;

use aws::requirements::{
    INBOUND_QUEUE_URL, LOG_LEVEL, MEDIA_BASE_URL, MEDIA_BUCKET_DOMAIN, OTLP_ENDPOINT,
    OUTBOUND_QUEUE_URL, RECONCILE_AFTER_MINUTES, Requirements, SECRET_PREFIX, STACK_NAME,
    TABLE_NAME,
};
use serde_json::{Value, json};

use crate::known::{EVENT_SOURCE, FUNCTIONS, assert_found, assert_none};
use crate::template::Template;

/// The value of each variable with an event source, relayed files, and defaults for all other
/// parameters.
const VALUES: [(&str, &str); 10] = [
    (INBOUND_QUEUE_URL, "${InboundQueue}"),
    (LOG_LEVEL, "info"),
    (MEDIA_BASE_URL, "${HttpApi.ApiEndpoint}"),
    (MEDIA_BUCKET_DOMAIN, "${MediaBucket.RegionalDomainName}"),
    (OTLP_ENDPOINT, "none"),
    (OUTBOUND_QUEUE_URL, "${OutboundQueue}"),
    (RECONCILE_AFTER_MINUTES, "60"),
    (SECRET_PREFIX, "${AWS::StackName}"),
    (STACK_NAME, "${AWS::StackName}"),
    (TABLE_NAME, "${Table}"),
];

fn findings(template: &Template, name: &str, requirements: &Requirements) -> Vec<String> {
    let variables = template.function(name)["Environment"]["Variables"].as_object().unwrap();
    let declared: BTreeSet<_> = variables.keys().map(String::as_str).collect();
    let read: BTreeSet<_> = requirements.variables.iter().copied().collect();
    let mut findings = Vec::new();
    findings.extend(declared.difference(&read).map(|it| format!("{name}: {it} is not read")));
    findings.extend(read.difference(&declared).map(|it| format!("{name}: {it} is not declared")));
    for (variable, value) in variables {
        if !VALUES.iter().any(|known| *known == (variable, value.as_str().unwrap_or_default())) {
            findings.push(format!("{name}: {variable} holds {value}"));
        }
    }
    findings
}

#[test]
fn every_variable_that_is_declared_is_read_and_the_other_way_round() {
    for (name, requirements) in FUNCTIONS {
        assert_none(&findings(&Template::read(), name, &requirements));
    }
}

#[test]
fn the_prefix_of_the_secrets_can_be_given() {
    let template = Template::whole(&[("SecretPrefix", "team/bridge")]);
    let reads = |requirements: &Requirements| requirements.variables.contains(&SECRET_PREFIX);
    for (name, _) in FUNCTIONS.iter().filter(|(_, requirements)| reads(requirements)) {
        assert_eq!(
            template.function(name)["Environment"]["Variables"][SECRET_PREFIX],
            "team/bridge"
        );
    }
}

#[test]
fn quiet_conversations_are_looked_at_after_what_was_given_else_by_whether_events_come() {
    let minutes = |parameters: &[(&'static str, &str)]| {
        let template = Template::with(parameters);
        let after = |name| {
            template.function(name)["Environment"]["Variables"][RECONCILE_AFTER_MINUTES].clone()
        };
        assert_eq!(after("GenesysSender"), after("LynnSender"));
        after("LynnSender")
    };
    assert_eq!(minutes(&[]), "0");
    assert_eq!(minutes(&[EVENT_SOURCE]), "60");
    for given in ["0", "240"] {
        assert_eq!(minutes(&[("ReconcileAfterMinutes", given)]), given);
        assert_eq!(minutes(&[EVENT_SOURCE, ("ReconcileAfterMinutes", given)]), given);
    }
}

#[test]
fn the_levels_of_the_log_are_the_parameters_values() {
    assert_eq!(
        Template::source()["Parameters"]["LogLevel"]["AllowedValues"],
        json!(["error", "warn", "info", "debug"])
    );
}

/// The findings after a change of the variables of the function that Lynn calls.
fn after(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let template =
        Template::read().change("LynnInboundFunction", "/Properties/Environment/Variables", change);
    findings(&template, "LynnInbound", &lynn_inbound::REQUIREMENTS)
}

#[test]
fn a_variable_too_few_too_many_or_mistaken_is_found() {
    let fewer = |it: &mut Value| drop(it.as_object_mut().unwrap().remove(TABLE_NAME).unwrap());
    assert_found(&after(fewer), "TABLE_NAME is not declared");
    assert_found(&after(|it| it["SPARE"] = json!("x")), "SPARE is not read");
    assert_found(
        &after(|it| it[INBOUND_QUEUE_URL] = json!("${OutboundQueue}")),
        "INBOUND_QUEUE_URL holds",
    );
}
