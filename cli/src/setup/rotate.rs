//! `bridge setup rotate`: replaces the webhook secret and the OAuth client.
//!
//! Rule: old and new are valid together in the configuration before Genesys Cloud gets the new
//! secret, and until the last retry that was signed with the old one is over. Each phase that is
//! reached is recorded, so that an interrupted run can continue.
//!
//! `POST …/secret` would end the old OAuth secret at once; so a second client is created, and the
//! first one is deleted when it is no longer used.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clients::SystemClock;
use genesys_admin::organization::settling::GRANT_SETTLES;
use genesys_admin::organization::{Hosts, Kind, Object, Organization, WEBHOOK_SECRET};
use genesys_admin::table::{client, integration::random_secret};
use genesys_admin::{Kept, Phase, Record, Resource, Rotation, mark};
use serde_json::{Value, json};
use shared::config::BaseUrl;
use shared::ids::IntegrationName;
use shared::ports::Clock as _;

use super::lock::Lock;
use super::open;
use super::target::{self, Target};
use crate::administrator::{self, Environment};
use crate::failure;
use crate::output;
use crate::progress;

const WAITS: &str = "Waits";

#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The integration's name.
    #[arg(long, value_parser = super::arguments::integration_name)]
    name: IntegrationName,
    #[command(flatten)]
    target: target::Arguments,
    /// Seconds until the bridge has read a new configuration after a refusal: it reads again at
    /// once, but at most every 10 s.
    #[arg(long, value_name = "SECONDS", default_value_t = 11, help_heading = WAITS)]
    reread_wait: u64,
    /// Seconds until no more webhooks arrive that were signed with the old secret: six attempts of
    /// 10 s, 5 s apart.
    #[arg(long, value_name = "SECONDS", default_value_t = 85, help_heading = WAITS)]
    retry_wait: u64,
    /// Seconds until no function uses the configuration before: it is cached for 5 minutes, and a
    /// call may be in progress.
    #[arg(long, value_name = "SECONDS", default_value_t = 330, help_heading = WAITS)]
    cache_wait: u64,
    /// Does not ask. Without a terminal it never asks.
    #[arg(long)]
    yes: bool,
}

/// A phase on the way: the line that reports it, and how long and why the run waits then.
type State = (Phase, &'static str, fn(&Arguments) -> u64, &'static str);

const STATES: [State; 3] = [
    (
        Phase::Both,
        "configuration: old and new secrets together",
        |arguments| arguments.reread_wait,
        "until the bridge has read its configuration",
    ),
    (
        Phase::Switched,
        "Open Messaging integration: signs with the new secret",
        |arguments| arguments.retry_wait,
        "until no more webhooks arrive that were signed with the old secret",
    ),
    (
        Phase::Dropped,
        "configuration: the new secrets only",
        |arguments| arguments.cache_wait,
        "until the bridge no longer uses the old OAuth client",
    ),
];

struct RotationRun<'a> {
    arguments: &'a Arguments,
    organization: &'a Organization,
    target: &'a Target,
    record: Record,
    integration: Object,
    rotation: Rotation,
}

/// Continues from the phase in the record, or begins.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let mut arguments = arguments.clone();
    arguments.target.or_running()?;
    let arguments = &arguments;
    let target = arguments.target.open().await?;
    let path = arguments.target.record(&arguments.name);
    let _lock = Lock::take(&path)?;
    let entry = target.read(&arguments.name).await?;
    let entry = entry.ok_or_else(|| failure::misconfigured(missing(&target, &arguments.name)))?;
    arguments.ask(environment)?;
    let administrator = administrator::find(environment)?;
    progress::show("reading the organisation");
    let (organization, record) = open(&hosts(&entry)?, administrator, path).await?;
    let id = text(&entry, "/genesys/integrationId");
    let integration = organization.object(Kind::OpenIntegration, id).await?.ok_or_else(|| {
        failure::misconfigured(anyhow!("there is no Open Messaging integration {id}"))
    })?;
    let rotation = begun(&record, &entry);
    let (organization, target) = (&organization, &target);
    let mut run = RotationRun { arguments, organization, target, record, integration, rotation };
    run.save()?;
    run.make_client().await?;
    for (phase, reached, seconds, why) in STATES {
        if run.rotation.phase > phase {
            continue;
        }
        if run.rotation.phase < phase {
            progress::show(format!("on the way to: {reached}"));
            run.bring_about(phase).await?;
            run.rotation.phase = phase;
            run.save()?;
            output::line(reached);
        }
        wait(seconds(arguments), why).await;
    }
    run.end().await?;
    if let Target::Stack { .. } = target {
        output::line(
            "If you have a bridge.json of this integration, it has the old secrets now. Never push the old secrets: first copy the new ones from Secrets Manager into it.",
        );
    }
    Ok(())
}

