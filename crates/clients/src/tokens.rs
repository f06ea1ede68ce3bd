//! Bearer tokens: from memory, then from the table, then by a login; one login at a time across all
//! instances.
//!
//! Rules: A token is used for the lifetime that the login names, less a margin. While one task logs
//! in, and if the login fails, other tasks use the old token if it is still valid; otherwise they
//! wait. A refused token is dropped only if it is still the token in use. After a failed login,
//! waiting tasks share its failure for a moment instead of logging in themselves.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use shared::error::{Class, Failure};
use shared::lock::lock;
use shared::ports::{
    Change, Clock, Expected, Item, ItemKey, PortError, Store, Vendor, VendorRequest, Write,
};
use shared::retry_after;
use shared::secret_text;
use shared::time::{Moment, Timestamp, whole_milliseconds};
use tokio::sync::Mutex;

/// How long one instance may take for a login before another instance tries: the write of the
/// lease, 8 s for the call, and 2 s by which clocks may differ.
const LEASE: Duration = Duration::from_secs(14);
/// The largest difference between clocks. A lease or a token from further in the future was written
/// before this clock was set back.
const APART: Duration = Duration::from_secs(10);
/// How long the write of a lease may take. An instance that gets its lease later gives it up,
/// because the login might outlast it.
const TO_WRITE: Duration = Duration::from_secs(4);
/// How often an instance without a token checks whether the login of another instance is done.
const LEASE_POLL_PAUSE: Duration = Duration::from_millis(100);
/// How many times it checks before the event returns to its queue.
const LEASE_POLLS: u32 = 150;
/// How long no new login is tried after a failed one.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// The largest margin before a token's end.
const LONGEST_MARGIN: Duration = Duration::from_mins(1);

/// A token fresh from the login.
pub struct Fresh {
    pub token: SecretString,
    pub lifetime: Duration,
}

shared::debug_writes!(Fresh: |fresh| "{:?}", fresh.lifetime);

/// A way to get a token.
#[async_trait]
pub trait Login: Send + Sync {
    /// The key of the token in the table: the provider and the client.
    fn key(&self) -> ItemKey;
    /// Requests a new token.
    async fn login(&self) -> Result<Fresh, Failure>;
}

/// Makes the call of a login and returns the answer's body. A repeated login does no harm, so an
/// uncertain one is simply retried. A refused login is the operator's mistake, not an error of the
/// message: the events wait until `credential` is repaired.
pub(crate) async fn log_in(
    vendor: &dyn Vendor,
    request: VendorRequest,
    name: &str,
    credential: &str,
) -> Result<Bytes, Failure> {
    let answer = vendor.call(request).await;
    let answer = answer.map_err(|error| Failure::login(name).caused_by(error))?;
    if (200..300).contains(&answer.status) {
        return Ok(answer.body);
    }
    let summary = format!("{name}: answered {}; check {credential}", answer.status);
    Err(Failure::login(summary).after(retry_after::read(&answer.headers)))
}

/// The item of design §6.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Stored {
    #[serde(serialize_with = "secret_text::exposed")]
    token: Option<SecretString>,
    expires_at: Option<Timestamp>,
    renew_at: Option<Timestamp>,
    /// When the login issued the token.
    issued_at: Option<Timestamp>,
    lease_until: Option<Timestamp>,
}

impl Stored {
    fn lives(&self, now: Timestamp) -> bool {
        self.token.is_some() && self.expires_at.is_some_and(|end| end > now)
    }

    /// Whether the token needs no renewal. A clock that was set back does not make a token fresh
    /// again.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let is_past = |issued: Timestamp| issued.elapsed_since(now) <= APART;
        self.lives(now)
            && self.renew_at.is_some_and(|renew| renew > now)
            && self.issued_at.is_none_or(is_past)
    }

    /// Whether another instance may be logging in.
    fn is_leased(&self, now: Timestamp) -> bool {
        let is_meant = |until: Timestamp| until.elapsed_since(now) <= LEASE + APART;
        self.lease_until.is_some_and(|until| until > now && is_meant(until))
    }

    fn holds(&self, token: &SecretString) -> bool {
        self.token.as_ref().is_some_and(|own| own.expose_secret() == token.expose_secret())
    }

    fn secret(&self) -> Option<SecretString> {
        self.token.clone()
    }
}

/// A token in the table, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenStatus {
    /// Whose token it is: `genesys` or `lynn`.
    pub provider: String,
    /// The client's fingerprint.
    pub client: String,
    pub expires_at: Option<Timestamp>,
    /// Whether it can be used now.
    pub valid: bool,
}

