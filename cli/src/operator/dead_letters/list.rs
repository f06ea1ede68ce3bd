//! Lists dead letters page by page, with the totals by code.

use std::collections::BTreeMap;

use delivery::redrive::Subject;
use serde_json::{Value, json};
use shared::time::Timestamp;

use super::super::installation::Installation;
use super::super::table::layout;
use super::letters::{Letter, Letters};
use super::notice_status::NoticeStatus;
use super::queues;
use crate::count::counted;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The largest number of dead letters to show.
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// Starts after the dead letter with this id.
    #[arg(long)]
    after: Option<String>,
}

pub async fn run(
    installation: &Installation,
    letters: &Letters,
    arguments: &Arguments,
    queues: Option<&queues::Counts>,
    as_json: bool,
) -> anyhow::Result<()> {
    let begin = match &arguments.after {
        None => 0,
        Some(id) => letters.position(id)? + 1,
    };
    let rest = &letters.all[begin..];
    let page: Vec<&Letter> = rest.iter().take(arguments.limit).collect();
    let told = NoticeStatus::of(installation, &page).await?;
    let page: Vec<(&Letter, NoticeStatus)> = page.into_iter().zip(told).collect();
    let next =
        page.last().filter(|_| page.len() < rest.len()).map(|(letter, _)| letter.id.as_str());
    if as_json {
        let shown: Vec<Value> = page.iter().map(|(letter, told)| to_json(letter, *told)).collect();
        output::line(format_args!(
            "{:#}",
            json!({ "deadLetters": shown, "total": letters.all.len(), "next": next,
                    "codes": codes(letters), "queues": queues.map(queues::Counts::to_json) })
        ));
        return Ok(());
    }
    let rows: Vec<_> = page.iter().map(|(letter, told)| row(letter, *told)).collect();
    let titles = [
        "ID",
        "GIVEN UP",
        "TRIED SINCE",
        "TRIED",
        "TOLD",
        "INTEGRATION",
        "DIRECTION",
        "CONTACT",
        "CODE",
        "REASON",
    ];
    layout(titles, &rows).iter().for_each(output::line);
    if !letters.all.is_empty() {
        let codes: Vec<String> =
            codes(letters).into_iter().map(|(code, count)| format!("{count} {code}")).collect();
        let count = counted(letters.all.len(), "dead letter");
        output::line(format_args!("{count}: {}", codes.join(", ")));
    }
    queues.into_iter().flat_map(queues::Counts::lines).for_each(output::line);
    if let Some(next) = next {
        output::note(format_args!(
            "{} of them are shown; --after {next} shows the next",
            page.len()
        ));
    }
    Ok(())
}

/// The number of letters of each code.
fn codes(letters: &Letters) -> BTreeMap<&str, usize> {
    let mut codes = BTreeMap::new();
    for letter in &letters.all {
        *codes.entry(letter.kept.content.code.as_str()).or_default() += 1;
    }
    codes
}

fn row(letter: &Letter, told: NoticeStatus) -> [String; 10] {
    let content = &letter.kept.content;
    let fingerprint = letter.kept.subject.as_ref().map(|subject| subject.fingerprint.clone());
    [
        letter.id.clone(),
        content.at.to_text(),
        content.first_attempt.map(Timestamp::to_text).unwrap_or_default(),
        content.attempts.to_string(),
        told.words().1.to_owned(),
        letter.kept.integration.to_string(),
        content.direction.name().to_owned(),
        fingerprint.unwrap_or_default(),
        content.code.clone(),
        content.cause(),
    ]
}

/// Everything except the content and the contact.
pub fn to_json(letter: &Letter, notice_status: NoticeStatus) -> Value {
    let content = &letter.kept.content;
    let text = |time: Option<Timestamp>| time.map(Timestamp::to_text);
    json!({
        "id": letter.id,
        "integration": letter.kept.integration,
        "direction": content.direction,
        "at": content.at.to_text(),
        "firstGivenUpAt": content.order_time().to_text(),
        "class": content.class,
        "code": content.code,
        "summary": content.summary,
        "cause": content.cause(),
        "attempts": content.attempts,
        "firstAttemptAt": text(content.first_attempt),
        "lastAttemptAt": text(content.last_attempt()),
        "uncertain": content.uncertain,
        "told": content.user_reason,
        "telling": notice_status.words().0,
        "history": content.history.iter().map(|attempt| json!({
            "at": attempt.at.to_text(), "class": attempt.class,
            "summary": attempt.summary, "status": attempt.status,
        })).collect::<Vec<_>>(),
        "event": letter.kept.subject.as_ref().map(describe),
    })
}

fn describe(subject: &Subject) -> Value {
    json!({
        "kind": subject.kind,
        "id": subject.id,
        "contactFingerprint": subject.fingerprint,
        "acceptedAt": subject.accepted_at.to_text(),
        "traceId": subject.trace,
        "redrive": subject.redrive,
    })
}
