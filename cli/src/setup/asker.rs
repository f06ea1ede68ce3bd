//! Asks a person for one value after the other, or collects for a script what is missing.

use anyhow::anyhow;
use clap::ValueEnum as _;
use genesys_admin::organization::Administrator;
use shared::config::BaseUrl;

use crate::administrator::{self, Environment};
use crate::failure;
use crate::lynn_authentication::Authentication;
use crate::output;

/// Asks, or collects what is missing.
pub struct Asker {
    environment: Environment,
    /// The values that a script must give: the option or the variable, and what it is.
    missing: Vec<String>,
    /// Whether a question was asked.
    pub asked: bool,
}

impl Asker {
    pub fn new(environment: Environment) -> Self {
        Self { environment, missing: Vec::new(), asked: false }
    }

    /// Fills a value that is needed. `named`: the option that gives it.
    pub fn need<T>(
        &mut self,
        value: &mut Option<T>,
        (named, what): (&str, &str),
        default: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<()> {
        if value.is_some() {
            return Ok(());
        }
        if !self.environment.asks {
            self.lacks(named, what);
            return Ok(());
        }
        self.begin();
        let shown = default.map(|default| format!(" [{default}]")).unwrap_or_default();
        loop {
            let question = format!("{} ({named}){shown}:", capital(what));
            let typed = output::ask(question, what)?;
            let typed = typed.ok_or_else(|| {
                failure::misconfigured(anyhow!("the input has ended: {what} is needed ({named})"))
            })?;
            let text = if typed.is_empty() { default.unwrap_or_default() } else { &typed };
            match parse(text) {
                Ok(parsed) => {
                    *value = Some(parsed);
                    return Ok(());
                }
                Err(problem) => output::note(format_args!("  {problem}")),
            }
        }
    }

    /// Notes something that a script must give.
    pub fn lacks(&mut self, named: &str, what: &str) {
        self.missing.push(format!("{named} ({what})"));
    }

    /// Whether the program may ask.
    pub fn may_ask(&self) -> bool {
        self.environment.asks
    }

    /// Whether a variable is set.
    pub fn has(&self, variable: &str) -> bool {
        self.environment.get(variable).is_some()
    }

    fn begin(&mut self) {
        if !self.asked {
            self.asked = true;
            output::note("Some things are missing. Enter alone takes what stands in brackets.");
        }
    }

    /// Whether something is missing.
    pub fn lacks_something(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Fails if a script did not give everything.
    pub fn end(&self) -> anyhow::Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let missing = self.missing.join("\n  ");
        Err(failure::misconfigured(anyhow!(
            "nothing was changed; this is missing:\n  {missing}\nGive all of it, or run this at a terminal, which asks for it"
        )))
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

impl Asker {
    /// The administrator's OAuth client; `None` in a script that does not name it.
    pub fn administrator(&mut self) -> anyhow::Result<Option<Administrator>> {
        match administrator::of_environment() {
            Ok(administrator) => Ok(Some(administrator)),
            Err(_) if self.environment.asks => {
                self.begin();
                administrator::find(self.environment).map(Some)
            }
            Err(names) => {
                self.lacks(&names, "the administrator's OAuth client");
                Ok(None)
            }
        }
    }
}

/// Reads a kind of authentication.
pub fn authentication(text: &str) -> Result<Authentication, String> {
    Authentication::from_str(text, true).map_err(|_| {
        let kinds =
            Authentication::value_variants().iter().filter_map(|kind| kind.to_possible_value());
        let kinds: Vec<String> = kinds.map(|kind| kind.get_name().to_owned()).collect();
        format!("one of {}", kinds.join(", "))
    })
}

/// Reads an address at Lynn.
pub fn address(text: &str) -> Result<BaseUrl, String> {
    BaseUrl::parse(text).map_err(str::to_owned)
}

/// Reads a text that is not empty.
pub fn text(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("this must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}