/// Reads a token's item; `None` if the key is not that of a token.
pub(crate) fn status(key: &ItemKey, body: &str, now: Timestamp) -> Option<TokenStatus> {
    let (provider, client) = key.partition.strip_prefix("token#")?.split_once('#')?;
    let stored: Stored = serde_json::from_str(body).unwrap_or_default();
    Some(TokenStatus {
        provider: provider.to_owned(),
        client: client.get(..8)?.to_owned(),
        expires_at: stored.expires_at.filter(|_| stored.token.is_some()),
        valid: stored.lives(now),
    })
}

/// The state of one client's token in a process.
#[derive(Default)]
struct Held {
    token: Stored,
    failed: Option<FailedLogin>,
}

/// One client's slot in a process: one task at a time gets the token. The other tasks read
/// `current` meanwhile.
#[derive(Default)]
struct Slot {
    held: Mutex<Held>,
    current: std::sync::Mutex<Stored>,
}

impl Slot {
    fn show(&self, token: &Stored) {
        *lock(&self.current) = token.clone();
    }

    fn living(&self, now: Timestamp) -> Option<SecretString> {
        let current = lock(&self.current);
        current.secret().filter(|_| current.lives(now))
    }
}

/// A login that failed a moment ago.
struct FailedLogin {
    at: Moment,
    summary: String,
    retry_after: Option<Duration>,
}

impl FailedLogin {
    fn failure(&self) -> Failure {
        Failure::login(self.summary.clone()).after(self.retry_after)
    }
}

/// The tokens of one process.
pub struct Tokens {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    memory: std::sync::Mutex<HashMap<ItemKey, Arc<Slot>>>,
    /// The number of tokens that were issued, by provider.
    issued: std::sync::Mutex<BTreeMap<String, u64>>,
    /// Whether no other process uses the table. A lease in the table then belongs to a dead
    /// process.
    sole: bool,
}

