//! Each role permits exactly what its function needs, no more and no less.

use std::collections::BTreeSet;

use aws::requirements::{Permission, Requirements, Resource};
use serde_json::{Value, json};

use crate::known::{FUNCTIONS, assert_found, assert_none};
use crate::template::{FUNCTION, Template, referred, texts};

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const SEND: &str = "sqs:SendMessage";
const LEADING_KEYS: &str = "dynamodb:LeadingKeys";
const OBSERVE: [(&str, &str); 2] =
    [("logs:CreateLogStream", "${LOG_GROUP.Arn}"), ("logs:PutLogEvents", "${LOG_GROUP.Arn}")];
/// The only permissions on `*`, and only if traces are enabled: X-Ray supports no narrower
/// resource.
const TRACE: [(&str, &str); 2] =
    [("xray:PutTelemetryRecords", "*"), ("xray:PutTraceSegments", "*")];

/// Errors in a function's role; `key` is the customer-managed key, if there is one.
fn findings(
    template: &Template,
    name: &str,
    requirements: &Requirements,
    key: Option<&str>,
) -> Vec<String> {
    let mut findings = Vec::new();
    let Some(role) = referred(&template.function(name)["Role"]) else {
        return vec![format!("{name}: no role of its own")];
    };
    let role = template.properties(role);
    for attached in ["ManagedPolicyArns", "PermissionsBoundary"] {
        if !role[attached].is_null() {
            findings.push(format!("{name}: {attached}, which these tests cannot see into"));
        }
    }
    let trusted = &role["AssumeRolePolicyDocument"]["Statement"];
    let only_lambda = json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "lambda.amazonaws.com" } }]);
    if *trusted != only_lambda {
        findings.push(format!("{name}: assumed by others than Lambda: {trusted}"));
    }
    let allowed: BTreeSet<String> = statements(role).flat_map(grants).collect();
    let needed = needed(template, name, requirements, key);
    findings.extend(allowed.difference(&needed).map(|it| format!("{name} may but need not: {it}")));
    findings
        .extend(needed.difference(&allowed).map(|it| format!("{name} needs but may not: {it}")));
    findings
}

/// Resources other than the functions' own roles that give permissions.
fn elsewhere(template: &Template) -> Vec<String> {
    let roles: BTreeSet<_> = FUNCTIONS
        .iter()
        .filter_map(|(name, _)| referred(&template.function(name)["Role"]))
        .collect();
    let all = template.of_type("AWS::IAM::").into_iter();
    let others = all.filter(|(name, it)| it["Type"] != "AWS::IAM::Role" || !roles.contains(name));
    let mut findings: Vec<_> =
        others.map(|(name, _)| format!("{name} gives permissions")).collect();
    for (name, function) in template.of_type(FUNCTION) {
        if !function["Properties"]["Policies"].is_null() {
            findings.push(format!("{name} has policies beside its role"));
        }
    }
    findings
}

fn statements(role: &Value) -> impl Iterator<Item = &Value> {
    let policies = role["Policies"].as_array().into_iter().flatten();
    policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
}

/// Splits a statement into single permissions, each for one action on one resource.
fn grants(statement: &Value) -> Vec<String> {
    let plain = ["Effect", "Action", "Resource", "Condition"];
    let keys = statement.as_object().unwrap().keys();
    if statement["Effect"] != "Allow" || keys.into_iter().any(|key| !plain.contains(&key.as_str()))
    {
        return vec![format!("{statement}")];
    }
    let things: Vec<_> = texts(&statement["Resource"])
        .into_iter()
        .flat_map(|it| things(it, &statement["Condition"]))
        .collect();
    let actions = texts(&statement["Action"]).into_iter();
    actions.flat_map(|action| things.iter().map(move |thing| grant(action, thing))).collect()
}

fn grant(action: &str, thing: &str) -> String {
    format!("{action} on {thing}")
}

/// A resource with its condition, in the words of [`needed`] where these tests know the condition.
fn things(resource: &str, condition: &Value) -> Vec<String> {
    if condition.is_null() {
        return vec![resource.to_owned()];
    }
    let keys = texts(&condition["ForAllValues:StringLike"][LEADING_KEYS]);
    let leading = json!({ "ForAllValues:StringLike": { LEADING_KEYS: keys } });
    if resource == "${Table.Arn}" && *condition == leading {
        return keys
            .into_iter()
            .map(|pattern| items(pattern.strip_suffix('*').unwrap_or("?")))
            .collect();
    }
    let services = &condition["StringEquals"]["kms:ViaService"];
    if *condition == json!({ "StringEquals": { "kms:ViaService": services } }) {
        return texts(services).into_iter().map(|service| via(resource, service)).collect();
    }
    vec![format!("{resource} if {condition}")]
}

