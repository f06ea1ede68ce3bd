//! The list of the integrations that have a configuration.

use std::collections::BTreeSet;

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};
use secrecy::{ExposeSecret, SecretString};
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::secret::{SecretState, other_key};
use super::{PREVIOUS, StoredConfiguration};
use crate::operator::error::{OperatorError, explain};
use crate::operator::kms_key::KmsKey;
use crate::secrets_manager::{ListOfNames, list_name, part_name};

/// How often the list of names is written if other runs write it at the same time.
const LIST_ATTEMPTS: u32 = 5;

impl StoredConfiguration {
    /// The integrations that have a secret. The list may lag some minutes behind.
    pub async fn integrations(&self) -> Result<BTreeSet<IntegrationName>, OperatorError> {
        let start = format!("{}/", self.prefix);
        let by_name = Filter::builder().key(FilterNameStringType::Name).values(&start).build();
        let mut pages = self.client.list_secrets().filters(by_name).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| explain("secretsmanager:ListSecrets", &start, &error))?;
            names.extend(page.secret_list().iter().filter_map(|entry| entry.name.clone()));
        }
        Ok(integrations(&self.prefix, names.iter().map(String::as_str)))
    }

    /// Writes which integrations are configured, so that the functions need not look up other
    /// names. Names that another run adds at the same time stay. The first list contains everything
    /// that is stored; if that cannot be listed, no list is written, and the functions look up each
    /// name.
    ///
    /// Returns whether the list has another key now.
    pub async fn list(
        &self,
        added: Option<&IntegrationName>,
        removed: Option<&IntegrationName>,
        kms_key: Option<&KmsKey>,
    ) -> Result<bool, OperatorError> {
        let name = list_name(&self.prefix);
        let mut stored = self.integrations().await.ok();
        let mut rekeyed = false;
        for _ in 0..LIST_ATTEMPTS {
            let found = self.version(&name, "AWSCURRENT").await?;
            let before: Option<ListOfNames> =
                found.as_ref().and_then(|it| serde_json::from_str(it.value.expose_secret()).ok());
            if before.is_none() && stored.is_none() {
                return Ok(false);
            }
            let mut list = before.clone().unwrap_or_default();
            list.integrations.extend(stored.iter().flatten().cloned());
            list.integrations.extend(added.cloned());
            if let Some(removed) = removed {
                list.integrations.remove(removed);
            }
            let is_same = before.as_ref() == Some(&list);
            if is_same && kms_key.is_none() {
                return Ok(false);
            }
            let value = SecretString::from(
                serde_json::to_string(&list).map_err(OperatorError::ListOfNames)?,
            );
            let secret = self.read_secret(&name).await?;
            match secret {
                SecretState::Nothing if self.create(&name, &value, kms_key, None).await? => {
                    return Ok(false);
                }
                // Another run has created it meanwhile: read its names first.
                SecretState::Nothing => continue,
                SecretState::Doomed(_) => self.restore(&name).await?,
                SecretState::Secret(_) => {}
            }
            let other_key = other_key(kms_key, &secret);
            rekeyed |= other_key.is_some();
            match other_key {
                Some(key) => self.rekey(&name, &value, key, None).await?,
                None if is_same => return Ok(rekeyed),
                None => self.change(&name, &value, None).await?,
            }
            // Whether the replaced list is the one that was read.
            let replaced = self.version(&name, PREVIOUS).await?;
            let was_read =
                found.map(|it| it.version) == replaced.as_ref().map(|it| it.version.clone());
            let Some(replaced) = replaced.filter(|_| !was_read) else { return Ok(rekeyed) };
            let other: ListOfNames =
                serde_json::from_str(replaced.value.expose_secret()).unwrap_or_default();
            stored.get_or_insert_default().extend(other.integrations);
        }
        Ok(rekeyed)
    }
}

/// The integrations that have a secret among these names.
pub(super) fn integrations<'a>(
    prefix: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<IntegrationName> {
    names.into_iter().filter_map(|name| integration(prefix, name)).collect()
}

fn integration(prefix: &str, name: &str) -> Option<IntegrationName> {
    let (integration, part) = name.strip_prefix(prefix)?.strip_prefix('/')?.rsplit_once('/')?;
    let known = [SecretPart::Receive, SecretPart::Send].map(part_name).contains(&part);
    (known && IntegrationName::is_valid(integration)).then(|| IntegrationName::new(integration))
}
