//! The calls that each simulated vendor has seen so far, as lines of text.

use serde_json::Value;
use simulators::{RecordedRequest, TranscriptLine};

use crate::output;
use crate::samples::Stage;

/// The lines of both sides; lines are only added.
pub struct VendorActivity {
    genesys: Vec<String>,
    lynn: Vec<String>,
}

impl VendorActivity {
    pub fn of(stage: &Stage) -> Self {
        Self {
            genesys: lines(&stage.genesys.transcript(), &stage.genesys.requests()),
            lynn: lines(&stage.lynn.transcript(), &stage.lynn.attempts()),
        }
    }

    /// Prints the lines that were added since.
    pub fn print_since(&self, before: &Self) {
        for (side, now, then) in [
            ("Genesys saw", &self.genesys, &before.genesys),
            ("Lynn saw   ", &self.lynn, &before.lynn),
        ] {
            // The lines come from two sources, one after the other, so the new ones are found by
            // counting.
            let mut old = then.clone();
            for line in now {
                match old.iter().position(|known| known == line) {
                    Some(place) => drop(old.swap_remove(place)),
                    None => output::line(format_args!("    {side}  {line}")),
                }
            }
        }
    }
}

fn lines(transcript: &[TranscriptLine], requests: &[RecordedRequest]) -> Vec<String> {
    let said = transcript.iter().map(|line| format!("{:8} {}", line.author, short(&line.text)));
    said.chain(requests.iter().filter_map(call)).collect()
}

/// A call that the transcript does not show: typing, receipts, logins, and refused calls.
fn call(request: &RecordedRequest) -> Option<String> {
    let word =
        |pointer: &str| request.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let typing = request.path.ends_with("/event") || word("/type") == "typing";
    let receipt = request.path.ends_with("/receipt") || word("/type") == "receipt";
    match request.status {
        Some(status) if status >= 400 => Some(format!("a call, and answered {status}")),
        None => Some("a call, and did not answer".to_owned()),
        _ if request.path.ends_with("/oauth/token") => Some("a login".to_owned()),
        _ if typing => Some("typing".to_owned()),
        // Genesys knows its own messages by ids that mean nothing to a reader.
        _ if receipt && word("/messageId").is_empty() => {
            Some(format!("a receipt: {}", word("/status")))
        }
        _ if receipt => Some(format!("a receipt: {} {}", word("/messageId"), word("/status"))),
        _ => None,
    }
}

fn short(text: &str) -> String {
    let text = text.replace('\n', " / ");
    if text.chars().count() <= 90 {
        return text;
    }
    text.chars().take(90).chain(['…']).collect()
}
