//! The relay of one process: decides the outcome for each file of an event.
//!
//! Rules: An existing copy is used, so that a repeat carries the same link. A temporary failure is
//! retried while there is [`Patience`]. After that time, or after a final failure, the message is
//! sent without the file, and the event's record says so first. A failure of the bridge's own store
//! never costs a file.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use clients::genesys::login::ClientCredentials;
use clients::tokens::Tokens;
use delivery::OWN_TROUBLE;
use delivery::route::Situation;
use futures_util::future::join_all;
use secrecy::SecretString;
use shared::config::LinkKey;
use shared::config::SendConfig;
use shared::error::{Class, Failure};
use shared::file_refusal::Refusal;
use shared::file_refusal::RefusedFile;
use shared::ports::{Clock, Direction, PortError, Vendor};
use shared::retry::random_part;
use shared::time::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

use super::attachment_ref::{AttachmentRef, FileOutcome};
use super::copy::{Bearer, Copier, CopyError};
use super::copy_permits::{CopyPermit, CopyPermits};
use super::link::{MediaKey, link};
use super::log;
use super::patience::Patience;
use super::ports::{MediaSource, MediaStore};
use super::source_policy::SourcePolicy;

/// How long a store keeps a copy: as long as the record of its event.
pub const KEPT: Duration = delivery::record::KEPT;
/// How long sources may take for the files of one part.
pub const COPYING: Duration = Duration::from_secs(30);
/// The number of files of a part that are copied at the same time: a function with ten
/// conversations has half a gigabyte of disk.
const SIDE_BY_SIDE: usize = 2;
/// How long sources and the bridge's own store may take together: a function ends soon after.
const STORING: Duration = Duration::from_secs(50);
/// How often a source must say that a file is gone before the bridge believes it.
const TRIES: usize = 4;
/// The shortest wait of an event that gets no permit. A random time of up to the same length is
/// added.
const NO_PERMIT: Duration = Duration::from_secs(1);
/// The operator reads this text about an attempt that refused files.
const GIVEN_UP: &str = "copy a file: it is not passed on";
/// After copying for longer than this, the message is sent in the event's next turn, so that it has
/// a function's full time.
const LONG: Duration = Duration::from_secs(2);

/// Copies files.
pub struct Relay {
    pub source: Arc<dyn MediaSource>,
    /// The store of the copies; `None` if the installation has none.
    pub store: Option<Arc<dyn MediaStore>>,
    /// The start of each link, if the configuration does not set it.
    pub base_url: Option<String>,
    /// The client and the tokens of Genesys, if Genesys' links are followed.
    pub genesys: Option<(Arc<dyn Vendor>, Arc<Tokens>)>,
    /// How long sources may take for the files of one part; [`COPYING`] outside of tests.
    pub copying: Duration,
    /// Limits how many files are copied at the same time.
    pub permits: CopyPermits,
    pub clock: Arc<dyn Clock>,
}

impl Relay {
    /// Returns each file with its outcome, or why the event must wait.
    pub(super) async fn relay_files(
        &self,
        direction: Direction,
        files: Vec<AttachmentRef>,
        situation: &Situation<'_>,
    ) -> Result<Vec<(AttachmentRef, FileOutcome)>, Failure> {
        let began = self.clock.now();
        let job = RelayJob::of(self, direction, situation)?;
        // Each attempt starts with another file, so that files with stalling sources cannot keep a
        // file from its turn.
        let failures = usize::try_from(situation.record.failures).unwrap_or_default();
        let first = failures.checked_rem(files.len()).unwrap_or_default();
        let (before, from) = files.split_at(first);
        let work = join_all(from.iter().chain(before).map(|file| job.relay_file(file)));
        let mut relayed = tokio::time::timeout(STORING, work).await.map_err(|_| own_trouble())?;
        relayed.rotate_right(first);
        let (mut outcomes, mut copied, mut refused) =
            (Vec::with_capacity(files.len()), false, false);
        for relayed in relayed {
            let (outcome, is_news) = relayed?;
            let is_refused = matches!(outcome, FileOutcome::Refused(_));
            copied |= is_news && !is_refused;
            refused |= is_news && is_refused;
            outcomes.push(outcome);
        }
        if refused {
            let news = |file: &AttachmentRef| situation.record.refused_file(&file.place).is_none();
            return Err(given_up(files.iter().zip(&outcomes).filter(|(file, _)| news(file))));
        }
        if copied && self.clock.now().elapsed_since(began) > LONG {
            let summary = "copy a file: done, the message follows";
            let soon = Failure::new(Class::Retry, "media.copied", summary);
            return Err(soon.after(Some(Duration::ZERO)).not_attempted());
        }
        Ok(files.into_iter().zip(outcomes).collect())
    }
}