fn items(prefix: &str) -> String {
    format!("items {prefix}…")
}

fn via(key: &str, service: &str) -> String {
    format!("{key} via {service}")
}

fn needed(
    template: &Template,
    name: &str,
    requirements: &Requirements,
    key: Option<&str>,
) -> BTreeSet<String> {
    let function = template.function(name);
    let log_group = function["LoggingConfig"]["LogGroup"].as_str().unwrap_or_default();
    let log_group = log_group.trim_start_matches("${").trim_end_matches('}');
    let traces = if function["Tracing"] == "Active" { &TRACE[..] } else { &[] };
    let observe = OBSERVE.iter().chain(traces);
    let observe =
        observe.map(|(action, thing)| grant(action, &thing.replace("LOG_GROUP", log_group)));
    let prefix = function["Environment"]["Variables"]["SECRET_PREFIX"].as_str().unwrap_or_default();
    let work = requirements.permissions.iter().flat_map(|permission| {
        let things = things_of(permission.resource, prefix);
        let actions = permission.actions.iter();
        actions.flat_map(move |action| {
            things.iter().map(|thing| grant(action, thing)).collect::<Vec<_>>()
        })
    });
    let keys = key.into_iter().flat_map(|key| {
        requirements.permissions.iter().flat_map(move |permission| uses_of_key(key, permission))
    });
    let puts_aside = puts_aside(function, key);
    observe.chain(work).chain(keys).chain(puts_aside).collect()
}

/// The permissions that Lambda itself needs in the function's role, to send events for which the
/// function failed to the dead-letter queue.
fn puts_aside(function: &Value, key: Option<&str>) -> Vec<String> {
    let failed = &function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"];
    let Some(queue) = failed.as_str() else { return Vec::new() };
    let uses = key.map(|key| uses_of_key_at(key, "sqs", &[SEND]));
    [grant(SEND, queue)].into_iter().chain(uses.into_iter().flatten()).collect()
}

fn things_of(resource: Resource, prefix: &str) -> Vec<String> {
    // The question marks match the six characters that Secrets Manager appends to every name. A
    // secret that does not exist has no such suffix; without the second form, the answer would be
    // "denied" instead of "unknown".
    let secret = |part: &str| {
        ["-??????", ""].map(|end| {
            format!(
                "arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{prefix}/*/{part}{end}"
            )
        })
    };
    let thing = match resource {
        Resource::Items(prefix) => items(prefix),
        Resource::Index(name) => format!("${{Table.Arn}}/index/{name}"),
        Resource::InboundQueue => "${InboundQueue.Arn}".to_owned(),
        Resource::OutboundQueue => "${OutboundQueue.Arn}".to_owned(),
        Resource::Copies => "${MediaBucket.Arn}/media/*".to_owned(),
        Resource::ReceiveSecrets => return secret("receive").to_vec(),
        Resource::SendSecrets => return secret("send").to_vec(),
    };
    vec![thing]
}

/// The uses of the key that a permission on encrypted data needs.
fn uses_of_key(key: &str, permission: &Permission) -> Vec<String> {
    let service = match permission.resource {
        Resource::Items(_) | Resource::Index(_) => "dynamodb",
        Resource::InboundQueue | Resource::OutboundQueue => "sqs",
        Resource::Copies => "s3",
        Resource::ReceiveSecrets | Resource::SendSecrets => "secretsmanager",
    };
    uses_of_key_at(key, service, permission.actions)
}

fn uses_of_key_at(key: &str, service: &str, actions: &[&str]) -> Vec<String> {
    let key = via(key, &format!("{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"));
    let mut uses = vec![grant("kms:Decrypt", &key)];
    if actions.contains(&SEND) || actions.contains(&"s3:PutObject") {
        uses.push(grant("kms:GenerateDataKey", &key));
    }
    uses
}

#[test]
fn every_role_may_do_what_its_function_needs_and_nothing_else() {
    let template = Template::read();
    for (name, requirements) in FUNCTIONS {
        assert_none(&findings(&template, name, &requirements, None));
    }
    assert_none(&elsewhere(&template));
}

