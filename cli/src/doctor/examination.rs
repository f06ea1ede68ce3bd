//! Checks one integration from end to end, in the order of the report.
//!
//! Rule: if the webhook's address answered as this bridge, it is this bridge, whatever address the
//! configuration has.

use genesys_admin::organization::Administrator;

use super::genesys::{self, Addresses, GenesysChecks, GenesysView, Ours, Way};
use super::webhook_probe::{self, Probed};
use super::{Examined, Finding, Subject, Web};
use super::{dead_letters, lynn, lynn_inbound, notes, send, stack};

pub struct Examination<'a> {
    pub web: &'a Web,
    pub subject: &'a Subject,
    pub examined: &'a Examined,
    /// The administrator's client, or the names of the variables that are not set.
    pub administrator: Result<&'a Administrator, &'a str>,
    /// Whether a test message is sent.
    pub sends: bool,
}

impl Examination<'_> {
    /// All findings, in the order in which they are printed.
    pub async fn run(&self) -> Vec<Finding> {
        let name = &self.examined.name;
        let mut findings = Vec::new();
        if let Some(stack) = self.subject.stack() {
            findings.push(stack::secrets(stack, name).await);
            findings.push(stack::same_push(stack, name).await);
        }
        let now = self.web.clock.now();
        let way = self.way();
        findings.push(dead_letters::check(&self.subject.installation, name, now).await);
        let checks = GenesysChecks {
            web: self.web,
            config: &self.examined.send,
            administrator: self.administrator,
            way: way.clone(),
            sends: self.sends,
        };
        let (view, seen) = checks.run().await;
        findings.extend(seen);
        let url = self.webhook_url(&view);
        let probed = self.probe(&view, url.as_deref()).await;
        findings.extend(genesys::assess_events(&way, &view.tellers, &self.events(&view, &probed)));
        findings.extend(self.webhook(&view, url.as_deref().unwrap_or_default(), &probed));
        findings.push(notes::webhook_channel(&self.subject.installation, name).await);
        let bridge = self.subject.bridge_for_lynn();
        findings.extend(lynn_inbound::check(self.web, bridge, self.examined).await);
        findings.push(notes::lynn_ids(&self.subject.installation, name).await);
        findings.extend(lynn::check(self.web, &self.examined.send).await);
        if self.sends {
            let client = view.clients.first();
            let test = send::Test {
                web: self.web,
                examined: self.examined,
                installation: self.subject.installation.as_ref().ok(),
                bridge,
                client,
            };
            findings.extend(test.run().await);
        }
        findings
    }

    /// How Genesys Cloud is set up to report events.
    fn way(&self) -> Way {
        let bus =
            self.subject.stack().and_then(|stack| stack.outputs().get("GenesysEventBus").ok());
        match (bus, &self.examined.receive.events_api_key) {
            (Some(bus), _) => Way::Bus(bus.to_owned()),
            (None, Some(_)) => Way::Posts,
            (None, None) => Way::None,
        }
    }

    /// The public address of the bridge, if it is known.
    fn base(&self) -> Option<&str> {
        self.subject.bridge.as_deref().filter(|_| self.subject.bridge_is_public)
    }

    /// The address that Genesys Cloud posts to; without an administrator, the one that it should
    /// post to.
    fn webhook_url(&self, view: &GenesysView) -> Option<String> {
        let seen = view.webhook_url();
        let bridge = self.subject.bridge.as_deref();
        seen.map(str::to_owned).or_else(|| bridge.map(|base| self.webhook_at(base)))
    }

    fn webhook_at(&self, base: &str) -> String {
        format!("{}/genesys/{}", base.trim_end_matches('/'), self.examined.name)
    }

    /// Probes the webhook with the secret that Genesys Cloud uses, if the administrator can read
    /// it.
    async fn probe(&self, view: &GenesysView, url: Option<&str>) -> Probed {
        let known = &self.examined.receive.webhook_secrets;
        match view.secret().or_else(|| known.first().cloned()) {
            Some(secret) => webhook_probe::probe(self.web, url, &secret).await,
            None => Probed::Nowhere,
        }
    }

    /// The findings about the address that Genesys Cloud posts to, and its secret.
    fn webhook(&self, view: &GenesysView, url: &str, probed: &Probed) -> [Finding; 3] {
        let name = &self.examined.name;
        let ours = Ours {
            name: name.as_str(),
            base: self.base(),
            answers: probed.is_ours(name),
            is_local: self.examined.send.api("").starts_with("http://"),
        };
        [
            genesys::assess_url(&view.integration(), &ours),
            genesys::assess_secret(&view.integration(), &self.examined.receive.webhook_secrets),
            probed.assess(name, url),
        ]
    }

    /// The addresses at which the bridge accepts posted events: beside its webhook, at any address
    /// that answered.
    fn events(&self, view: &GenesysView, probed: &Probed) -> Addresses {
        let name = &self.examined.name;
        let answering = view.webhook_url().filter(|_| probed.is_ours(name)).map(str::to_owned);
        let webhooks = self.base().map(|base| self.webhook_at(base)).into_iter().chain(answering);
        Addresses {
            path: format!("/genesys/{name}/events"),
            known: webhooks.map(|url| format!("{}/events", url.trim_end_matches('/'))).collect(),
        }
    }
}
