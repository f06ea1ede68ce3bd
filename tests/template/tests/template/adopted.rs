//! A table and queues of an earlier stack or of a restored backup: the stack uses them as they are
//! and creates none of its own.

use serde_json::Value;

use crate::known::FUNCTIONS;
use crate::resolve::Scope;
use crate::template::Template;

const QUEUES: [(&str, &str); 4] = [
    ("ExistingInboundQueueName", "in.fifo"),
    ("ExistingInboundDeadLetterQueueName", "in-dead.fifo"),
    ("ExistingOutboundQueueName", "out.fifo"),
    ("ExistingOutboundDeadLetterQueueName", "out-dead.fifo"),
];
const TABLE: (&str, &str) = ("ExistingTableName", "bridge-restored");

fn variables(template: &Template, name: &str) -> Value {
    template.function(name)["Environment"]["Variables"].clone()
}

#[test]
fn an_existing_table_takes_the_place_of_a_new_one_everywhere() {
    let template = Template::whole(&[TABLE]);
    assert!(template.resource("Table").is_null());
    assert!(!template.text().contains("${Table"), "something refers to a table that is not there");
    let arn =
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/bridge-restored";
    // The permissions are the same, but on the other table.
    let made = Template::read();
    for (name, _) in FUNCTIONS {
        let role = |template: &Template| template.properties(&format!("{name}Role")).to_string();
        assert_eq!(role(&template), role(&made).replace("${Table.Arn}", arn), "{name}");
        let table = variables(&made, name)["TABLE_NAME"].clone();
        if !table.is_null() {
            assert_eq!(variables(&template, name)["TABLE_NAME"], "bridge-restored", "{name}");
        }
    }
    assert!(template.outputs().contains(&("TableName", &"bridge-restored".into())));
}

#[test]
fn existing_queues_take_the_place_of_new_ones_everywhere() {
    let template = Template::whole(&QUEUES);
    let (all, made) = (template.text(), Template::read());
    for (parameter, queue) in QUEUES {
        let logical = parameter.trim_start_matches("Existing").trim_end_matches("Name");
        assert!(template.resource(logical).is_null(), "{logical}");
        assert!(!all.contains(&format!("${{{logical}}}")), "something refers to {logical}");
        assert!(!all.contains(&format!("${{{logical}.")), "something refers to {logical}");
        let url =
            format!("https://sqs.${{AWS::Region}}.${{AWS::URLSuffix}}/${{AWS::AccountId}}/{queue}");
        assert!(template.outputs().contains(&(&format!("{logical}Url"), &url.as_str().into())));
        let over_tls = template.properties("QueuesOverTlsOnly")["Queues"].as_array().unwrap();
        assert!(over_tls.contains(&url.into()), "{logical}");
    }
    for (name, _) in FUNCTIONS {
        let role = |template: &Template| template.properties(&format!("{name}Role")).to_string();
        let mut expected = role(&made);
        for (logical, queue) in [("InboundQueue", "in.fifo"), ("OutboundQueue", "out.fifo")] {
            let arn =
                format!("arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{queue}");
            expected = expected.replace(&format!("${{{logical}.Arn}}"), &arn);
        }
        assert_eq!(role(&template), expected, "{name}");
    }
    for (function, queue) in [("GenesysSender", "in.fifo"), ("LynnSender", "out.fifo")] {
        let source = &template.function(function)["Events"]["Drain"]["Properties"]["Queue"];
        assert!(source.as_str().unwrap().ends_with(&format!(":{queue}")), "{source}");
    }
    for (alarm, queue) in [
        ("InboundAgeAlarm", "in.fifo"),
        ("OutboundBacklogAlarm", "out.fifo"),
        ("InboundDeadLetterQueueAlarm", "in-dead.fifo"),
    ] {
        assert_eq!(template.properties(alarm)["Dimensions"][0]["Value"], queue, "{alarm}");
    }
}

/// Whether the rules of the template accept these parameters.
fn admitted(parameters: &[(&str, &str)]) -> bool {
    let source = Template::source();
    let scope = Scope::new(&source, parameters);
    source["Rules"].as_object().unwrap().values().all(|rule| {
        let concerned = rule["RuleCondition"].is_null() || scope.is_true(&rule["RuleCondition"]);
        let mut assertions = rule["Assertions"].as_array().unwrap().iter();
        !concerned || assertions.all(|assertion| scope.is_true(&assertion["Assert"]))
    })
}

#[test]
fn queues_are_named_all_or_none_and_a_domain_has_its_certificate() {
    assert!(admitted(&[]) && admitted(&QUEUES) && admitted(&[TABLE]));
    for place in 0..QUEUES.len() {
        assert!(!admitted(&QUEUES[place..=place]), "{:?}", QUEUES[place]);
    }
    let domain = ("DomainName", "bridge.example.com");
    assert!(!admitted(&[domain]));
    assert!(admitted(&[
        domain,
        ("CertificateArn", "arn:aws:acm:us-east-1:123456789012:certificate/1")
    ]));
}