#[test]
fn with_a_key_every_role_may_use_it_for_what_it_touches_and_nothing_else() {
    let template = Template::whole(&[("KmsKeyArn", KEY)]);
    for (name, requirements) in FUNCTIONS {
        assert_none(&findings(&template, name, &requirements, Some(KEY)));
    }
}

/// The permissions of a role, action by action.
fn allowed(template: &Template, role: &str) -> BTreeSet<String> {
    statements(template.properties(&format!("{role}Role"))).flat_map(grants).collect()
}

#[test]
fn what_lies_under_former_keys_can_be_read_and_nothing_is_written_with_them() {
    let former = ["11111111", "22222222"].map(|it| {
        format!("arn:aws:kms:us-east-1:123456789012:key/{it}-12ab-34cd-56ef-1234567890ab")
    });
    let list = former.join(",");
    for with_key in [true, false] {
        let key = with_key.then_some(("KmsKeyArn", KEY));
        let before = Template::whole(&key.into_iter().collect::<Vec<_>>());
        let after = Template::whole(
            &key.into_iter().chain([("FormerKmsKeyArns", list.as_str())]).collect::<Vec<_>>(),
        );
        for (name, requirements) in FUNCTIONS {
            let added: BTreeSet<String> =
                allowed(&after, name).difference(&allowed(&before, name)).cloned().collect();
            let reads = former.iter().flat_map(|key| {
                let uses = requirements.permissions.iter().flat_map(|it| uses_of_key(key, it));
                uses.chain(puts_aside(before.function(name), Some(key)))
            });
            let reads: BTreeSet<String> =
                reads.filter(|it| it.starts_with("kms:Decrypt")).collect();
            assert!(!reads.is_empty(), "{name}");
            assert_eq!(added, reads, "{name}");
        }
    }
}

#[test]
fn traces_are_written_only_where_they_are_asked_for() {
    let active = Template::whole(&[("Tracing", "Active")]);
    for (name, requirements) in FUNCTIONS {
        assert_none(&findings(&active, name, &requirements, None));
        assert!(allowed(&active, name).contains("xray:PutTraceSegments on *"), "{name}");
        assert!(!Template::read().text().contains("xray:"), "{name}");
    }
}

#[test]
fn with_a_prefix_every_role_reads_the_secrets_under_it_and_nothing_else() {
    let template = Template::whole(&[("SecretPrefix", "team/bridge")]);
    for (name, requirements) in FUNCTIONS {
        assert_none(&findings(&template, name, &requirements, None));
    }
    let read = &template.properties("LynnSenderRole")["Policies"];
    assert!(read.to_string().contains(":secret:team/bridge/*/send-??????"), "{read:#}");
}

#[test]
fn no_function_needs_all_of_something() {
    for (name, requirements) in FUNCTIONS {
        for permission in requirements.permissions {
            assert!(!permission.actions.iter().any(|action| action.contains('*')), "{name}");
            assert_ne!(permission.resource, Resource::Items(""), "{name}");
        }
    }
}

/// The findings after a change of the first statement of the role's own policy, for the function
/// that Genesys calls.
fn after(path: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let path = format!("/Properties/Policies/1/PolicyDocument/Statement{path}");
    let template = Template::read().change("GenesysWebhookRole", &path, change);
    findings(&template, "GenesysWebhook", &genesys_webhook::REQUIREMENTS, None)
}

#[test]
fn an_action_too_many_is_found() {
    let found = after("/0/Action", |it| *it = json!(["sqs:SendMessage", "sqs:PurgeQueue"]));
    assert_found(&found, "may but need not: sqs:PurgeQueue on ${OutboundQueue.Arn}");
    assert_found(&after("/0/Action", |it| *it = json!("sqs:*")), "may but need not: sqs:*");
}

#[test]
fn an_action_too_few_is_found() {
    assert_found(&after("/0/Action", |it| *it = json!([])), "needs but may not: sqs:SendMessage");
}

#[test]
fn a_resource_too_wide_is_found() {
    assert_found(
        &after("/0/Resource", |it| *it = json!("*")),
        "may but need not: sqs:SendMessage on *",
    );
    let both = json!(["${OutboundQueue.Arn}", "${InboundQueue.Arn}"]);
    assert_found(&after("/0/Resource", |it| *it = both), "sqs:SendMessage on ${InboundQueue.Arn}");
    let wider = |it: &mut Value| *it = it.as_str().unwrap().replace("receive", "*").into();
    assert_found(&after("/1/Resource/0", wider), "may but need not: secretsmanager:GetSecretValue");
}

