//! What the bridge may do, and the OAuth client that does it. A secret is shown once: it is written down before anything else.

use std::time::Duration;

use anyhow::anyhow;
use serde_json::Value;

use super::{Work, post};
use crate::organization::settling::GRANT_SETTLES;
use crate::organization::{Kind, Object, Organization};
use crate::setup::record::{Kept, KeptClient, Record};
use crate::setup::step::Step;

impl Work<'_> {
    pub(super) async fn set_role(&mut self, creates: bool) -> anyhow::Result<()> {
        let body = self.wanted.role();
        let role = if creates {
            self.make(Step::Role, Kind::Role, body).await?
        } else {
            let id = self.observed.id(Step::Role).to_owned();
            self.record.note(Step::Role, &id)?;
            self.organization.put(&Kind::Role.one(&id), body).await?
        };
        self.observed.note(Step::Role, role);
        Ok(())
    }

    /// Who hands a role on has to have it.
    pub(super) async fn grant(&mut self) -> anyhow::Result<()> {
        let role = self.observed.id(Step::Role).to_owned();
        let path = grant_path(self.organization.client_id(), self.observed.division.id(), &role);
        self.record.intend(Step::Grant, self.organization.clock().now())?;
        let path = format!("{path}?subjectType=PC_OAUTH_CLIENT");
        self.organization.post(&path, Value::Null).await?;
        self.record.note_new(Step::Grant, &role, self.organization.clock().now())?;
        self.observed.granted = true;
        Ok(())
    }

    /// Makes or changes the OAuth client; a secret is written down as soon as it is shown.
    pub(super) async fn set_client(&mut self, creates: bool) -> anyhow::Result<()> {
        let kind = Kind::OAuthClient;
        let (organization, role) = (self.organization, self.observed.id(Step::Role));
        if let Some(given) = self.record.made_at(Step::Grant).filter(|at| organization.is_new(*at))
        {
            let administrator = organization.client_id();
            organization.grant_settles(administrator, role, given, GRANT_SETTLES).await?;
        }
        let body = self.wanted.client(self.observed.id(Step::Role), self.observed.division.id());
        if creates {
            let client = new_client(self.organization, &mut self.record, body).await?;
            self.observed.note(Step::Client, client);
            return Ok(());
        }
        let id = self.observed.id(Step::Client).to_owned();
        if !self.known().clients.contains(&id.as_str()) {
            renew_client(self.organization, &mut self.record, &id).await?;
        }
        self.record.note(Step::Client, &id)?;
        self.organization.put(&kind.one(&id), body).await?;
        let client = self.organization.get(&kind.one(&id)).await?;
        self.observed.note(Step::Client, client);
        Ok(())
    }
}

/// Waits until the OAuth client that was made a moment ago can be used: from then on the configuration has it.
pub async fn client_settles(
    organization: &Organization,
    record: &Record,
    client: &str,
    role: &str,
    least: Duration,
) -> anyhow::Result<()> {
    let made = record.made_at(Step::Client).filter(|at| organization.is_new(*at));
    if let Some(made) = made {
        organization.grant_settles(client, role, made, least).await?;
    }
    Ok(())
}

/// Makes an OAuth client and writes its secret down before anything else.
pub async fn new_client(
    organization: &Organization,
    record: &mut Record,
    body: Value,
) -> anyhow::Result<Object> {
    let client = post(organization, record, Step::Client, Kind::OAuthClient, body).await?;
    keep_client(record, client.id(), &client)?;
    record.note_new(Step::Client, client.id(), organization.clock().now())?;
    Ok(client)
}

/// Has the secret of an OAuth client replaced, and writes the new one down. The old one is of no use from then on.
pub async fn renew_client(
    organization: &Organization,
    record: &mut Record,
    id: &str,
) -> anyhow::Result<()> {
    let path = format!("{}/secret", Kind::OAuthClient.one(id));
    let client = organization.post(&path, Value::Null).await?;
    keep_client(record, id, &client)
}

fn keep_client(record: &mut Record, id: &str, answer: &Object) -> anyhow::Result<()> {
    let secret = answer.text("/secret");
    if id.is_empty() || secret.is_empty() {
        return Err(anyhow!(
            "the answer of Genesys Cloud shows no secret of the OAuth client {id}; run it again"
        ));
    }
    let client = KeptClient { client_id: id.to_owned(), client_secret: Kept::new(secret) };
    record.client = Some(client);
    record.note(Step::Client, id)
}

/// The grant of a role to an OAuth client.
pub fn grant_path(subject: &str, division: &str, role: &str) -> String {
    format!("/api/v2/authorization/subjects/{subject}/divisions/{division}/roles/{role}")
}