impl Tokens {
    /// Starts without tokens.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let (memory, issued) = Default::default();
        Self { store, clock, memory, issued, sole: false }
    }

    /// Starts without tokens, in the only process that uses the table. It need not wait for the
    /// lease of a dead process.
    pub fn of_sole_process(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { sole: true, ..Self::new(store, clock) }
    }

    /// The table, for other state of a client that instances share.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// The number of tokens that were issued to this process, by provider.
    pub fn issued(&self) -> BTreeMap<String, u64> {
        lock(&self.issued).clone()
    }

    /// Returns a token that is valid now.
    pub async fn get(&self, login: &dyn Login) -> Result<SecretString, Failure> {
        let slot = self.slot(&login.key());
        let mut held = match slot.held.try_lock() {
            Ok(held) => held,
            // While another task refreshes, use the old token if it is still valid; otherwise wait
            // for the new one.
            Err(_) => match slot.living(self.clock.now()) {
                Some(token) => return Ok(token),
                None => slot.held.lock().await,
            },
        };
        if let (true, Some(token)) = (held.token.is_fresh(self.clock.now()), held.token.secret()) {
            return Ok(token);
        }
        let now = self.clock.moment();
        let is_recent = |failed: &&FailedLogin| now.is_within(AFTER_FAILURE, failed.at);
        if let Some(failed) = held.failed.as_ref().filter(is_recent) {
            return slot.living(now.at).ok_or_else(|| failed.failure());
        }
        match self.shared(login).await {
            Ok(stored) => {
                slot.show(&stored);
                *held = Held { token: stored, failed: None };
            }
            Err(failure) => {
                let at = self.clock.moment();
                let (summary, retry_after) = (shared::error::chain(&failure), failure.retry_after);
                let refused = failure.login_refused;
                held.failed = refused.then_some(FailedLogin { at, summary, retry_after });
                // Use the old token until it ends.
                return slot.living(self.clock.now()).ok_or(failure);
            }
        }
        held.token
            .secret()
            .ok_or_else(|| Failure::new(Class::Retry, "token", "get a token: there is none"))
    }

    /// Drops a token after a call was refused with 401. A newer token is kept.
    pub async fn refuse(&self, login: &dyn Login, refused: &SecretString) -> Result<(), Failure> {
        let key = login.key();
        let slot = self.slot(&key);
        let mut held = slot.held.lock().await;
        if held.token.holds(refused) {
            held.token = Stored::default();
            slot.show(&held.token);
        }
        let (stored, version) = self.read(&key).await?;
        if stored.holds(refused) {
            // If this write loses the race, another instance has written something newer.
            self.write_if(
                &key,
                version,
                &Stored { lease_until: stored.lease_until, ..Stored::default() },
            )
            .await?;
        }
        Ok(())
    }

    /// Returns the token in the table, or a new one if this instance gets the lease for the login.
    async fn shared(&self, login: &dyn Login) -> Result<Stored, Failure> {
        let key = login.key();
        for _ in 0..LEASE_POLLS {
            let (stored, version) = self.read(&key).await?;
            let began = self.clock.moment();
            let now = began.at;
            if stored.is_fresh(now) {
                return Ok(stored);
            }
            if self.sole || !stored.is_leased(now) {
                let lease = Some(now + LEASE);
                let leased = Stored { lease_until: lease, ..stored.clone() };
                let is_mine = self.write_if(&key, version, &leased).await?;
                if is_mine && self.clock.moment().is_within(TO_WRITE, began) {
                    return self.renew(login, &key, version + 1, &stored).await;
                }
                if is_mine {
                    self.write_if(&key, version + 1, &stored).await?;
                }
                continue;
            }
            if stored.lives(now) {
                return Ok(stored);
            }
            self.clock.sleep(LEASE_POLL_PAUSE).await;
        }
        Err(Failure::new(Class::Retry, "token", "wait for another instance's login")
            .not_attempted())
    }

    async fn renew(
        &self,
        login: &dyn Login,
        key: &ItemKey,
        version: u64,
        old: &Stored,
    ) -> Result<Stored, Failure> {
        let fresh = match login.login().await {
            Ok(fresh) => fresh,
            Err(failure) => {
                // Release the lease, so that the next attempt need not wait for its end.
                self.write_if(key, version, &Stored { lease_until: None, ..old.clone() }).await?;
                return Err(failure);
            }
        };
        let now = self.clock.now();
        let margin = LONGEST_MARGIN.min(fresh.lifetime / 10);
        let stored = Stored {
            token: Some(fresh.token),
            expires_at: Some(now + fresh.lifetime),
            renew_at: Some(now + (fresh.lifetime - margin)),
            issued_at: Some(now),
            lease_until: None,
        };
        // A lost write costs the other instances a login of their own, but never this event.
        if let Err(failure) = self.write_if(key, version, &stored).await {
            tracing::warn!(
                error = shared::error::chain(&failure),
                "A new token could not be shared."
            );
        }
        let provider = key.partition.split('#').nth(1).unwrap_or_default().to_owned();
        *lock(&self.issued).entry(provider).or_default() += 1;
        tracing::info!(
            event.name = "token.renewed",
            lifetime_ms = whole_milliseconds(fresh.lifetime),
            "A new token was issued."
        );
        Ok(stored)
    }

    async fn read(&self, key: &ItemKey) -> Result<(Stored, u64), Failure> {
        let found = self.store.load(std::slice::from_ref(key)).await;
        let item = found.map_err(store_failure)?.pop().flatten();
        let Some(Item { body, version }) = item else { return Ok((Stored::default(), 0)) };
        // An unreadable item counts as empty; the next login replaces it.
        Ok((serde_json::from_str(&body).unwrap_or_default(), version))
    }

    /// Writes only if the item is still the version that was read; `false` if another writer was
    /// faster.
    async fn write_if(
        &self,
        key: &ItemKey,
        version: u64,
        stored: &Stored,
    ) -> Result<bool, Failure> {
        let body = serde_json::to_string(stored).map_err(|error| {
            Failure::new(Class::Retry, "token", "write a token").caused_by(error)
        })?;
        let expected = if version == 0 { Expected::Absent } else { Expected::Version(version) };
        let change = Change::Put { body, expires_at: None, index: None, due: None };
        match self.store.write(&[Write { key: key.clone(), expected, change }]).await {
            Ok(()) => Ok(true),
            Err(PortError::Conflict { .. }) => Ok(false),
            Err(error) => Err(store_failure(error)),
        }
    }

    fn slot(&self, key: &ItemKey) -> Arc<Slot> {
        let mut memory = lock(&self.memory);
        Arc::clone(memory.entry(key.clone()).or_default())
    }
}

fn store_failure(error: PortError) -> Failure {
    Failure::new(Class::Retry, "store", "use the token table").caused_by(error).not_attempted()
}
