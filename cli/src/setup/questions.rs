//! Missing values are asked for at a terminal, in one go and with defaults. A script is told
//! everything that it must give, at once.

use anyhow::anyhow;
use clap::ValueEnum as _;
use genesys_admin::organization::{Administrator, Domain, Hosts};
use serde_json::Value;
use shared::config::BaseUrl;

use super::arguments::{ApplyArguments, Given, check_webhook_url, integration_name};
use super::target::Target;
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

fn filled(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("this must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

impl Given {
    /// The arguments with everything that was missing.
    pub async fn complete(mut self, environment: Environment) -> anyhow::Result<ApplyArguments> {
        self.take_running()?;
        let mut asker = Asker::new(environment);
        if !self.target.is_given() {
            let what = "where the configuration is written: a file of bridge serve, or stack:NAME";
            let mut chosen = None;
            let named = ("--config or --stack", what);
            asker.need(&mut chosen, named, Some("bridge.json"), filled)?;
            chosen.iter().for_each(|chosen| self.target.choose(chosen));
        }
        let named = ("--name", "the integration's name, the last part of its URLs");
        let parse = |text: &str| integration_name(text).map_err(|error| error.to_string());
        asker.need(&mut self.name, named, Some("support"), parse)?;
        let configured = match (&self.name, self.target.file()) {
            (Some(name), Some(file)) => Target::File(file).read(name).await?,
            _ => None,
        };
        let known =
            configured.as_ref().and_then(|entry| entry.pointer("/genesys/domain")?.as_str());
        self.ask_for_domain(&mut asker, known)?;
        let administrator = asker.administrator()?;
        if !self.remove {
            self.ask_for_addresses(&mut asker, configured.as_ref())?;
        }
        asker.end()?;
        let (Some(name), Some(domain), Some(administrator)) =
            (self.name.clone(), self.hosts.domain.clone(), administrator)
        else {
            return Err(anyhow!("an answer is missing; run this again"));
        };
        let hosts = Hosts {
            domain,
            api_base_url: self.hosts.api_base_url.clone(),
            login_base_url: self.hosts.login_base_url.clone(),
        };
        Ok(ApplyArguments { hosts, name, administrator, given: self })
    }

    pub fn ask_for_domain(&mut self, asker: &mut Asker, known: Option<&str>) -> anyhow::Result<()> {
        let default = known.unwrap_or("mypurecloud.com");
        let parse = |text: &str| text.parse::<Domain>().map_err(|error| error.to_string());
        let named = ("--domain", "the region's domain, such as mypurecloud.com or euc2.pure.cloud");
        asker.need(&mut self.hosts.domain, named, Some(default), parse)
    }

    /// The bridge's address, the queue, and Lynn.
    fn ask_for_addresses(
        &mut self,
        asker: &mut Asker,
        configured: Option<&Value>,
    ) -> anyhow::Result<()> {
        if !self.target.is_stack() {
            let name = self.name.clone();
            let parse = |text: &str| {
                let Some(name) = &name else { return Ok(text.to_owned()) };
                let end = format!("/genesys/{name}");
                let base = text.trim_end_matches('/');
                let base = base.strip_suffix(&end).unwrap_or(base);
                let url = format!("{base}{end}");
                check_webhook_url(&url, name).map(|()| url).map_err(|error| error.to_string())
            };
            let what = "the public URL of the bridge, such as https://bridge.example.com";
            asker.need(&mut self.webhook_url, ("--webhook-url", what), None, parse)?;
        }
        if self.queue.is_none() {
            let named = ("--queue", "the queue in which customers wait");
            asker.need(&mut self.queue, named, Some("Support"), filled)?;
            if asker.may_ask() && !self.create_queue {
                self.create_queue =
                    output::agrees("Create the queue if there is none with this name?")?;
            }
        }
        if self.export_terraform.is_some() {
            return Ok(());
        }
        if self.target.is_stack() && !asker.missing.is_empty() && !self.lynn.has_url() {
            asker.lacks("--lynn-webhook-url", "unless the stack's configuration has it");
        }
        if self.target.is_stack() {
            // Its configuration is not known yet.
            return Ok(());
        }
        self.lynn.complete(asker, configured)
    }
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
    filled(text)
}
