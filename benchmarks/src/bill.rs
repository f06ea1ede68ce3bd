//! Computes the cost of a million events of one kind, and of a month without events.
//!
//! Rule: counts are measured. A value that cannot be measured on one machine is a constant here,
//! and its comment says so.

use crate::journey::Use;
use crate::prices::{self, Price};

/// The template's defaults, in GB: `ReceiverMemory` and `SenderMemory`.
const RECEIVER_MEMORY: f64 = 0.25;
const SENDER_MEMORY: f64 = 0.125;
/// Lambda gives one whole processor at 1,769 MB, and a proportional share below that.
const WHOLE_PROCESSOR: f64 = 1769.0 / 1024.0;
/// Assumed milliseconds of each kind of call inside a region, and of a call to a vendor. Only a run
/// on AWS could measure them.
const ASSUMED_MILLISECONDS: &[(&str, f64)] = &[
    ("SendMessage", 10.0),
    ("GetItem", 5.0),
    ("BatchGetItem", 5.0),
    ("UpdateItem", 8.0),
    ("TransactWriteItems", 15.0),
    ("vendor", 150.0),
];
/// The access log line of each request, with its 26 bytes. Lambda's own lines are switched off.
const ACCESS_LINE_BYTES: f64 = 109.0;
/// The line of metrics that each function writes in a minute: one for 23 messages, if there are a
/// million a month.
const METRICS_BYTES: f64 = 450.0 / 23.0;
/// CloudWatch counts this many additional bytes for each log line.
const LINE_BYTES: f64 = 26.0;
/// The bytes of a request to a vendor besides the counted ones: a token of 90 bytes, the names of
/// real hosts, and TLS records with their acknowledgements.
const BESIDES_BYTES: f64 = 200.0;
/// Lambda's event source polls an idle queue with five long polls of 20 seconds.
const IDLE_POLLS_A_MONTH: f64 = 5.0 * 3.0 * 60.0 * 730.0;

#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// The number of measured events.
    pub events: u32,
    /// Used by all measured events, in the receiver and in the sender.
    pub used: (Use, Use),
}

/// A line of a bill.
#[derive(Clone, Debug)]
pub struct Line {
    pub what: &'static str,
    pub units: f64,
    pub price: Price,
}

impl Line {
    /// Dollars for a million events.
    pub fn dollars(&self) -> f64 {
        self.units * self.price.of_one() * 1e6
    }
}

impl Kind {
    /// The calls of an operation for one event, by both functions.
    pub fn calls(&self, operation: &str) -> f64 {
        self.each(self.used.0.usage.of(operation) + self.used.1.usage.of(operation))
    }

    /// The milliseconds that the receiver and the sender are billed for one event.
    pub fn milliseconds(&self) -> (f64, f64) {
        (self.billed(&self.used.0, RECEIVER_MEMORY), self.billed(&self.used.1, SENDER_MEMORY))
    }

    /// The receiver and the sender at another memory: the milliseconds of its own work, and the
    /// dollars for a million events.
    pub fn at_memory(&self, memory: f64) -> [(f64, f64); 2] {
        [&self.used.0, &self.used.1].map(|used| {
            let seconds = self.billed(used, memory) / 1e3;
            (self.own(used, memory), seconds * memory * prices::LAMBDA_TIME.of_one() * 1e6)
        })
    }

    /// The usage of one event, when each event is a batch of its own.
    pub fn lines(&self) -> Vec<Line> {
        let line = |what, units, price| Line { what, units, price };
        let (receiver, sender) = self.milliseconds();
        let sum = |of: fn(&Use) -> u64| self.each(of(&self.used.0) + of(&self.used.1));
        let logged = sum(|used| used.logged) + 2.0 * (LINE_BYTES + METRICS_BYTES);
        let out = sum(|used| used.usage.bytes_to_vendors) + BESIDES_BYTES * self.calls("vendor");
        vec![
            line("API Gateway requests", 1.0, prices::HTTP_API_REQUEST),
            line("Lambda invocations", 2.0, prices::LAMBDA_REQUEST),
            line(
                "Lambda GB-seconds",
                (receiver * RECEIVER_MEMORY + sender * SENDER_MEMORY) / 1e3,
                prices::LAMBDA_TIME,
            ),
            // Each entry is sent once, received once and deleted once.
            line("SQS requests", sum(|used| used.usage.queue_chunks) + 2.0, prices::SQS_REQUEST),
            line("DynamoDB read units", sum(|used| used.usage.read_units), prices::READ_UNIT),
            line("DynamoDB write units", sum(|used| used.usage.write_units), prices::WRITE_UNIT),
            line("log bytes", logged + ACCESS_LINE_BYTES, prices::LOG),
            line("bytes to the vendors", out, prices::DATA_OUT),
        ]
    }

    fn each(&self, all: u64) -> f64 {
        // The counts are at most a few thousand.
        f64::from(u32::try_from(all).unwrap_or(u32::MAX)) / f64::from(self.events)
    }

