//! The alarms of a stack that are raised.

use aws_sdk_cloudwatch::types::StateValue;

use super::error::{OperatorError, explain};
use super::stack::Stack;

impl Stack {
    /// The stack's raised alarms, by their names in the template.
    pub async fn raised_alarms(&self) -> Result<Vec<String>, OperatorError> {
        let prefix = format!("{}-", self.outputs().stack());
        // Alarms of other stacks whose names begin alike may fill whole pages.
        let mut pages = aws_sdk_cloudwatch::Client::new(self.config())
            .describe_alarms()
            .alarm_name_prefix(&prefix)
            .state_value(StateValue::Alarm)
            .into_paginator()
            .send();
        let mut raised = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| explain("cloudwatch:DescribeAlarms", &prefix, &error))?;
            let names = page.metric_alarms().iter().filter_map(|alarm| alarm.alarm_name());
            raised.extend(names.filter_map(|name| own_alarm(name, &prefix)));
        }
        Ok(raised)
    }
}

/// The name in the template, such as `DeadLettersAlarm`, of an alarm that CloudFormation named;
/// `None` for an alarm of another stack whose name begins alike.
fn own_alarm(name: &str, prefix: &str) -> Option<String> {
    let (logical, suffix) = name.strip_prefix(prefix)?.split_once('-')?;
    (logical.ends_with("Alarm") && !suffix.contains('-')).then(|| logical.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_told_by_its_name_in_the_template() {
        let own = |name| own_alarm(name, "bridge-");
        assert_eq!(own("bridge-DeadLettersAlarm-1A2B").as_deref(), Some("DeadLettersAlarm"));
        assert_eq!(own("bridge-two-DeadLettersAlarm-1A2B"), None);
        assert_eq!(own("other-DeadLettersAlarm-1A2B"), None);
    }
}
