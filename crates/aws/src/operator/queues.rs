//! Reads how many events wait in the queues of a stack, and for how long.

use std::time::Duration;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Datapoint, Dimension, Statistic};
use aws_sdk_sqs::types::QueueAttributeName;
use clients::SystemClock;
use shared::ports::{Clock as _, Direction};

use super::error::{OperatorError, explain};
use super::stack::Stack;
use crate::metrics::NAMESPACE;

/// The period in which the age of the oldest message is looked up, in seconds: CloudWatch lags some
/// minutes behind.
const LOOKED_BACK_SECONDS: i64 = 600;

/// The events that wait in one queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    pub entries: u64,
    /// How many of them a sender is working on.
    pub in_hand: u64,
    /// How long the oldest has waited; `None` if that is not known.
    pub oldest: Option<Duration>,
}

impl Stack {
    /// Counts the events that wait for a sender, and those that it is working on.
    pub async fn waiting(&self, direction: Direction) -> Result<QueueState, OperatorError> {
        let url = self.queue_url(direction)?;
        let kinds = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let ask = self.sqs().get_queue_attributes().queue_url(url);
        let answer = ask.set_attribute_names(Some(kinds.to_vec())).send().await;
        let answer = answer.map_err(|error| explain("sqs:GetQueueAttributes", url, &error))?;
        let found = answer.attributes.unwrap_or_default();
        let [ready, delayed, in_hand] =
            kinds.map(|kind| found.get(&kind).and_then(|text| text.parse().ok()).unwrap_or(0_u64));
        let entries = ready + delayed + in_hand;
        // Without the permission for CloudWatch, only the counts are known.
        let oldest =
            if entries > 0 { oldest(self, direction, url).await.ok().flatten() } else { None };
        Ok(QueueState { entries, in_hand, oldest })
    }
}

/// How long the oldest message of a queue has waited, from CloudWatch. SQS leaves out messages that
/// were received several times; the bridge reports those itself.
async fn oldest(
    stack: &Stack,
    direction: Direction,
    url: &str,
) -> Result<Option<Duration>, OperatorError> {
    let queue = url.rsplit('/').next().unwrap_or_default();
    let of_queue = [("QueueName", queue)];
    let told = latest(stack, "AWS/SQS", "ApproximateAgeOfOldestMessage", &of_queue).await?;
    let of_bridge = [("Stack", stack.outputs().stack()), ("Direction", direction.name())];
    let tried = latest(stack, NAMESPACE, "WaitingAge", &of_bridge).await?;
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
) -> Result<Option<f64>, OperatorError> {
    let now = SystemClock.now().seconds();
    let dimension =
        |(name, value): &(&str, &str)| Dimension::builder().name(*name).value(*value).build();
    let answer = aws_sdk_cloudwatch::Client::new(stack.config())
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
    Ok(latest.and_then(Datapoint::maximum))
}
