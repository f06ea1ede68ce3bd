//! `bridge setup rotate`: a new webhook secret and a new OAuth client in place of the old ones.
//!
//! Rule: in the configuration, old and new are valid together before Genesys Cloud is told, and until the last retry that was
//! signed with the old one is over. Each phase is written down before it begins, so that a run that was cut off goes on.
//!
//! `POST …/secret` would end the old OAuth secret at once; so a second client is made, and the first one deleted when nobody uses
//! it any more.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};
use shared::config::BaseUrl;
use shared::ids::IntegrationName;
use shared::ports::Clock as _;
use shared::system_clock::SystemClock;

use super::execute::{client_settles, new_client, random_secret, renew_client};
use super::lock::Lock;
use super::record::{Kept, Phase, Record, Rotation};
use super::step::Step;
use super::target::{self, Target};
use super::wanted::mark;
use super::{open, organization_id};
use crate::failure;
use crate::organization::settling::{GRANT_SETTLES, SHOWN};
use crate::organization::{
    Environment, Hosts, Kind, Object, Organization, WEBHOOK_SECRET, Wait, since,
};
use crate::output;

/// What is renewed, and where.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The integration's name.
    #[arg(long, value_parser = super::arguments::integration_name)]
    name: IntegrationName,
    #[command(flatten)]
    target: target::Arguments,
    /// Seconds until the bridge takes a new configuration after a refusal: it reads again at once, but at most every 10 s.
    #[arg(long, value_name = "SECONDS", default_value_t = 11)]
    reread_wait: u64,
    /// Seconds until no webhook is on its way any more that was signed with the old secret: six attempts of 10 s, 5 s apart.
    #[arg(long, value_name = "SECONDS", default_value_t = 85)]
    retry_wait: u64,
    /// Seconds until nobody uses a configuration that was read before: it is kept for 5 minutes, and a call may be under way.
    #[arg(long, value_name = "SECONDS", default_value_t = 330)]
    cache_wait: u64,
}

/// A rotation under way.
struct Work<'a> {
    arguments: &'a Arguments,
    organization: &'a Organization,
    target: &'a Target,
    record: Record,
    integration: Object,
}

/// Goes on from the phase in the record, or begins.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let target = arguments.target.open().await?;
    let path = arguments.target.record(&arguments.name);
    let _lock = Lock::take(&path)?;
    let entry = target.read(&arguments.name).await?.ok_or_else(|| {
        failure::misconfigured(anyhow!(
            "{} holds no integration {}: run bridge setup first",
            target.describe(),
            arguments.name
        ))
    })?;
    let organization = open(&hosts(&entry)?, environment).await?;
    let mut record = Record::open(path)?;
    record.belong_to(&organization_id(&organization).await?)?;
    let id = text(&entry, "/genesys/integrationId");
    let integration = organization.object(Kind::OpenIntegration, id).await?.ok_or_else(|| {
        failure::misconfigured(anyhow!("there is no Open Messaging integration {id}"))
    })?;
    let mut work =
        Work { arguments, organization: &organization, target: &target, record, integration };
    work.begin(&entry)?;
    work.make_client().await?;
    work.add().await?;
    work.tell().await?;
    work.drop_old().await?;
    work.end().await
}

fn text<'a>(entry: &'a Value, pointer: &str) -> &'a str {
    entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Where the configuration calls Genesys Cloud.
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