#[test]
fn a_statement_of_another_kind_is_found() {
    let refused = json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" });
    assert_found(&after("", |it| it.as_array_mut().unwrap().push(refused)), "NotAction");
}

#[test]
fn items_without_the_condition_on_their_keys_are_found() {
    let requirements = lynn_inbound::REQUIREMENTS;
    let path = "/Properties/Policies/1/PolicyDocument/Statement/1";
    let without = Template::read().change("LynnInboundRole", path, |it| {
        it.as_object_mut().unwrap().remove("Condition").unwrap();
    });
    let found = findings(&without, "LynnInbound", &requirements, None);
    assert_found(&found, "may but need not: dynamodb:GetItem");
    let template = Template::read().change("LynnInboundRole", path, |it| {
        it["Condition"]["ForAllValues:StringLike"][LEADING_KEYS] = json!(["conv#*", "token#*"]);
    });
    let found = findings(&template, "LynnInbound", &requirements, None);
    assert_found(&found, "may but need not: dynamodb:GetItem on items token#…");
}

#[test]
fn an_index_too_many_or_mistaken_is_found() {
    let path = "/Properties/Policies/1/PolicyDocument/Statement/3";
    let after = |resource: Value| {
        let template =
            Template::read().change("GenesysEventsRole", path, |it| it["Resource"] = resource);
        findings(&template, "GenesysEvents", &genesys_events::REQUIREMENTS, None)
    };
    let every = after(json!("${Table.Arn}/index/*"));
    assert_found(&every, "may but need not: dynamodb:Query on ${Table.Arn}/index/*");
    assert_found(&every, "needs but may not: dynamodb:Query on ${Table.Arn}/index/by_index");
    let found = after(json!("${Table.Arn}/index/by_due"));
    assert_found(&found, "may but need not: dynamodb:Query on ${Table.Arn}/index/by_due");
    assert_found(&after(json!("${Table.Arn}")), "may but need not: dynamodb:Query on ${Table.Arn}");
}

#[test]
fn an_event_that_lambda_may_not_put_aside_is_found() {
    let path = "/Properties/Policies/1/PolicyDocument/Statement";
    let template = Template::read()
        .change("GenesysEventsRole", path, |it| drop(it.as_array_mut().unwrap().remove(1)));
    let found = findings(&template, "GenesysEvents", &genesys_events::REQUIREMENTS, None);
    assert_found(&found, "needs but may not: sqs:SendMessage on ${EventsDeadLetterQueue.Arn}");
    let template = Template::read().change("GenesysEventsFunction", "/Properties", |it| {
        drop(it.as_object_mut().unwrap().remove("EventInvokeConfig").unwrap());
    });
    let found = findings(&template, "GenesysEvents", &genesys_events::REQUIREMENTS, None);
    assert_found(&found, "may but need not: sqs:SendMessage on ${EventsDeadLetterQueue.Arn}");
}

#[test]
fn a_key_for_everything_is_found() {
    let path = "/Properties/Policies/2/PolicyDocument/Statement/0";
    let template = Template::with(&[("KmsKeyArn", KEY)]).change("LynnSenderRole", path, |it| {
        it.as_object_mut().unwrap().remove("Condition").unwrap();
    });
    let found = findings(&template, "LynnSender", &lynn_sender::REQUIREMENTS, Some(KEY));
    assert_found(&found, "may but need not: kms:Decrypt");
}

#[test]
fn permissions_from_elsewhere_are_found() {
    let path = "/Properties";
    let managed = Template::read().change("LynnSenderRole", path, |it| {
        it["ManagedPolicyArns"] = json!(["arn:aws:iam::aws:policy/AdministratorAccess"]);
    });
    let found = findings(&managed, "LynnSender", &lynn_sender::REQUIREMENTS, None);
    assert_found(&found, "ManagedPolicyArns");
    let added = Template::read().add("Extra", json!({ "Type": "AWS::IAM::Policy" }));
    assert_found(&elsewhere(&added), "Extra gives permissions");
    let beside = Template::read()
        .change("LynnSenderFunction", path, |it| it["Policies"] = json!(["AdministratorAccess"]));
    assert_found(&elsewhere(&beside), "has policies beside its role");
    let trusted = "/Properties/AssumeRolePolicyDocument/Statement/0/Principal";
    let open = Template::read().change("LynnSenderRole", trusted, |it| *it = json!("*"));
    let found = findings(&open, "LynnSender", &lynn_sender::REQUIREMENTS, None);
    assert_found(&found, "assumed by others than Lambda");
}
