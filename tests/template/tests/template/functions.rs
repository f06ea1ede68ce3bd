//! Each function is built from its own crate, has the common settings, and has its own role and
//! log.

use std::collections::BTreeSet;

use aws::requirements::Requirements;
use serde_json::{Value, json};

use crate::known::{FUNCTIONS, assert_found, assert_none};
use crate::template::{FUNCTION, ROOT, Template, referred};

/// The HTTP API gives up a call after 30 s, so a function that it calls must answer before, in
/// seconds.
const API_PATIENCE: u64 = 29;

fn findings(template: &Template, name: &str, requirements: &Requirements) -> Vec<String> {
    let function = template.function(name);
    let metadata = &template.resource(&format!("{name}Function"))["Metadata"];
    let mut findings = Vec::new();
    let mut expect = |what: &str, found: &Value, wanted: Value| {
        if *found != wanted {
            findings.push(format!("{name}: {what}: {found}"));
        }
    };
    expect("role", &function["Role"], json!(format!("${{{name}Role.Arn}}")));
    expect("build", &metadata["BuildMethod"], json!("rust-cargolambda"));
    expect("binary", &metadata["BuildProperties"]["Binary"], json!(requirements.function));
    expect("code", &function["CodeUri"], json!(format!("functions/{}", requirements.function)));
    expect("runtime", &function["Runtime"], json!("provided.al2023"));
    expect("handler", &function["Handler"], json!("bootstrap"));
    expect("architecture", &function["Architectures"], json!(["x86_64"]));
    expect("traces", &function["Tracing"], json!("PassThrough"));
    // Lambda passes on the program's lines, which are JSON, and of its own those about trouble.
    expect("log format", &function["LoggingConfig"]["LogFormat"], json!("JSON"));
    let program = &function["LoggingConfig"]["ApplicationLogLevel"];
    expect("the program's lines", program, json!("DEBUG"));
    expect("Lambda's lines", &function["LoggingConfig"]["SystemLogLevel"], json!("WARN"));
    let log_group = &function["LoggingConfig"]["LogGroup"];
    expect("log group", log_group, json!(format!("${{{name}LogGroup}}")));
    let kept = &template.properties(referred(log_group).unwrap_or_default())["RetentionInDays"];
    expect("days that the log is kept", kept, json!(30));
    let mut events = function["Events"].as_object().into_iter().flatten();
    let called = events.any(|(_, event)| event["Type"] == "HttpApi");
    if called && function["Timeout"].as_u64().is_none_or(|timeout| timeout > API_PATIENCE) {
        findings.push(format!("{name}: the API does not wait for it"));
    }
    findings
}

#[test]
fn every_function_is_its_own_crate_role_and_log() {
    let template = Template::read();
    for (name, requirements) in FUNCTIONS {
        assert_none(&findings(&template, name, &requirements));
        let manifest = format!("{ROOT}/functions/{}/Cargo.toml", requirements.function);
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains(&format!("name = \"{}\"", requirements.function)), "{name}");
    }
}

#[test]
fn the_template_has_these_functions_and_no_others() {
    let template = Template::read();
    let functions: BTreeSet<_> =
        template.of_type(FUNCTION).into_iter().map(|(name, _)| name.to_owned()).collect();
    let known: BTreeSet<_> = FUNCTIONS.iter().map(|(name, _)| format!("{name}Function")).collect();
    assert_eq!(functions, known);
    assert!(template.of_type("AWS::Lambda::").is_empty());
}

#[test]
fn every_log_group_forgets() {
    let template = Template::whole(&[("LogRetentionDays", "7")]);
    let groups = template.of_type("AWS::Logs::LogGroup");
    assert_eq!(groups.len(), FUNCTIONS.len() + 1);
    for (name, group) in groups {
        assert_eq!(group["Properties"]["RetentionInDays"], "7", "{name}");
    }
}

#[test]
fn the_architecture_can_be_chosen() {
    let parameter = &Template::source()["Parameters"]["Architecture"];
    assert_eq!(parameter["AllowedValues"], json!(["x86_64", "arm64"]));
    let template = Template::with(&[("Architecture", "arm64")]);
    assert_eq!(template.function("LynnSender")["Architectures"], json!(["arm64"]));
}

#[test]
fn what_takes_requests_can_be_kept_room_for_and_nothing_else_is() {
    for (name, _) in FUNCTIONS {
        let reserved =
            |template: &Template| template.function(name)["ReservedConcurrentExecutions"].clone();
        assert!(reserved(&Template::read()).is_null(), "{name}");
        let kept = reserved(&Template::whole(&[("ReceiverReservedConcurrency", "20")]));
        let takes_requests = ["GenesysWebhook", "LynnInbound"].contains(&name);
        assert_eq!(kept, if takes_requests { json!("20") } else { Value::Null }, "{name}");
    }
    // The two senders and the functions that take requests fit even a low account limit of 50.
    assert_eq!(Template::source()["Parameters"]["SenderMaximumConcurrency"]["Default"], 5);
}

#[test]
fn a_function_that_shares_or_lacks_something_is_found() {
    let after = |path: &str, value: Value| {
        let template = Template::read().change("LynnSenderFunction", path, |it| *it = value);
        findings(&template, "LynnSender", &lynn_sender::REQUIREMENTS)
    };
    assert_found(&after("/Properties/Role", json!("${LynnInboundRole.Arn}")), "LynnSender: role");
    assert_found(
        &after("/Properties/LoggingConfig/LogFormat", json!("Text")),
        "LynnSender: log format",
    );
    assert_found(
        &after("/Properties/LoggingConfig/LogGroup", json!("${LynnInboundLogGroup}")),
        "LynnSender: log group",
    );
    assert_found(
        &after("/Metadata/BuildProperties/Binary", json!("lynn-inbound")),
        "LynnSender: binary",
    );
    let forever =
        Template::read()
            .change("LynnInboundLogGroup", "/Properties/RetentionInDays", |it| *it = Value::Null);
    let requirements = lynn_inbound::REQUIREMENTS;
    assert_found(&findings(&forever, "LynnInbound", &requirements), "days that the log is kept");
    let slow =
        Template::read().change("LynnInboundFunction", "/Properties/Timeout", |it| *it = json!(30));
    assert_found(&findings(&slow, "LynnInbound", &requirements), "the API does not wait for it");
}
