//! The outputs that people paste and programs read.

use serde_json::json;

use crate::known::SOURCE;
use crate::template::Template;

#[test]
fn the_outputs_are_there() {
    let template = Template::read();
    let mut outputs = template.outputs();
    outputs.sort_by_key(|(name, _)| *name);
    let expected = [
        ("ApiUrl", "${HttpApi.ApiEndpoint}"),
        ("ConversationSchedulerFunction", "${ConversationSchedulerFunction}"),
        ("EventsDeadLetterQueueUrl", "${EventsDeadLetterQueue}"),
        ("GenesysEventBus", SOURCE),
        ("GenesysEventsFunction", "${GenesysEventsFunction}"),
        ("GenesysSenderFunction", "${GenesysSenderFunction}"),
        ("GenesysWebhookFunction", "${GenesysWebhookFunction}"),
        ("GenesysWebhookUrl", "${HttpApi.ApiEndpoint}/genesys/{integration}"),
        ("InboundDeadLetterQueueUrl", "${InboundDeadLetterQueue}"),
        ("InboundQueueUrl", "${InboundQueue}"),
        ("LynnInboundFunction", "${LynnInboundFunction}"),
        ("LynnSenderFunction", "${LynnSenderFunction}"),
        ("LynnUrl", "${HttpApi.ApiEndpoint}/lynn/{integration}"),
        ("MediaBucket", "${MediaBucket}"),
        ("OutboundDeadLetterQueueUrl", "${OutboundDeadLetterQueue}"),
        ("OutboundQueueUrl", "${OutboundQueue}"),
        ("SecretPrefix", "${AWS::StackName}"),
        ("TableName", "${Table}"),
    ];
    let expected = expected.map(|(name, value)| (name, json!(value)));
    let outputs: Vec<_> = outputs.into_iter().map(|(name, value)| (name, value.clone())).collect();
    assert_eq!(outputs, expected);
}

#[test]
fn with_a_domain_every_url_is_under_it() {
    let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1";
    let domain = [("DomainName", "bridge.example.com"), ("CertificateArn", certificate)];
    let template = Template::whole(&domain);
    let outputs: std::collections::BTreeMap<_, _> = template.outputs().into_iter().collect();
    for (name, value) in [
        ("ApiUrl", "https://bridge.example.com"),
        ("GenesysWebhookUrl", "https://bridge.example.com/genesys/{integration}"),
        ("LynnUrl", "https://bridge.example.com/lynn/{integration}"),
        ("DomainTarget", "${ApiDomain.RegionalDomainName}"),
    ] {
        assert_eq!(outputs[name], value);
    }
    for function in ["GenesysSender", "LynnSender"] {
        let variables = &template.function(function)["Environment"]["Variables"];
        assert_eq!(variables["MEDIA_BASE_URL"], "https://bridge.example.com", "{function}");
    }
    let made = &template.properties("ApiDomain")["DomainNameConfigurations"][0];
    assert_eq!(made["CertificateArn"], certificate);
    let mapping = template.properties("ApiDomainMapping");
    assert_eq!(
        (&mapping["ApiId"], &mapping["DomainName"]),
        (&json!("${HttpApi}"), &json!("${ApiDomain}"))
    );
    for name in ["ApiDomain", "ApiDomainMapping"] {
        assert!(Template::read().resource(name).is_null(), "{name}");
    }
}

#[test]
fn the_prefix_that_was_given_is_told() {
    let template = Template::with(&[("SecretPrefix", "team/bridge")]);
    assert!(template.outputs().contains(&("SecretPrefix", &json!("team/bridge"))));
}
