//! The report of `bridge status` for a person.

use std::time::Duration;

use anstyle::Style;
use shared::about::{VERSION, commit};
use shared::ids::IntegrationName;
use shared::time::Timestamp;

use super::report::{Integration, Report};
use crate::count::counted;
use crate::operator::table::{layout, printable};
use crate::style::{self, Colours};

/// The screen; in colour, what failed is red and what waits is yellow. Integrations with trouble
/// come first.
pub fn lines(report: &Report, colours: Colours) -> Vec<String> {
    let at = report.at.to_text();
    let mut lines = vec![format!("bridge {VERSION} (commit {}), {at}", commit()), String::new()];
    if report.integrations.is_empty() {
        lines.push("There is no integration to show.".to_owned());
    } else {
        lines.extend(waiting(report, colours));
    }
    lines.push(String::new());
    lines.extend(dead_letters(report, colours));
    lines.extend(limits(report));
    lines.extend(report.notes.iter().map(|note| printable(note)));
    lines
}

/// The integrations, those with trouble first.
fn ordered(report: &Report) -> Vec<(&IntegrationName, &Integration)> {
    let mut all: Vec<_> = report.integrations.iter().collect();
    all.sort_by_key(|(_, integration)| !integration.has_trouble());
    all
}

fn waiting(report: &Report, colours: Colours) -> Vec<String> {
    let titles = ["INTEGRATION", "DIRECTION", "WAITING", "OLDEST", "NEXT ATTEMPT", "LAST FAILURE"];
    let mut rows = Vec::new();
    let mut styles = vec![None];
    for (name, integration) in ordered(report) {
        for (direction, lane) in integration.lanes() {
            styles.push(match (&lane.last_failure, lane.waiting) {
                (Some(_), _) => Some(style::BAD),
                (None, Some(0)) => None,
                (None, _) => Some(style::DOUBTFUL),
            });
            let failure = lane.last_failure.as_ref().map(|failure| {
                let ago = rough(Duration::from_millis(past(report.at, failure.at)));
                format!("{ago} ago: {}", failure.cause)
            });
            rows.push([
                name.to_string(),
                direction.name().to_owned(),
                lane.waiting.map_or("?".to_owned(), |waiting| waiting.to_string()),
                lane.oldest.map(rough).unwrap_or_default(),
                lane.next_attempt.map(|at| next(report.at, at)).unwrap_or_default(),
                failure.unwrap_or_default(),
            ]);
        }
    }
    let painted = layout(titles, &rows).into_iter().zip(styles);
    let paint = |(line, style): (String, Option<Style>)| match style {
        Some(style) => colours.paint(style, line),
        None => line,
    };
    painted.map(paint).collect()
}

fn dead_letters(report: &Report, colours: Colours) -> Vec<String> {
    let mut rows = Vec::new();
    for (name, integration) in ordered(report) {
        for (cause, count) in integration.causes() {
            rows.push([count.to_string(), name.to_string(), cause.to_owned()]);
        }
    }
    if rows.is_empty() {
        return vec!["No dead letters.".to_owned(), String::new()];
    }
    let mut lines = layout(["DEAD LETTERS", "INTEGRATION", "CAUSE"], &rows);
    for line in lines.iter_mut().skip(1) {
        *line = colours.paint(style::BAD, &*line);
    }
    lines.push(String::new());
    lines
}

fn limits(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for budget in &report.access_status.budgets {
        let left = match &budget.limit {
            Some(limit) => format!(
                "{} of {} requests left until {}",
                limit.left,
                limit.allowed,
                limit.until.to_text()
            ),
            None => "it did not run low in this minute".to_owned(),
        };
        let pause = match budget.paused_until {
            Some(until) => format!("; no calls until {}", until.to_text()),
            None => String::new(),
        };
        lines.push(format!("rate budget of OAuth client {}: {left}{pause}", budget.client));
    }
    for token in &report.access_status.tokens {
        let state = match token.expires_at {
            None => "none; the next call logs in".to_owned(),
            Some(at) if token.valid => format!("valid until {}", at.to_text()),
            Some(at) => format!("ended at {}; the next call logs in", at.to_text()),
        };
        lines.push(format!("{} token of client {}: {state}", token.provider, token.client));
    }
    if report.access_status.tokens.is_empty() {
        lines.push(format!("{}: no call was made yet", counted(0_usize, "token")));
    }
    lines
}

fn past(now: Timestamp, then: Timestamp) -> u64 {
    u64::try_from(now.since(then)).unwrap_or_default()
}

fn next(now: Timestamp, at: Timestamp) -> String {
    match past(at, now) {
        0 => "now".to_owned(),
        milliseconds => format!("in {}", rough(Duration::from_millis(milliseconds))),
    }
}

/// A duration in its largest unit that is not 0.
fn rough(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_one_unit() {
        let seconds = [0, 119, 120, 7199, 7200, 172_799, 172_800];
        let told = seconds.map(|seconds| rough(Duration::from_secs(seconds)));
        assert_eq!(told, ["0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
        let at = Timestamp::from_milliseconds;
        assert_eq!([next(at(5), at(5)), next(at(5), at(4_005))], ["now", "in 4 s"]);
    }
}