    /// Processor time at the function's share of a processor, plus the assumed time of each call.
    /// Lambda rounds up.
    fn billed(&self, used: &Use, memory: f64) -> f64 {
        let calls = ASSUMED_MILLISECONDS
            .iter()
            .map(|(operation, time)| self.each(used.usage.of(operation)) * time);
        (self.own(used, memory) + calls.sum::<f64>()).ceil()
    }

    /// The milliseconds of processor time for an event, at the function's share of a processor.
    fn own(&self, used: &Use, memory: f64) -> f64 {
        let own = used.processor.as_secs_f64() * 1e3 / f64::from(self.events);
        own * WHOLE_PROCESSOR / memory.min(WHOLE_PROCESSOR)
    }
}

const HOURS_A_MONTH: f64 = 730.0;
/// Lambda replaces an instance that works each minute after some hours. Each new one reports a cold
/// start, and CloudWatch charges a metric for the hours in which it is reported.
const HOURS_WITH_A_COLD_START: f64 = HOURS_A_MONTH / 2.0;
/// The scheduler's runs, each with 16 queries of half a read unit.
const RUNS_A_MONTH: f64 = HOURS_A_MONTH * 60.0;
const READ_UNITS_OF_A_RUN: f64 = 8.0;
/// Assumed: the queries run side by side.
const SECONDS_OF_A_RUN: f64 = 0.05;

/// The cost of a month with one integration and no events. The caller counts the alarms.
pub fn month(alarms: usize) -> Vec<(String, f64)> {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let metric = prices::METRIC.dollars * HOURS_WITH_A_COLD_START / HOURS_A_MONTH;
    let alarm = number(alarms) * prices::ALARM.dollars;
    let polls = 2.0 * IDLE_POLLS_A_MONTH * prices::SQS_REQUEST.of_one();
    let run = prices::LAMBDA_REQUEST.of_one()
        + SECONDS_OF_A_RUN * RECEIVER_MEMORY * prices::LAMBDA_TIME.of_one()
        + READ_UNITS_OF_A_RUN * prices::READ_UNIT.of_one();
    vec![
        ("one metric, the scheduler's cold starts, for the hours with one".to_owned(), metric),
        (format!("{alarms} alarms"), alarm),
        ("2 secrets for each integration".to_owned(), 2.0 * prices::SECRET.dollars),
        ("the secret with their names".to_owned(), prices::SECRET.dollars),
        ("two idle queues, asked by Lambda's event sources".to_owned(), polls),
        ("the scheduler's run each minute".to_owned(), run * RUNS_A_MONTH),
    ]
}

/// The milliseconds billed for a refusal: the function computes a signature and makes no call.
const REFUSAL_MILLISECONDS: f64 = 10.0;
/// The log line of a refusal.
const REFUSAL_LINE_BYTES: f64 = 300.0;

/// The cost of a million requests or events that carry no message. Computed, not measured.
pub fn besides() -> Vec<(&'static str, f64)> {
    let time = REFUSAL_MILLISECONDS / 1e3 * RECEIVER_MEMORY * prices::LAMBDA_TIME.of_one() * 1e6;
    let logged = REFUSAL_LINE_BYTES + LINE_BYTES + ACCESS_LINE_BYTES;
    let lines = logged * prices::LOG.of_one() * 1e6;
    let refused = prices::HTTP_API_REQUEST.dollars + prices::LAMBDA_REQUEST.dollars + time + lines;
    vec![
        (
            "events of the whole organisation on the bus, which a rule leaves out",
            prices::EVENT.dollars,
        ),
        ("requests that are refused, a stranger's flood", refused),
    ]
}

/// The cost of what an account may add to a month.
pub fn options() -> [(&'static str, f64); 2] {
    [
        ("five alarms on functions that Lambda does not start, ThrottleAlarms=yes", 0.5),
        ("the dashboard, where the account has three others", prices::DASHBOARD.dollars),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_million_costs_what_one_event_uses() {
        let mut used = (Use::default(), Use::default());
        used.0.usage.calls.insert("SendMessage".to_owned(), 10);
        used.0.usage.queue_chunks = 10;
        used.1.usage.write_units = 40;
        used.1.processor = Duration::from_millis(1);
        let kind = Kind { name: "tested", events: 10, used };
        let dollars =
            |what| kind.lines().into_iter().find(|line| line.what == what).unwrap().dollars();
        assert_eq!(kind.milliseconds(), (10.0, 2.0));
        assert!((dollars("SQS requests") - 1.5).abs() < 1e-9);
        assert!((dollars("DynamoDB write units") - 2.5).abs() < 1e-9);
        assert!(
            (dollars("Lambda GB-seconds") - (0.01 * 0.25 + 0.002 * 0.125) * 16.666_7).abs() < 1e-6
        );
    }
}
