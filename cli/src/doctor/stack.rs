//! The parts that only a deployed stack has: queues in SQS, secrets and their keys, alarms.

use aws::operator::{EVENTS, Stack};
use shared::ids::IntegrationName;
use shared::ports::Direction;

use super::check::Check;
use super::concurrency;
use super::event_bus;
use super::finding::Finding;
use super::queues::{self, Waiting};
use super::unavailable::{Observation, Unavailable};

/// The findings that are not about one integration.
pub async fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for direction in [Direction::Inbound, Direction::Outbound] {
        findings.push(queues::assess(direction, waiting(stack, direction).await));
    }
    findings.push(assess_dead(stack.put_aside().await.map_err(Unavailable::from)));
    findings.push(concurrency::check(stack).await);
    findings.push(assess_alarms(stack.raised_alarms().await.map_err(Unavailable::from)));
    findings.extend(event_bus::check(stack).await);
    findings
}

async fn waiting(stack: &Stack, direction: Direction) -> Observation<Waiting> {
    let found = stack.waiting(direction).await?;
    Ok(Waiting { entries: found.entries, in_hand: Some(found.in_hand), oldest: found.oldest })
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

/// Whether the functions can read both documents of an integration's configuration. The engineer
/// has read them already, and the roles of the template allow every name under the prefix; so only
/// the key that encrypts them is checked.
pub async fn secrets(stack: &Stack, integration: &IntegrationName) -> Finding {
    let keys = match stack.secrets().kms_keys(integration).await {
        Ok(keys) => keys,
        Err(error) => return Unavailable::from(error).finding(Check::SecretsReadable),
    };
    let parameter = |name| stack.outputs().parameter(name).unwrap_or_default();
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
        return check.fail(format!(
                "a secret is encrypted with the key {key}, which the functions' roles may not use"
            ),
            "deploy with that key as KmsKeyArn or among FormerKmsKeyArns, or `bridge config push` with the stack's as --kms-key",
        );
    }
    match others.first() {
        None => check.ok("both exist, under names and a key that the functions' roles allow"),
        Some(key) => {
            let wanted = if current.is_empty() { "alias/aws/secretsmanager" } else { current };
            check.warn(format!(
                    "a secret is still encrypted with the former key {key}: it can no longer be read when the roles or the key are removed"
                ),
                format!(
                    "`bridge config push --kms-key {wanted}`, before you remove FormerKmsKeyArns"
                ),
            )
        }
    }
}

/// Whether both documents were stored by one push. After two pushes at once or an interrupted one,
/// callers of one file may be served by another.
pub async fn same_push(stack: &Stack, integration: &IntegrationName) -> Finding {
    let check = Check::SecretsTogether;
    match stack.secrets().are_together(integration).await {
        Err(error) => Unavailable::from(error).finding(check),
        Ok(Some(true)) => check.ok("both were stored by one push"),
        Ok(None) => {
            check.ok("no push has recorded that the two documents belong together; the next push does")
        }
        Ok(Some(false)) => check.warn("one of them was stored since without the other: by another push at the same time, by one that was interrupted, or by hand",
            "`bridge config push` with the wanted configuration, even if nothing changes",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_raised_alarm_is_a_failure() {
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
