//! Parses Genesys' answers about a queue.
//!
//! Rule: parsing never fails; a number that the answer does not have is not known. Source:
//! `QueueObservationQueryResponse` and `EstimatedWaitTimePredictions`.

use serde_json::{Map, Value, json};

use super::object::{object, text};

/// The users of a queue who are on queue, one count for each state.
const ON_QUEUE: &str = "oOnQueueUsers";
const WAITING: &str = "oWaiting";
const MESSAGE: &str = "message";

/// The query for the observations of a queue.
pub fn observations_query(queue: &str) -> Value {
    let predicate = json!({ "type": "dimension", "dimension": "queueId", "operator": "matches",
                            "value": queue });
    json!({ "filter": { "type": "and", "predicates": [predicate] },
            "metrics": [ON_QUEUE, WAITING] })
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueObservations {
    /// The agents who are on queue.
    pub agents: Option<u64>,
    /// The messages that wait.
    pub waiting: Option<u64>,
}

impl QueueObservations {
    /// Parses the answer of `POST /api/v2/analytics/queues/observations/query`. Genesys leaves out
    /// the metrics that are 0.
    pub fn parse(bytes: &[u8]) -> Self {
        let body = object(bytes);
        let Some(results) = body.get("results").and_then(Value::as_array) else {
            return Self::default();
        };
        let results = results.iter().filter_map(Value::as_object);
        let sum = |metric: &'static str, of: fn(&str) -> bool| {
            let data = results.clone().filter(move |result| of(&media_type(result)));
            let data = data.filter_map(|result| result.get("data")?.as_array()).flatten();
            let counts = data.filter_map(Value::as_object).filter(|data| is(data, metric));
            counts.filter_map(|data| data.get("stats")?.get("count")?.as_f64()).sum::<f64>()
        };
        // Users belong to no media type.
        let agents = sum(ON_QUEUE, str::is_empty).max(sum(ON_QUEUE, is_message));
        let waiting = sum(WAITING, |media| media.is_empty() || is_message(media));
        Self { agents: Some(whole(agents)), waiting: Some(whole(waiting)) }
    }
}

/// Parses the answer of
/// `GET /api/v2/routing/queues/{queueId}/mediatypes/message/estimatedwaittime`, in seconds.
pub fn estimated_wait(bytes: &[u8]) -> Option<u64> {
    let body = object(bytes);
    let mut results = body.get("results")?.as_array()?.iter();
    let seconds = results.find_map(|result| result.get("estimatedWaitTimeSeconds")?.as_f64())?;
    Some(whole(seconds))
}

fn media_type(result: &Map<String, Value>) -> String {
    let group = result.get("group").and_then(Value::as_object);
    group.and_then(|group| text(group, "mediaType")).unwrap_or_default()
}

fn is_message(media_type: &str) -> bool {
    media_type.eq_ignore_ascii_case(MESSAGE)
}

fn is(data: &Map<String, Value>, metric: &str) -> bool {
    text(data, "metric").as_deref() == Some(metric)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float takes the nearest bound"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(results: &Value) -> QueueObservations {
        QueueObservations::parse(json!({ "results": results }).to_string().as_bytes())
    }

    fn count(metric: &str, qualifier: &str, count: u64) -> Value {
        json!({ "metric": metric, "qualifier": qualifier, "stats": { "count": count } })
    }

    #[test]
    fn agents_are_counted_in_every_state_and_waiting_messages_only() {
        let seen = observed(&json!([
            { "group": { "queueId": "q" },
              "data": [count(ON_QUEUE, "IDLE", 2), count(ON_QUEUE, "INTERACTING", 1)] },
            { "group": { "queueId": "q", "mediaType": "message" }, "data": [count(WAITING, "", 2)] },
            { "group": { "queueId": "q", "mediaType": "voice" }, "data": [count(WAITING, "", 7)] },
        ]));
        assert_eq!(seen, QueueObservations { agents: Some(3), waiting: Some(2) });
    }

    #[test]
    fn what_is_left_out_is_none_and_what_cannot_be_read_is_not_known() {
        let none = QueueObservations { agents: Some(0), waiting: Some(0) };
        assert_eq!(observed(&json!([])), none);
        assert_eq!(observed(&json!([{ "group": { "queueId": "q" } }, 5, { "data": [{}] }])), none);
        for unreadable in [&b"<html>"[..], b"{}", b"[]", b"{\"results\":5}"] {
            assert_eq!(QueueObservations::parse(unreadable), QueueObservations::default());
            assert_eq!(estimated_wait(unreadable), None);
        }
        let estimate = |body: Value| estimated_wait(body.to_string().as_bytes());
        let best = json!({ "formula": "BEST", "estimatedWaitTimeSeconds": 45 });
        assert_eq!(estimate(json!({ "results": [{ "formula": "ABANDON" }, best] })), Some(45));
        assert_eq!(estimate(json!({ "results": [] })), None);
    }
}
