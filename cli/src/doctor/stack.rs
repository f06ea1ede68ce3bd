//! What only a deployed stack has: queues in SQS, secrets and their keys, alarms.

use std::time::Duration;

use aws::METRICS_NAMESPACE;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, StateValue, Statistic};
use aws_sdk_sqs::types::QueueAttributeName;
use clients::SystemClock;
use shared::ids::IntegrationName;
use shared::ports::{Clock as _, Direction};

use super::queues::{self, Waiting};
use super::{Check, Finding, Observation, Unavailable, concurrency, event_bus};
use crate::aws::sdk_error::explain;
use crate::operator::dead_letters::queues as dead_letter_queues;
use crate::operator::stack::Stack;

/// The period in which the age of the oldest message is looked up, in seconds: CloudWatch lags some
/// minutes behind.
const LOOKED_BACK_SECONDS: i64 = 600;
/// The queue of events that `genesys-events` could not process; `bridge dead-letters` does not
/// redrive it.
const EVENTS: &str = "events";

/// The findings that are not about one integration.
pub async fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for direction in [Direction::Inbound, Direction::Outbound] {
        let waiting = waiting(stack, direction).await.map_err(Unavailable::from);
        findings.push(queues::assess(direction, waiting));
    }
    findings.push(assess_dead(dead(stack).await.map_err(Unavailable::from)));
    findings.push(concurrency::check(stack).await);
    findings.push(assess_alarms(ringing(stack).await.map_err(Unavailable::from)));
    findings.extend(event_bus::check(stack).await);
    findings
}

async fn waiting(stack: &Stack, direction: Direction) -> anyhow::Result<Waiting> {
    let url = stack.queue_url(direction)?;
    let kinds = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let ask = stack.sqs.get_queue_attributes().queue_url(url);
    let answer = ask.set_attribute_names(Some(kinds.to_vec())).send().await;
    let answer = answer.map_err(|error| explain("sqs:GetQueueAttributes", url, &error))?;
    let found = answer.attributes.unwrap_or_default();
    let [ready, delayed, in_hand] =
        kinds.map(|kind| found.get(&kind).and_then(|text| text.parse().ok()).unwrap_or(0_u64));
    let entries = ready + delayed + in_hand;
    // Without the permission for CloudWatch, only the counts are judged.
    let oldest =
        if entries > 0 { oldest(stack, direction, url).await.ok().flatten() } else { None };
    Ok(Waiting { entries, in_hand: Some(in_hand), oldest })
}

