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
fn the_prefix_that_was_given_is_told() {
    let template = Template::with(&[("SecretPrefix", "team/bridge")]);
    assert!(template.outputs().contains(&("SecretPrefix", &json!("team/bridge"))));
}
