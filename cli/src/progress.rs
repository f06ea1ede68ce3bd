//! Shows what the program waits for, and how long: on standard error, never on standard output.
//!
//! Rules: at a terminal one live line, which the next printed line replaces. Elsewhere nothing,
//! until it takes long: then a plain line, and another one each minute.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard, Once};
use std::time::{Duration, Instant};

use shared::lock::lock;

/// The pause between two looks at what is shown.
const EVERY: Duration = Duration::from_millis(250);
/// A shorter wait is not shown at a terminal.
const SHORT: Duration = Duration::from_millis(600);
/// A shorter wait is not reported elsewhere.
const LONG: Duration = Duration::from_secs(10);
/// The pause between two reports of the same wait.
const AGAIN: Duration = Duration::from_secs(60);
/// Erases the line on which the cursor is.
const ERASE: &str = "\r\u{1b}[2K";

/// The lines that are shown now.
static SHOWN: Mutex<Shown> = Mutex::new(Shown { wait: None, is_drawn: false });
static TICKS: Once = Once::new();

pub struct Shown {
    wait: Option<Wait>,
    /// Whether the live line is on the screen.
    is_drawn: bool,
}

struct Wait {
    what: String,
    began: Instant,
    told: Option<Instant>,
}

/// Shows what the program waits for from now on.
pub fn show(what: impl Into<String>) {
    begin();
    lock(&SHOWN).wait = Some(Wait { what: what.into(), began: Instant::now(), told: None });
}

/// Changes what is shown, such as a count; the time goes on.
pub fn update(what: impl Into<String>) {
    let what = what.into();
    let mut shown = lock(&SHOWN);
    match &mut shown.wait {
        Some(wait) => wait.what = what,
        None => {
            drop(shown);
            show(what);
        }
    }
}

/// Ends the live line. Nothing else is drawn while the result is held, so that a line can be
/// printed in its place.
pub fn end() -> MutexGuard<'static, Shown> {
    let mut shown = lock(&SHOWN);
    shown.wait = None;
    shown.erase();
    shown
}

/// Makes room for a line; what is waited for stays, and is drawn below it again.
pub fn aside() -> MutexGuard<'static, Shown> {
    let mut shown = lock(&SHOWN);
    shown.erase();
    shown
}

/// Whether standard error is a terminal on which a line can be replaced.
fn is_live() -> bool {
    #[expect(clippy::disallowed_methods, reason = "no setting of the bridge, but the terminal's")]
    let terminal = std::env::var("TERM").unwrap_or_default();
    std::io::stderr().is_terminal() && terminal != "dumb"
}

fn begin() {
    TICKS.call_once(|| {
        let live = is_live();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(EVERY);
                lock(&SHOWN).tick(live, Instant::now());
            }
        });
    });
}

impl Shown {
    fn tick(&mut self, live: bool, now: Instant) {
        let Some(text) = self.due(live, now) else { return };
        let end = if live { "" } else { "\n" };
        let start = if live { ERASE } else { "" };
        let mut terminal = std::io::stderr();
        let _ = terminal
            .write_all(format!("{start}{text}{end}").as_bytes())
            .and_then(|()| terminal.flush());
        self.is_drawn = live;
    }

    /// The line that is to be written now.
    fn due(&mut self, live: bool, now: Instant) -> Option<String> {
        let wait = self.wait.as_mut()?;
        let waited = now.saturating_duration_since(wait.began);
        let text = format!("{} ({} s)", wait.what, waited.as_secs());
        if live {
            return (waited >= SHORT).then_some(text);
        }
        let since = wait.told.map(|told| now.saturating_duration_since(told));
        let is_due = since.map_or(waited >= LONG, |since| since >= AGAIN);
        is_due.then(|| {
            wait.told = Some(now);
            text
        })
    }

    fn erase(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            let mut terminal = std::io::stderr();
            let _ = terminal.write_all(ERASE.as_bytes()).and_then(|()| terminal.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_told_at_once_and_a_file_only_what_takes_long() {
        let began = Instant::now();
        let after = |seconds: f64| began + Duration::from_secs_f64(seconds);
        let wait = || Wait { what: "copying".to_owned(), began, told: None };
        let mut shown = Shown { wait: Some(wait()), is_drawn: false };
        assert_eq!(shown.due(true, after(0.5)), None);
        assert_eq!(shown.due(true, after(0.7)).as_deref(), Some("copying (0 s)"));
        assert_eq!(shown.due(true, after(3.0)).as_deref(), Some("copying (3 s)"));
        assert_eq!(shown.due(false, after(9.9)), None);
        assert_eq!(shown.due(false, after(10.0)).as_deref(), Some("copying (10 s)"));
        assert_eq!(shown.due(false, after(60.0)), None);
        assert_eq!(shown.due(false, after(70.0)).as_deref(), Some("copying (70 s)"));
        shown.wait = None;
        assert_eq!(shown.due(true, after(100.0)), None);
    }
}
