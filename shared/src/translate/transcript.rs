//! What the bot and the customer said before, as one readable text for the agent.
//!
//! Rule: the newest lines win; that something is left out is said.

use super::split::{length, tail};
use crate::lynn::inbound::{HistoryAuthor, HistoryEntry};

/// The most lines that are handed over.
pub(super) const MOST_LINES: usize = 100;

const TITLE: &str = "Conversation before this message:";

/// The transcript, of at most `longest` UTF-16 code units; `None` when nothing was said. `clean` is applied to each line.
pub(super) fn transcript(
    history: &[HistoryEntry],
    longest: usize,
    clean: impl Fn(&str) -> String,
) -> Option<String> {
    let said: Vec<&HistoryEntry> =
        history.iter().filter(|entry| !entry.text.trim().is_empty()).collect();
    let newest: Vec<String> = said
        .iter()
        .rev()
        .take(MOST_LINES)
        .map(|entry| line(entry, clean(&entry.text).trim()))
        .collect();
    let newest_line = newest.first()?;
    let all_fit = said.len() == newest.len()
        && length(TITLE) + newest.iter().map(|line| length(line) + 1).sum::<usize>() <= longest;
    if all_fit {
        return Some(assemble(TITLE.to_owned(), newest.iter().rev()));
    }
    // The number of lines left out is not known yet, but never longer than that of all.
    let mut room = longest.saturating_sub(length(&title_of_cut(said.len())));
    let mut kept = 0;
    for line in &newest {
        match room.checked_sub(length(line) + 1) {
            Some(rest) => (room, kept) = (rest, kept + 1),
            None => break,
        }
    }
    if kept == 0 {
        let title = title_of_cut(said.len() - 1);
        let room = longest.saturating_sub(length(&title) + 2);
        let end = format!("…{}", tail(newest_line, room));
        return Some(tail(&assemble(title, [end].iter()), longest).to_owned());
    }
    Some(assemble(title_of_cut(said.len() - kept), newest.iter().take(kept).rev()))
}

fn line(entry: &HistoryEntry, text: &str) -> String {
    let author = match entry.author {
        HistoryAuthor::Customer => "Customer",
        HistoryAuthor::Bot => "Bot",
    };
    match entry.time.map(|time| time.to_text()) {
        // `2026-11-22T10:00:00.000Z` to the minute.
        Some(time) => {
            let minute = time.get(..16).unwrap_or(&time).replace('T', " ");
            format!("[{minute} UTC] {author}: {text}")
        }
        None => format!("{author}: {text}"),
    }
}

fn title_of_cut(left_out: usize) -> String {
    let lines = if left_out == 1 { "line" } else { "lines" };
    format!("{TITLE}\n({left_out} earlier {lines} left out)")
}

fn assemble<'a>(title: String, lines: impl Iterator<Item = &'a String>) -> String {
    lines.fold(title, |mut text, line| {
        text.push('\n');
        text.push_str(line);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: usize) -> Vec<HistoryEntry> {
        (0..count)
            .map(|number| HistoryEntry {
                author: HistoryAuthor::Bot,
                text: format!("line {number}"),
                time: None,
            })
            .collect()
    }

    #[test]
    fn holds_a_hundred_lines_and_says_what_is_left_out() {
        let text = transcript(&entries(103), 100_000, str::to_owned).unwrap();
        assert!(text.contains("(3 earlier lines left out)\nBot: line 3\n"), "{text}");
        assert!(text.ends_with("Bot: line 102"));
        assert!(!transcript(&entries(100), 100_000, str::to_owned).unwrap().contains("left out"));
    }

    #[test]
    fn never_exceeds_its_length() {
        for longest in 0..300 {
            let text = transcript(&entries(20), longest, str::to_owned).unwrap();
            assert!(length(&text) <= longest, "{longest}: {text}");
        }
        let long = vec![HistoryEntry {
            author: HistoryAuthor::Customer,
            text: "x".repeat(500),
            time: None,
        }];
        let text = transcript(&long, 200, str::to_owned).unwrap();
        assert_eq!(length(&text), 200);
        assert!(text.ends_with('x'));
    }

    #[test]
    fn nothing_said_is_no_transcript() {
        assert_eq!(transcript(&[], 100, str::to_owned), None);
    }
}