/// How long the oldest message of a queue has waited, from CloudWatch. SQS leaves out messages that
/// were received several times; the bridge reports those itself.
async fn oldest(
    stack: &Stack,
    direction: Direction,
    url: &str,
) -> anyhow::Result<Option<Duration>> {
    let queue = url.rsplit('/').next().unwrap_or_default();
    let of_queue = [("QueueName", queue)];
    let told = latest(stack, "AWS/SQS", "ApproximateAgeOfOldestMessage", &of_queue).await?;
    let of_bridge = [("Stack", stack.outputs.stack()), ("Direction", direction.name())];
    let tried = latest(stack, METRICS_NAMESPACE, "WaitingAge", &of_bridge).await?;
    let seconds = [told, tried.map(|milliseconds| milliseconds / 1000.0)];
    let longest = seconds.into_iter().flatten().reduce(f64::max);
    Ok(longest.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}

/// The latest of the maximum values of a metric.
async fn latest(
    stack: &Stack,
    namespace: &str,
    name: &str,
    dimensions: &[(&str, &str)],
) -> anyhow::Result<Option<f64>> {
    let now = SystemClock.now().seconds();
    let dimension =
        |(name, value): &(&str, &str)| Dimension::builder().name(*name).value(*value).build();
    let answer = aws_sdk_cloudwatch::Client::new(&stack.config)
        .get_metric_statistics()
        .namespace(namespace)
        .metric_name(name)
        .set_dimensions(Some(dimensions.iter().map(dimension).collect()))
        .start_time(DateTime::from_secs(now - LOOKED_BACK_SECONDS))
        .end_time(DateTime::from_secs(now))
        .period(60)
        .statistics(Statistic::Maximum)
        .send()
        .await
        .map_err(|error| explain("cloudwatch:GetMetricStatistics", name, &error))?;
    let latest =
        answer.datapoints().iter().max_by_key(|point| point.timestamp().map(DateTime::secs));
    Ok(latest.and_then(aws_sdk_cloudwatch::types::Datapoint::maximum))
}

/// The number of records that the functions could not process, by queue.
async fn dead(stack: &Stack) -> anyhow::Result<Vec<(&'static str, u64)>> {
    let mut found = Vec::new();
    for (name, output) in [
        ("inbound", "InboundDeadLetterQueueUrl"),
        ("outbound", "OutboundDeadLetterQueueUrl"),
        (EVENTS, "EventsDeadLetterQueueUrl"),
    ] {
        if let Ok(url) = stack.outputs.get(output) {
            found.push((name, dead_letter_queues::length(&stack.sqs, url).await?));
        }
    }
    Ok(found)
}

fn assess_dead(seen: Observation<Vec<(&'static str, u64)>>) -> Finding {
    let check = Check::DeadLetterQueues;
    let queues = match seen {
        Err(unavailable) => return unavailable.finding(check),
        Ok(queues) => queues,
    };
    let full = queues.iter().filter(|(_, count)| *count > 0);
    let full: Vec<String> = full.map(|(name, count)| format!("{name}: {count}")).collect();
    if full.is_empty() {
        return check.ok("all empty");
    }
    let of_events = queues.iter().any(|(name, count)| *name == EVENTS && *count > 0);
    let of_senders = queues.iter().any(|(name, count)| *name != EVENTS && *count > 0);
    let mut action = "look for its errors in CloudWatch; after the repair".to_owned();
    if of_senders {
        action.push_str(", `bridge dead-letters redrive --queues`");
    }
    if of_events {
        action.push_str(
            ", give genesys-events its events again: docs/RUNBOOK.md, EventsDeadLetterQueueAlarm",
        );
    }
    let reason = format!("a function fails; put aside: {}", full.join(", "));
    check.fail(reason, action)
}

/// The stack's raised alarms, by their names in the template.
async fn ringing(stack: &Stack) -> anyhow::Result<Vec<String>> {
    let prefix = format!("{}-", stack.outputs.stack());
    // Alarms of other stacks whose names begin alike may fill whole pages.
    let mut pages = aws_sdk_cloudwatch::Client::new(&stack.config)
        .describe_alarms()
        .alarm_name_prefix(&prefix)
        .state_value(StateValue::Alarm)
        .into_paginator()
        .send();
    let mut ringing = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| explain("cloudwatch:DescribeAlarms", &prefix, &error))?;
        let names = page.metric_alarms().iter().filter_map(|alarm| alarm.alarm_name());
        ringing.extend(names.filter_map(|name| own_alarm(name, &prefix)));
    }
    Ok(ringing)
}

/// The name in the template, such as `DeadLettersAlarm`, of an alarm that CloudFormation named;
/// `None` for an alarm of another stack whose name begins alike.
fn own_alarm(name: &str, prefix: &str) -> Option<String> {
    let (logical, suffix) = name.strip_prefix(prefix)?.split_once('-')?;
    (logical.ends_with("Alarm") && !suffix.contains('-')).then(|| logical.to_owned())
}

fn assess_alarms(seen: Observation<Vec<String>>) -> Finding {
    let check = Check::Alarms;
    match seen {
        Err(unavailable) => unavailable.finding(check),
        Ok(ringing) if ringing.is_empty() => check.ok("none rings"),
        Ok(ringing) => check.fail(
            format!("ringing: {}", ringing.join(", ")),
            "read the alarm's description in CloudWatch: it has the meaning and the next step",
        ),
    }
}

/// Whether the functions can read both halves of an integration's configuration. The engineer has
/// read them already, and the roles of the template allow every name under the prefix; so only the
/// key that encrypts them is checked.
pub async fn secrets(stack: &Stack, integration: &IntegrationName) -> Finding {
    let keys = match stack.secrets.kms_keys(integration).await {
        Ok(keys) => keys,
        Err(error) => return Unavailable::from(error).finding(Check::SecretsReadable),
    };
    let parameter = |name| stack.outputs.parameter(name).unwrap_or_default();
    assess_keys(&keys, parameter("KmsKeyArn"), parameter("FormerKmsKeyArns"))
}

