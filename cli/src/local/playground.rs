//! Everything that `bridge local` runs: both simulated vendors, and a bridge that may be killed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Either};
use serde_json::Value;
use shared::config::ConfigFile;
use shared::endpoint::encode;
use shared::lynn::authentication::KEY_HEADER;
use shared::ports::Clock as _;
use tokio::sync::{Mutex, watch};

use super::cast::Cast;
use super::clock::AheadClock;
use super::tap::Tap;
use super::traffic::{Entry, Traffic};
use crate::bridge::Bridge;
use crate::http_server::RequestHandler;
use crate::operator::installation::{self, Installation};

pub struct Playground {
    pub cast: Cast,
    pub traffic: Traffic,
    pub clock: AheadClock,
    /// The file with the bridge's configuration.
    pub config: PathBuf,
    /// The bridge's address, whether it runs or not.
    pub bridge_url: String,
    data: PathBuf,
    tap: Tap,
    /// `None` while it is killed.
    bridge: Mutex<Option<Bridge>>,
    runs: watch::Sender<bool>,
    /// The messages of agents that Genesys Cloud delivers now.
    sending: AtomicUsize,
}

impl Playground {
    /// Starts the bridge with the configuration in a file.
    pub async fn start(
        cast: Cast,
        config: &Path,
        traffic: Traffic,
        clock: AheadClock,
    ) -> anyhow::Result<Arc<Self>> {
        let tap = Tap::new(traffic.clone(), clock.clone(), cast.simulated_calls(), cast.real);
        let file = ConfigFile::read(config)?;
        let data = file.data_directory.clone();
        let bridge = Bridge::play(file, Some(config.to_owned()), &tap).await?;
        cast.send_to(bridge.address());
        cast.vendors.genesys.name_user("maria", Some("Maria"));
        cast.vendors.genesys.name_user("tom", Some("Tom"));
        let bridge_url = format!("http://{}", bridge.address());
        Ok(Arc::new(Self {
            cast,
            traffic,
            clock,
            config: config.to_owned(),
            bridge_url,
            data,
            tap,
            bridge: Mutex::new(Some(bridge)),
            runs: watch::Sender::new(true),
            sending: AtomicUsize::new(0),
        }))
    }

    pub fn runs(&self) -> bool {
        *self.runs.borrow()
    }

    /// Whether Genesys Cloud delivers a message of an agent now.
    pub fn is_sending(&self) -> bool {
        self.sending.load(Ordering::Relaxed) > 0
    }

    /// Does something aside that delivers a message of an agent.
    pub fn send_aside(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        self.sending.fetch_add(1, Ordering::Relaxed);
        let playground = Arc::clone(self);
        tokio::spawn(async move {
            work.await;
            playground.sending.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Adds a note to what passed.
    pub fn note(&self, what: &'static str, contact: Option<&str>, words: impl Into<String>) {
        let contact = contact.map(str::to_owned);
        self.traffic.push(self.clock.now(), Entry::Note { what, contact, words: words.into() });
    }

    /// Ends the bridge as `kill -9` does. Returns false if it does not run.
    pub async fn kill(&self) -> bool {
        let Some(bridge) = self.bridge.lock().await.take() else { return false };
        bridge.kill().await;
        self.tap.forget();
        self.runs.send_replace(false);
        self.note("killed", None, "The bridge was killed.");
        true
    }

    /// Starts a killed bridge with the data that it left. Returns false if it runs.
    pub async fn restart(&self) -> anyhow::Result<bool> {
        let mut bridge = self.bridge.lock().await;
        if bridge.is_some() {
            return Ok(false);
        }
        *bridge = Some(self.begin().await?);
        self.runs.send_replace(true);
        self.note("started", None, "The bridge was started again.");
        Ok(true)
    }

    async fn begin(&self) -> anyhow::Result<Bridge> {
        let file = ConfigFile::read(&self.config)?;
        Bridge::play(file, Some(self.config.clone()), &self.tap).await
    }

    /// Sets every clock ahead. The bridge is stopped for it, since its timers run in real time.
    pub async fn jump(&self, minutes: i64) -> anyhow::Result<()> {
        let mut bridge = self.bridge.lock().await;
        let ran = bridge.take();
        let runs = ran.is_some();
        if let Some(bridge) = ran {
            bridge.stop().await;
        }
        self.clock.jump(minutes.saturating_mul(60_000));
        simulators::set_clocks_ahead(self.clock.ahead());
        if runs {
            let started = self.begin().await;
            self.runs.send_replace(started.is_ok());
            *bridge = Some(started?);
        }
        drop(bridge);
        let words = format!("All clocks were set {minutes} minutes ahead.");
        self.note("jumped", None, words);
        Ok(())
    }

    /// What the bridge tells Lynn about a customer's conversation; `None` while it does not run.
    pub async fn conversation(&self, contact: &str) -> Option<Value> {
        let handler = self.tap.untapped()?;
        let path = format!("/lynn/{}/conversations/{}", self.cast.integration, encode(contact));
        let request = Request::builder().method(Method::GET).uri(path);
        let request = request.header(KEY_HEADER, &self.cast.lynn_key);
        let answer = handler.answer(request.body(Bytes::new()).ok()?).await;
        let Either::Left(body) = answer.into_body() else { return None };
        serde_json::from_slice(&body.collect().await.ok()?.to_bytes()).ok()
    }

    /// Answers the bridge's requests, while it runs.
    pub fn tapped(&self) -> Option<Arc<dyn RequestHandler>> {
        self.tap.tapped()
    }

    /// The bridge's data, whether it runs or not.
    pub fn data(&self) -> anyhow::Result<Installation> {
        installation::visit(&self.data).context("read the data of the bridge")
    }

    /// Ends the bridge after the work in progress.
    pub async fn stop(&self) {
        if let Some(bridge) = self.bridge.lock().await.take() {
            bridge.stop().await;
        }
    }
}
