//! Every alarm of the deployed stack goes off: `bridge doctor` names it like its entry in the
//! runbook.

use aws_sdk_cloudwatch::types::StateValue;

use super::{alarm, entries, examined};
use crate::harness::Harness;

mod alone {
    use super::*;

    #[tokio::test]
    async fn every_alarm_that_rings_is_named_by_the_doctor_as_its_entry() {
        let harness = Harness::start().await;
        let stack = harness.stack();
        let cloudwatch = aws_sdk_cloudwatch::Client::new(&stack.config());
        let ring = async |state: StateValue| {
            for name in entries() {
                let name = alarm(stack, name).await.alarm_name().expect("a name").to_owned();
                let set = cloudwatch.set_alarm_state().alarm_name(name).state_value(state.clone());
                set.state_reason("a test").send().await.expect("it is set");
            }
        };
        ring(StateValue::Alarm).await;
        let (outcome, reason) = examined(&harness, "alarms").await;
        ring(StateValue::Ok).await;
        assert_eq!(outcome, "fail", "{reason}");
        let ringing = reason.strip_prefix("ringing: ").expect("names");
        let (mut ringing, mut known) = (ringing.split(", ").collect::<Vec<_>>(), entries());
        ringing.sort_unstable();
        known.sort_unstable();
        assert_eq!(ringing, known);
        assert_eq!(examined(&harness, "alarms").await, ("ok".to_owned(), "none rings".to_owned()));
    }
}