/// Why the configuration has nothing to renew.
fn missing(target: &Target, name: &IntegrationName) -> anyhow::Error {
    let place = target.describe();
    if target.is_new_file() {
        return anyhow!("there is no file {place}: give the configuration that the bridge reads");
    }
    anyhow!("{place} has no integration {name}: run bridge setup first")
}

impl Arguments {
    /// Asks a person; a script that runs this wants it.
    fn ask(&self, environment: Environment) -> anyhow::Result<()> {
        let minutes = (self.reread_wait + self.retry_wait + self.cache_wait).div_ceil(60);
        let question = format!(
            "This renews the webhook secret and the OAuth client of {}, and takes about {minutes} min. Go ahead?",
            self.name
        );
        if self.yes || !environment.asks || output::agrees(question)? {
            return Ok(());
        }
        Err(anyhow!("nothing was changed"))
    }
}

/// The interrupted rotation, or a new one.
fn begun(record: &Record, entry: &Value) -> Rotation {
    if let Some(rotation) = &record.rotation {
        output::line(format_args!(
            "continuing a rotation that was interrupted ({:?})",
            rotation.phase
        ));
        return rotation.clone();
    }
    let clients = entry.pointer("/genesys/oauthClients").and_then(Value::as_array);
    let ids = clients.into_iter().flatten().filter_map(|client| client["clientId"].as_str());
    Rotation {
        phase: Phase::Begun,
        webhook_secret: Kept::new(random_secret()),
        client: None,
        old_clients: ids.map(str::to_owned).collect(),
    }
}

fn text<'a>(entry: &'a Value, pointer: &str) -> &'a str {
    entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The hosts of Genesys Cloud in the configuration.
fn hosts(entry: &Value) -> anyhow::Result<Hosts> {
    let url = |pointer: &str| match text(entry, pointer) {
        "" => Ok(None),
        url => {
            BaseUrl::parse_base(url).map(Some).map_err(|problem| anyhow!("{pointer}: {problem}"))
        }
    };
    Hosts::new(
        text(entry, "/genesys/domain"),
        url("/genesys/apiBaseUrl")?,
        url("/genesys/loginBaseUrl")?,
    )
}

