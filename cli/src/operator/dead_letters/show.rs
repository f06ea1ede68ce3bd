//! Shows one dead letter; its content only with `--show-body`.

use anyhow::Context;
use delivery::dead_letter::DeadLetter;
use serde_json::{Value, json};
use shared::error::Class;
use shared::time::Timestamp;

use super::super::installation::Installation;
use super::super::table::printable;
use super::letters::Letter;
use super::list;
use super::notice_status::NoticeStatus;
use crate::count::counted;
use crate::output;

pub async fn run(
    installation: &Installation,
    letter: &Letter,
    show_body: bool,
    as_json: bool,
) -> anyhow::Result<()> {
    let body = letter.kept.body(installation.store()).await?;
    let told = NoticeStatus::of(installation, &[letter]).await?;
    let notice_status = told.first().copied().unwrap_or(NoticeStatus::Unknown);
    if as_json {
        let mut shown = list::to_json(letter, notice_status);
        if show_body {
            let body = body.context("a part of its body is missing")?;
            shown["body"] = serde_json::from_str(&body).unwrap_or(Value::String(body));
        }
        output::line(format_args!("{shown:#}"));
        return Ok(());
    }
    lines(letter, notice_status).iter().for_each(output::line);
    if show_body {
        output::line(format_args!(
            "body           {}",
            printable(&body.context("a part of its body is missing")?)
        ));
    }
    Ok(())
}

fn lines(letter: &Letter, notice_status: NoticeStatus) -> Vec<String> {
    let content = &letter.kept.content;
    let text = |time: Option<Timestamp>| time.map_or("never".to_owned(), Timestamp::to_text);
    let mut lines = vec![
        ("id", letter.id.clone()),
        ("integration", letter.kept.integration.to_string()),
        ("direction", content.direction.name().to_owned()),
        ("given up", content.at.to_text()),
        ("class", json!(content.class).as_str().unwrap_or_default().to_owned()),
        ("code", content.code.clone()),
        ("reason", content.cause()),
        ("tried", counted(content.attempts, "time")),
        ("first attempt", text(content.first_attempt)),
        ("last attempt", text(content.last_attempt())),
        ("told", notice_status.sentences(content.user_reason.as_ref().map(|told| told.0.as_str()))),
        ("perhaps done", perhaps_done(content)),
    ];
    if let Some(first) = content.first_given_up.filter(|first| *first != content.at) {
        lines.insert(4, ("first given up", first.to_text()));
    }
    match &letter.kept.subject {
        Some(subject) => lines.extend([
            ("event", format!("{} {}", subject.kind, subject.id)),
            ("contact", subject.fingerprint.clone()),
            ("accepted", subject.accepted_at.to_text()),
            ("trace", subject.trace.clone()),
            ("redriven", counted(subject.redrive, "time")),
        ]),
        None => lines.push(("event", "cannot be read by this version".to_owned())),
    }
    for attempt in &content.history {
        let status = attempt.status.map(|status| format!(" ({status})")).unwrap_or_default();
        lines.push(("attempt", format!("{} {}{status}", attempt.at.to_text(), attempt.summary)));
    }
    lines.iter().map(|(title, value)| format!("{title:14} {}", printable(value))).collect()
}

/// Whether the other side may have accepted the event, and which attempt leaves that open.
pub fn perhaps_done(letter: &DeadLetter) -> String {
    if !letter.uncertain {
        return "no".to_owned();
    }
    let mut attempts = letter.history.iter().rev();
    let open = attempts.find(|attempt| attempt.class == Class::Uncertain);
    let happened = match open.map(|attempt| attempt.status) {
        Some(Some(status)) => {
            format!("an attempt was answered {status}, which leaves it open")
        }
        Some(None) => "an attempt ended without an answer".to_owned(),
        // It was interrupted, or it is older than the attempts that are kept.
        None => "the answer to an attempt is not recorded".to_owned(),
    };
    format!("yes: {happened}. A redrive has the same id, so that the other side can recognise it")
}

#[cfg(test)]
mod tests {
    use delivery::record::Attempt;
    use shared::error::Failure;
    use shared::ports::Direction;

    use super::*;

    fn after(attempts: &[(Class, Option<u16>)]) -> String {
        let at = Timestamp::from_milliseconds(0);
        let failure = Failure::new(Class::Permanent, "bad.request", "post a message");
        let mut letter = DeadLetter::new(Direction::Inbound, at, &failure, "");
        letter.uncertain = true;
        letter.history = attempts
            .iter()
            .map(|(class, status)| Attempt {
                at,
                class: *class,
                summary: "post a message".to_owned(),
                status: *status,
                part: 0,
            })
            .collect();
        perhaps_done(&letter)
    }

    #[test]
    fn what_leaves_it_open_is_what_happened() {
        let refused = (Class::Permanent, Some(400));
        let answered = after(&[(Class::Uncertain, Some(503)), refused]);
        assert!(answered.starts_with("yes: an attempt was answered 503, "), "{answered}");
        let silent = after(&[(Class::Uncertain, None), refused]);
        assert!(silent.starts_with("yes: an attempt ended without an answer."), "{silent}");
        let interrupted = after(&[refused]);
        assert!(interrupted.contains("is not recorded"), "{interrupted}");
    }
}