/// `current` is the stack's key; `former` are the keys that the functions' roles may still use,
/// separated by commas.
fn assess_keys(keys: &[Option<String>], current: &str, former: &str) -> Finding {
    let check = Check::SecretsReadable;
    // A key is named by its ARN, or by its id alone.
    let is_among = |keys: &str, key: &str| {
        let mut keys = keys.split(',').map(str::trim);
        keys.any(|it| it == key || it.ends_with(&format!("/{key}")))
    };
    let own = keys.iter().flatten().filter(|key| !key.ends_with("alias/aws/secretsmanager"));
    let others: Vec<&String> = own.filter(|key| !is_among(current, key)).collect();
    if let Some(key) = others.iter().find(|key| !is_among(former, key)) {
        return check.fail(
            format!(
                "a secret is encrypted with the key {key}, which the functions' roles may not use"
            ),
            "deploy with that key as KmsKeyArn or among FormerKmsKeyArns, or `bridge config push` with the stack's as --kms-key",
        );
    }
    match others.first() {
        None => check.ok("both exist, under names and a key that the functions' roles allow"),
        Some(key) => {
            let wanted = if current.is_empty() { "alias/aws/secretsmanager" } else { current };
            check.warn(
                format!(
                    "a secret is still encrypted with the former key {key}: it can no longer be read when the roles or the key are removed"
                ),
                format!(
                    "`bridge config push --kms-key {wanted}`, before you remove FormerKmsKeyArns"
                ),
            )
        }
    }
}

/// Whether both halves were stored by one push. After two pushes at once or an interrupted one,
/// callers of one file may be served by another.
pub async fn same_push(stack: &Stack, integration: &IntegrationName) -> Finding {
    let check = Check::SecretsTogether;
    match stack.secrets.are_together(integration).await {
        Err(error) => Unavailable::from(error).finding(check),
        Ok(Some(true)) => check.ok("both were stored by one push"),
        Ok(None) => {
            check.ok("which halves belong together was not recorded; a push records it")
        }
        Ok(Some(false)) => check.warn(
            "one of them was stored since without the other: by another push at the same time, by one that was interrupted, or by hand",
            "`bridge config push` with the wanted configuration, even if nothing changes",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn an_alarm_is_told_by_its_name_in_the_template() {
        let own = |name| own_alarm(name, "bridge-");
        assert_eq!(own("bridge-DeadLettersAlarm-1A2B").as_deref(), Some("DeadLettersAlarm"));
        assert_eq!(own("bridge-two-DeadLettersAlarm-1A2B"), None);
        assert_eq!(own("other-DeadLettersAlarm-1A2B"), None);
        assert_eq!(assess_alarms(Ok(vec!["DeadLettersAlarm".to_owned()])).outcome, Outcome::Fail);
        assert_eq!(assess_alarms(Ok(Vec::new())).outcome, Outcome::Ok);
    }

    #[test]
    fn a_key_that_the_functions_may_not_use_hides_a_secret() {
        let arn = "arn:aws:kms:eu-west-1:123456789012:key/k-1";
        let of = |key: Option<&str>, of_stack: &str| {
            let (current, former) = of_stack.split_once(',').unwrap_or((of_stack, ""));
            assess_keys(&[None, key.map(str::to_owned)], current, former).outcome
        };
        assert_eq!(of(None, ","), Outcome::Ok);
        assert_eq!(of(Some("alias/aws/secretsmanager"), ","), Outcome::Ok);
        assert_eq!([of(Some(arn), arn), of(Some("k-1"), arn)], [Outcome::Ok; 2]);
        assert_eq!([of(Some("k-2"), arn), of(Some(arn), ",")], [Outcome::Fail; 2]);
        let former = format!("{arn},{arn}2, {arn}3");
        let found = ["k-1", "k-13", "k-12"].map(|key| of(Some(key), &former));
        // A former key is accepted for reading for a while only.
        assert_eq!(found, [Outcome::Ok, Outcome::Warn, Outcome::Warn]);
    }

    #[test]
    fn a_queue_with_something_put_aside_is_named() {
        let found = assess_dead(Ok(vec![("inbound", 0), ("outbound", 3)]));
        assert_eq!(found.reason, "a function fails; put aside: outbound: 3");
        let told =
            |finding: Finding, words: &str| finding.action.unwrap_or_default().contains(words);
        let of = |queue| assess_dead(Ok(vec![(queue, 1)]));
        assert!(told(of("outbound"), "--queues") && !told(of("outbound"), "genesys-events"));
        assert!(told(of(EVENTS), "genesys-events") && !told(of(EVENTS), "--queues"));
        assert_eq!(assess_dead(Ok(vec![("inbound", 0)])).outcome, Outcome::Ok);
    }
}
