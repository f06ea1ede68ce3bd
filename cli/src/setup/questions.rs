//! Asks at a terminal for everything that is missing, in one go and with defaults. A script learns
//! at once everything that it must give.

use anyhow::anyhow;
use genesys_admin::organization::Domain;
use serde_json::Value;

use super::arguments::{ApplyArguments, Given, check_webhook_url, integration_name};
use super::asker::{self as reading, Asker};
use super::target::Target;
use crate::administrator::Environment;
use crate::output;

impl Given {
    /// The arguments with everything that was missing.
    pub async fn complete(mut self, environment: Environment) -> anyhow::Result<ApplyArguments> {
        self.take_running()?;
        let mut asker = Asker::new(environment);
        if !self.target.is_given() {
            let what = "where the configuration is written: a file of bridge serve, or stack:NAME";
            let in_a_script = "where the configuration is written; or start `bridge local` in another terminal, which is used without them";
            let what = if asker.may_ask() { what } else { in_a_script };
            let mut chosen = None;
            let named = ("--config or --stack", what);
            asker.need(&mut chosen, named, Some("bridge.json"), reading::text)?;
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
        let (Some(name), Some(hosts), Some(administrator)) =
            (self.name.clone(), self.hosts.complete(), administrator)
        else {
            return Err(anyhow!("an answer is missing; run this again"));
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
            asker.need(&mut self.queue, named, Some("Support"), reading::text)?;
            if asker.may_ask() && !self.create_queue {
                self.create_queue =
                    output::agrees("Create the queue if there is none with this name?")?;
            }
        }
        if self.export_terraform.is_some() {
            return Ok(());
        }
        if self.target.is_stack() && asker.lacks_something() && !self.lynn.has_url() {
            asker.lacks("--lynn-webhook-url", "unless the stack's configuration has it");
        }
        if self.target.is_stack() {
            // Its configuration is not known yet.
            return Ok(());
        }
        self.lynn.complete(asker, configured)
    }
}