/// The relay's work on one event.
struct RelayJob<'a> {
    relay: &'a Relay,
    direction: Direction,
    situation: &'a Situation<'a>,
    store: &'a dyn MediaStore,
    base: &'a str,
    signer: LinkKey,
    source_policy: SourcePolicy,
    bearer: Option<GenesysBearer<'a>>,
    began: Instant,
    turns: Semaphore,
}

impl<'a> RelayJob<'a> {
    fn of(
        relay: &'a Relay,
        direction: Direction,
        situation: &'a Situation<'a>,
    ) -> Result<Self, Failure> {
        let config = situation.config;
        let unset = |what: &str| {
            let summary = format!("copy a file: {what}");
            Failure::new(Class::Retry, "media.unconfigured", summary).not_attempted()
        };
        let store = relay.store.as_deref().ok_or_else(|| {
            unset("there is no place for copies; deploy the stack with MediaRelay=yes")
        })?;
        let configured = config.media.public_base_url.as_ref().map(|base| base.as_str());
        let base = configured
            .or(relay.base_url.as_deref())
            .ok_or_else(|| unset("media.publicBaseUrl is not set"))?;
        let signer = config
            .media
            .link_key
            .clone()
            .ok_or_else(|| unset("the configuration was not stored by `bridge config push`"))?;
        let bearer =
            relay.genesys.as_ref().map(|(vendor, tokens)| GenesysBearer { vendor, tokens, config });
        Ok(Self {
            relay,
            direction,
            situation,
            store,
            base,
            signer: LinkKey::new(signer),
            source_policy: SourcePolicy::of(config),
            bearer,
            began: Instant::now(),
            turns: Semaphore::new(SIDE_BY_SIDE),
        })
    }

    /// Returns the outcome for a file, and whether it is new: copied or refused just now.
    async fn relay_file(&self, file: &AttachmentRef) -> Result<(FileOutcome, bool), Failure> {
        let genesys = || Url::parse(&file.url).is_ok_and(|url| self.source_policy.is_genesys(&url));
        if file.only_from_genesys && !genesys() {
            return Ok((FileOutcome::Unchanged, false));
        }
        if let Some(refusal) = self.situation.record.refused_file(&file.place) {
            return Ok((FileOutcome::Refused(refusal), false));
        }
        let key = self.key(file);
        if let Some(found) = self.store.find(&key).await.map_err(unstored)?
            && found.stored_at + KEPT >= self.link_end()
        {
            return Ok((self.copied(&key, found.mime, found.size), false));
        }
        // The semaphore is never closed, so this cannot fail.
        let _turn = self.turns.acquire().await;
        let began = self.relay.clock.now();
        let patience = Patience::of(self.situation, began);
        let mut limit = self.relay.copying.saturating_sub(self.began.elapsed());
        if !self.situation.record.own_trouble {
            if patience.is_over() {
                log::refused(self.direction, self.situation.event, &key, Refusal::Unreachable);
                return Ok((FileOutcome::Refused(Refusal::Unreachable), true));
            }
            limit = limit.min(patience.left());
        }
        let _permit = self.permit(file, patience)?;
        let copier = Copier {
            source: &*self.relay.source,
            store: self.store,
            source_policy: &self.source_policy,
            bearer: self.bearer.as_ref().map(|bearer| bearer as &dyn Bearer),
            clock: &*self.relay.clock,
            limit,
        };
        match copier.copy(&key, &file.url, file.mime.as_deref()).await {
            Ok((kind, size)) => {
                let took = self.relay.clock.now().since(began);
                log::copied(self.direction, self.situation.event, &key, (kind.mime, size), took);
                Ok((self.copied(&key, kind.mime.to_owned(), size), true))
            }
            Err(error) => {
                let refusal = self.classify(error)?;
                log::refused(self.direction, self.situation.event, &key, refusal);
                Ok((FileOutcome::Refused(refusal), true))
            }
        }
    }

    /// Takes a permit for the copy. If none is free, the event returns soon: at the latest when the
    /// time of its file is over.
    fn permit(&self, file: &AttachmentRef, patience: Patience) -> Result<CopyPermit<'a>, Failure> {
        let url = Url::parse(&file.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        self.relay.permits.take(host).ok_or_else(|| {
            let pause = NO_PERMIT + random_part(NO_PERMIT, self.relay.clock.random());
            // After a failure of the bridge's own store, a file may wait for longer than its time.
            let pause = if patience.is_over() { pause } else { pause.min(patience.left()) };
            let summary = "copy a file: many others are being copied";
            Failure::new(Class::Retry, "media.busy", summary).after(Some(pause)).not_attempted()
        })
    }

