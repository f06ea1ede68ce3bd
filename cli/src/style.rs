//! Colours on a terminal, as <https://bixense.com/clicolors/> and <https://no-color.org> say.

use std::fmt;
use std::io::IsTerminal as _;

use anstyle::{AnsiColor, Style};

use crate::administrator::Environment;

pub const GOOD: Style = AnsiColor::Green.on_default();
pub const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// Whether lines on standard output are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colours(bool);

impl Colours {
    /// For standard output of this process.
    pub fn of_output() -> Self {
        let environment = Environment { asks: false };
        Self::chosen(std::io::stdout().is_terminal(), |name| environment.get(name))
    }

    fn chosen(is_terminal: bool, get: impl Fn(&str) -> Option<String>) -> Self {
        let is_on = |name: &str| get(name).is_some_and(|value| value != "0");
        let is_off = get("CLICOLOR").is_some_and(|value| value == "0");
        let is_dumb = get("TERM").is_none_or(|terminal| terminal == "dumb");
        Self(match () {
            () if get("NO_COLOR").is_some() => false,
            () if is_on("CLICOLOR_FORCE") => true,
            () => is_terminal && !is_off && !is_dumb,
        })
    }

    /// A text in this style; its width is that of the text.
    pub fn paint(self, style: Style, text: impl fmt::Display) -> String {
        if self.0 { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_before_the_terminal() {
        let of = |is_terminal, set: &[(&str, &str)]| {
            let get = |name: &str| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            Colours::chosen(is_terminal, get).0
        };
        let xterm = ("TERM", "xterm");
        assert!(of(true, &[xterm]) && !of(false, &[xterm]));
        assert!(!of(true, &[]) && !of(true, &[("TERM", "dumb")]));
        assert!(!of(true, &[xterm, ("NO_COLOR", "1")]) && !of(true, &[xterm, ("CLICOLOR", "0")]));
        assert!(of(false, &[("CLICOLOR_FORCE", "1")]) && !of(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!of(false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert_eq!(Colours(true).paint(GOOD, "OK"), "\u{1b}[32mOK\u{1b}[0m");
        assert_eq!(Colours(false).paint(BAD, "FAIL"), "FAIL");
    }
}