impl Work<'_> {
    fn rotation(&self) -> anyhow::Result<Rotation> {
        self.record.rotation.clone().context("the record has no rotation")
    }

    fn is_past(&self, phase: Phase) -> bool {
        let order = |phase: Phase| phase as u8;
        self.record.rotation.as_ref().is_some_and(|now| order(now.phase) >= order(phase))
    }

    fn reach(&mut self, phase: Phase) -> anyhow::Result<()> {
        if let Some(rotation) = &mut self.record.rotation {
            rotation.phase = phase;
        }
        self.record.save()
    }

    fn begin(&mut self, entry: &Value) -> anyhow::Result<()> {
        if let Some(rotation) = &self.record.rotation {
            output::line(format_args!(
                "going on with a rotation that was cut off ({:?})",
                rotation.phase
            ));
            return Ok(());
        }
        let clients = entry.pointer("/genesys/oauthClients").and_then(Value::as_array);
        let ids = clients.into_iter().flatten().filter_map(|client| client["clientId"].as_str());
        self.record.rotation = Some(Rotation {
            phase: Phase::Begun,
            webhook_secret: Kept::new(random_secret()),
            client: None,
            old_clients: ids.map(str::to_owned).collect(),
        });
        self.record.save()
    }

    /// A second OAuth client, with the roles of the first.
    async fn make_client(&mut self) -> anyhow::Result<()> {
        let mut rotation = self.rotation()?;
        if rotation.client.is_some() || self.is_past(Phase::Both) {
            return Ok(());
        }
        let old = rotation.old_clients.last().cloned().unwrap_or_default();
        let old = self
            .organization
            .object(Kind::OAuthClient, &old)
            .await?
            .ok_or_else(|| anyhow!("there is no OAuth client {old}: run bridge setup first"))?;
        if self.record.client.is_none() {
            self.adopt_or_make(&old, &rotation).await?;
        }
        // The new one is in the record; now it becomes the rotation's.
        rotation.client = self.record.client.take();
        self.record.rotation = Some(rotation);
        self.record.save()?;
        output::line("OAuth client: a second one is made");
        Ok(())
    }

    /// A client that a run made before it was cut off has a secret that nobody has seen: it gets another one.
    async fn adopt_or_make(&mut self, old: &Object, rotation: &Rotation) -> anyhow::Result<()> {
        let marked = mark(&self.arguments.name);
        if self.record.is_intended(Step::Client)
            && let Some(orphan) = self.orphan(&marked, rotation).await?
        {
            return renew_client(self.organization, &mut self.record, &orphan).await;
        }
        let body = json!({
            "name": old.name(),
            "description": marked,
            "authorizedGrantType": "CLIENT-CREDENTIALS",
            "accessTokenValiditySeconds": old.0["accessTokenValiditySeconds"].as_u64().unwrap_or(86_400),
            "roleDivisions": old.0["roleDivisions"],
            "state": "active",
        });
        new_client(self.organization, &mut self.record, body).await.map(|_| ())
    }

    /// The client that a run was making when it was cut off; the list may not show it yet. One that is switched off was deleted by
    /// an earlier rotation.
    async fn orphan(&self, marked: &str, rotation: &Rotation) -> anyhow::Result<Option<String>> {
        let clock = self.organization.clock();
        let age = self.record.made_at(Step::Client).map(|at| since(clock.now(), at));
        let most = age.map(|age| SHOWN.saturating_sub(age)).unwrap_or_default();
        let mut wait =
            Wait::new(clock, "whether the OAuth client was made by the run before", most);
        loop {
            let clients = self.organization.all(Kind::OAuthClient).await?;
            let orphan = clients.into_iter().find(|client| {
                client.text("/description").contains(marked)
                    && !client.is_off()
                    && !rotation.old_clients.iter().any(|id| id == client.id())
            });
            if orphan.is_some() || !wait.goes_on().await {
                return Ok(orphan.map(|client| client.id().to_owned()));
            }
        }
    }

    /// Waits until the new client may do what the old one may: the bridge uses it as soon as the configuration has it.
    async fn settle(&self) -> anyhow::Result<()> {
        let rotation = self.rotation()?;
        let Some(client) = rotation.client else { return Ok(()) };
        let old = rotation.old_clients.last().map(String::as_str).unwrap_or_default();
        let old = self.organization.object(Kind::OAuthClient, old).await?.unwrap_or_default();
        let roles = old.0["roleDivisions"].as_array().into_iter().flatten();
        for role in roles.filter_map(|pair| pair["roleId"].as_str()) {
            client_settles(self.organization, &self.record, &client.client_id, role, GRANT_SETTLES)
                .await?;
        }
        Ok(())
    }

    /// Old and new together, and time for the bridge to know.
    async fn add(&mut self) -> anyhow::Result<()> {
        if !self.is_past(Phase::Both) {
            self.settle().await?;
            let rotation = self.rotation()?;
            self.edit(|genesys| {
                let secret = json!(rotation.webhook_secret.expose());
                add(genesys, "webhookSecrets", secret, |known, new| known == new);
                if let Some(client) = &rotation.client {
                    let client = json!({ "clientId": client.client_id,
                                         "clientSecret": client.client_secret.expose() });
                    add(genesys, "oauthClients", client, |known, new| {
                        known["clientId"] == new["clientId"]
                    });
                }
            })
            .await?;
            self.reach(Phase::Both)?;
            output::line("configuration: old and new secrets together");
        }
        if !self.is_past(Phase::Told) {
            self.wait(self.arguments.reread_wait, "the bridge reads its configuration").await;
        }
        Ok(())
    }

    async fn tell(&mut self) -> anyhow::Result<()> {
        if !self.is_past(Phase::Told) {
            let rotation = self.rotation()?;
            // The name is needed in every change.
            let body = json!({ "name": self.integration.name(),
                               WEBHOOK_SECRET: rotation.webhook_secret.expose() });
            self.organization
                .patch(&Kind::OpenIntegration.one(self.integration.id()), body)
                .await?;
            self.reach(Phase::Told)?;
            output::line("Open Messaging integration: signs with the new secret");
        }
        if !self.is_past(Phase::Dropped) {
            self.wait(self.arguments.retry_wait, "webhooks signed with the old secret arrive")
                .await;
        }
        Ok(())
    }

    async fn drop_old(&mut self) -> anyhow::Result<()> {
        if !self.is_past(Phase::Dropped) {
            let rotation = self.rotation()?;
            self.edit(|genesys| {
                genesys["webhookSecrets"] = json!([rotation.webhook_secret.expose()]);
                let clients = genesys["oauthClients"].as_array_mut().into_iter();
                for clients in clients {
                    clients.retain(|client| {
                        let id = client["clientId"].as_str().unwrap_or_default();
                        !rotation.old_clients.iter().any(|old| old == id)
                    });
                }
            })
            .await?;
            self.reach(Phase::Dropped)?;
            output::line("configuration: the new secrets only");
        }
        self.wait(self.arguments.cache_wait, "nobody uses the old OAuth client any more").await;
        Ok(())
    }

    async fn end(&mut self) -> anyhow::Result<()> {
        let rotation = self.rotation()?;
        for old in &rotation.old_clients {
            if let Some(client) = self.organization.object(Kind::OAuthClient, old).await?
                && !client.is_to_be_deleted()
            {
                self.organization.remove(Kind::OAuthClient, &client).await?;
            }
        }
        self.record.rotation = None;
        if let Some(client) = rotation.client {
            self.record.note(Step::Client, &client.client_id)?;
        }
        self.record.save()?;
        output::line("OAuth client: the old one is deleted");
        Ok(())
    }

    /// Changes the section `genesys` of the configuration as it is now.
    async fn edit(&self, change: impl FnOnce(&mut Value)) -> anyhow::Result<()> {
        let entry = self.target.read(&self.arguments.name).await?;
        let mut entry = entry.context("the integration is gone from the configuration")?;
        change(&mut entry["genesys"]);
        self.target.write(&self.arguments.name, &entry, None).await.map(|_| ())
    }

    async fn wait(&self, seconds: u64, why: &str) {
        if seconds > 0 {
            output::line(format_args!("waiting {seconds} s: {why}"));
        }
        SystemClock.sleep(Duration::from_secs(seconds)).await;
    }
}

fn add(section: &mut Value, key: &str, new: Value, is_same: impl Fn(&Value, &Value) -> bool) {
    if !section[key].is_array() {
        section[key] = json!([]);
    }
    if let Some(list) = section[key].as_array_mut()
        && !list.iter().any(|known| is_same(known, &new))
    {
        list.push(new);
    }
}