    /// Decides whether the failure is final for the file or the event waits.
    fn classify(&self, error: CopyError) -> Result<Refusal, Failure> {
        let patience = Patience::of(self.situation, self.relay.clock.now()).after_a_try();
        let later = |failure: Failure, wish| {
            failure.after(Some(patience.pause(wish, self.relay.clock.random())))
        };
        let again = || Failure::new(Class::Retry, "media", "copy a file");
        match error {
            CopyError::Refused(refusal) => Ok(refusal),
            CopyError::Store(error) => Err(unstored(error)),
            CopyError::Status { status, .. } if is_final(status) && self.was_often(status) => {
                Ok(Refusal::Gone)
            }
            _ if patience.is_over() => Ok(Refusal::Unreachable),
            CopyError::Token(failure) => {
                let wish = failure.retry_after;
                Err(later(failure, wish))
            }
            CopyError::Status { status, retry_after } => {
                Err(later(again().answered(status), retry_after).caused_by(error))
            }
            CopyError::Source(_) => Err(later(again(), None).caused_by(error)),
        }
    }

    /// Whether the source gave this status at the last `TRIES` attempts in a row.
    fn was_often(&self, status: u16) -> bool {
        let history = self.situation.record.history.iter().rev();
        // An attempt that refused other files of the message says nothing about this file.
        let history = history.filter(|attempt| attempt.summary != GIVEN_UP);
        // Attempts at another part of the message say nothing about it either.
        let part = self.situation.record.next_part();
        let history = history.filter(|attempt| attempt.part == part);
        let times = history.take_while(|attempt| attempt.status == Some(status)).count();
        times + 1 >= TRIES
    }

    fn key(&self, file: &AttachmentRef) -> MediaKey {
        let event = self.situation.event;
        let conversation = event.conversation();
        let dedup_key = event.dedup_key.id();
        MediaKey::of(&[
            conversation.integration.as_str(),
            conversation.contact.as_str(),
            self.direction.name(),
            &dedup_key,
            &file.place,
            // An event that Lynn sends again may have another file in the same place.
            &file.url,
        ])
    }

    /// The end of the link. It is the same at every attempt, so that a repeat carries the same
    /// link.
    fn link_end(&self) -> Timestamp {
        let hours = self.situation.config.media.link_hours;
        self.situation.event.accepted_at + Duration::from_hours(hours.into())
    }

    fn copied(&self, key: &MediaKey, mime: String, size: u64) -> FileOutcome {
        let integration = &self.situation.event.integration;
        let url = link(self.base, &self.signer, integration, key, self.link_end());
        FileOutcome::Copied { url, mime, size }
    }
}

/// Refused files are first written to the record, all files of a part at once. Their message is
/// sent without them in the next turn. So a repeat says the same, even if a file has become
/// available again.
fn given_up<'f>(news: impl Iterator<Item = (&'f AttachmentRef, &'f FileOutcome)>) -> Failure {
    let mut failure =
        Failure::new(Class::Retry, "media.refused", GIVEN_UP).after(Some(Duration::ZERO));
    for (file, outcome) in news {
        if let FileOutcome::Refused(refusal) = outcome {
            let (place, name) = (file.place.clone(), file.name.clone());
            failure.relay.get_or_insert_default().refused_files.push(RefusedFile {
                place,
                name,
                refusal: *refusal,
                life: 0,
            });
        }
    }
    failure
}

/// Statuses that mean that the file will not become available.
fn is_final(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 408 | 425 | 429)
}

fn own_trouble() -> Failure {
    let summary = "copy a file: the bridge's own store does not answer";
    let mut failure = Failure::new(Class::Retry, "media.store", summary);
    failure.relay.get_or_insert_default().own_trouble = true;
    failure.after(Some(OWN_TROUBLE)).not_attempted()
}

fn unstored(error: PortError) -> Failure {
    own_trouble().caused_by(error)
}

/// The token of an integration's first OAuth client.
struct GenesysBearer<'a> {
    vendor: &'a Arc<dyn Vendor>,
    tokens: &'a Tokens,
    config: &'a SendConfig,
}

impl GenesysBearer<'_> {
    fn login(&self) -> Result<ClientCredentials<'_>, Failure> {
        let (vendor, config) = (self.vendor, self.config);
        let client = config.genesys.oauth_clients.first().ok_or_else(|| {
            Failure::new(Class::Retry, "token", "get a token: there is no OAuth client")
        })?;
        Ok(ClientCredentials { vendor, config, client })
    }
}

#[async_trait]
impl Bearer for GenesysBearer<'_> {
    async fn token(&self) -> Result<SecretString, Failure> {
        self.tokens.get(&self.login()?).await
    }

    async fn refused(&self, token: &SecretString) -> Result<(), Failure> {
        self.tokens.refuse(&self.login()?, token).await
    }
}