impl RotationRun<'_> {
    /// Records the progress.
    fn save(&mut self) -> anyhow::Result<()> {
        self.record.rotation = Some(self.rotation.clone());
        self.record.save()
    }

    /// Creates a second OAuth client, with the roles of the first.
    async fn make_client(&mut self) -> anyhow::Result<()> {
        if self.rotation.client.is_some() || self.rotation.phase > Phase::Begun {
            return Ok(());
        }
        progress::show("making a second OAuth client");
        let old = self.rotation.old_clients.last().cloned().unwrap_or_default();
        let old = self
            .organization
            .object(Kind::OAuthClient, &old)
            .await?
            .ok_or_else(|| anyhow!("there is no OAuth client {old}: run bridge setup first"))?;
        if self.record.client.is_none() {
            self.adopt_or_make(&old).await?;
        }
        // The new one is in the record; now it becomes the rotation's.
        self.rotation.client = self.record.client.take();
        self.save()?;
        output::line("OAuth client: a second one is created");
        Ok(())
    }

    /// A client that an interrupted run created has a secret that was never read, so it gets a new
    /// one. The list may not show it yet; one that is switched off was deleted by an earlier
    /// rotation.
    async fn adopt_or_make(&mut self, old: &Object) -> anyhow::Result<()> {
        let marked = mark(&self.arguments.name);
        let mut wait = self.record.attempt(Resource::Client, self.organization);
        while self.record.is_intended(Resource::Client) {
            let clients = self.organization.all(Kind::OAuthClient).await?;
            let orphan = clients.into_iter().find(|client| {
                client.text("/description").contains(&marked)
                    && !client.is_off()
                    && !self.rotation.old_clients.iter().any(|id| id == client.id())
            });
            if let Some(orphan) = orphan {
                return client::renew(self.organization, &mut self.record, orphan.id()).await;
            }
            if !wait.goes_on().await {
                break;
            }
        }
        let seconds = old.0["accessTokenValiditySeconds"].as_u64().unwrap_or(client::TOKEN_SECONDS);
        let body = client::body(old.name(), &marked, seconds, &old.0["roleDivisions"]);
        client::make(self.organization, &mut self.record, body).await.map(|_| ())
    }

    /// Waits until the new client has the permissions of the old one: the bridge uses it as soon as
    /// the configuration has it.
    async fn settle(&self) -> anyhow::Result<()> {
        let Some(new) = &self.rotation.client else { return Ok(()) };
        let old = self.rotation.old_clients.last().map(String::as_str).unwrap_or_default();
        let old = self.organization.object(Kind::OAuthClient, old).await?.unwrap_or_default();
        let made = self.record.made_at(Resource::Client);
        for role in client::roles(&old) {
            let id = &new.client_id;
            self.organization.grant_settles(id, role, made, GRANT_SETTLES).await?;
        }
        Ok(())
    }

    /// Reaches a phase from the one before it.
    async fn bring_about(&self, phase: Phase) -> anyhow::Result<()> {
        match phase {
            Phase::Begun => Ok(()),
            Phase::Both => {
                self.settle().await?;
                self.configure(true).await
            }
            Phase::Switched => {
                // Every change needs the name.
                let body = json!({ "name": self.integration.name(),
                                   WEBHOOK_SECRET: self.rotation.webhook_secret.expose() });
                let place = Kind::OpenIntegration.one(self.integration.id());
                self.organization.patch(&place, body).await?;
                Ok(())
            }
            Phase::Dropped => self.configure(false).await,
        }
    }

    /// Writes the new secrets into the current configuration, beside the old ones or without them.
    async fn configure(&self, keeps_old: bool) -> anyhow::Result<()> {
        let rotation = &self.rotation;
        let entry = self.target.read(&self.arguments.name).await?;
        let mut entry = entry.context("the integration is no longer in the configuration")?;
        let genesys = &mut entry["genesys"];
        let secret = json!(rotation.webhook_secret.expose());
        renew(genesys, "webhookSecrets", Some(secret), |known, new| known == new, |_| keeps_old);
        let client = rotation.client.as_ref().map(|client| {
            json!({ "clientId": client.client_id,
                    "clientSecret": client.client_secret.expose() })
        });
        let is_same = |known: &Value, new: &Value| known["clientId"] == new["clientId"];
        let is_old =
            |known: &Value| rotation.old_clients.iter().any(|old| known["clientId"] == **old);
        renew(genesys, "oauthClients", client, is_same, |known| keeps_old || !is_old(known));
        self.target.write(&self.arguments.name, &entry, None).await.map(|_| ())
    }

    async fn end(&mut self) -> anyhow::Result<()> {
        progress::show("deleting the old OAuth client");
        for old in &self.rotation.old_clients {
            if let Some(client) = self.organization.object(Kind::OAuthClient, old).await?
                && !client.is_to_be_deleted()
            {
                self.organization.remove(Kind::OAuthClient, &client).await?;
            }
        }
        self.record.rotation = None;
        if let Some(client) = &self.rotation.client {
            self.record.set_id(Resource::Client, &client.client_id)?;
        }
        self.record.save()?;
        output::line("OAuth client: the old one is deleted");
        Ok(())
    }
}

async fn wait(seconds: u64, why: &str) {
    if seconds > 0 {
        progress::show(format!("waiting {seconds} s: {why}"));
    }
    SystemClock.sleep(Duration::from_secs(seconds)).await;
    drop(progress::end());
}

/// Adds a new entry to a list, once, and removes those that are not kept.
fn renew(
    section: &mut Value,
    key: &str,
    new: Option<Value>,
    is_same: impl Fn(&Value, &Value) -> bool,
    stays: impl Fn(&Value) -> bool,
) {
    let mut list = section[key].as_array().cloned().unwrap_or_default();
    let is_new = |known: &Value| new.as_ref().is_some_and(|new| is_same(known, new));
    list.retain(|known| is_new(known) || stays(known));
    if !list.iter().any(is_new) {
        list.extend(new.clone());
    }
    section[key] = Value::Array(list);
}
