//! A simulation of Genesys Cloud's rate limit: a fixed number of requests per minute and token.
//! Each answer names the limit, and requests beyond it get a 429.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use shared::ports::{Clock as _, Vendor, VendorError, VendorRequest, VendorResponse};
use testing::answer;

use super::time::VirtualClock;

const MINUTE: i64 = 60_000;

/// The record of the simulation.
#[derive(Default)]
pub struct TakenCalls {
    /// Accepted events: conversation, number of the event, time.
    pub taken: Vec<(usize, usize, i64)>,
    /// The times of requests that were refused with 429.
    pub refused: Vec<i64>,
    /// Requests in each second, including refused ones.
    pub by_second: HashMap<i64, usize>,
    /// Accepted typing events.
    pub typing: usize,
    windows: HashMap<Bytes, (i64, u64)>,
    tokens: usize,
}

pub struct RushGenesys {
    pub clock: Arc<VirtualClock>,
    pub allowed: u64,
    pub seen: Mutex<TakenCalls>,
}

impl RushGenesys {
    fn count(&self, token: Bytes, seen: &mut TakenCalls) -> (u64, i64) {
        let now = self.clock.elapsed();
        let (began, count) = seen.windows.entry(token).or_insert((now, 0));
        if now - *began >= MINUTE {
            (*began, *count) = (now, 0);
        }
        *count += 1;
        (*count, (MINUTE - (now - *began) + 999) / 1000)
    }

    pub fn react(&self, request: &VendorRequest) -> VendorResponse {
        let mut seen = self.seen.lock().unwrap();
        if request.url.ends_with("/oauth/token") {
            seen.tokens += 1;
            let token = seen.tokens;
            return answer(200, format!(r#"{{"access_token":"t-{token}","expires_in":86400}}"#));
        }
        let now = self.clock.elapsed();
        *seen.by_second.entry(now / 1000).or_default() += 1;
        let token = Bytes::copy_from_slice(request.headers[AUTHORIZATION].as_bytes());
        let (count, reset) = self.count(token, &mut seen);
        let mut response = answer(200, r#"{"id":"g","conversationId":"c"}"#);
        if count > self.allowed {
            seen.refused.push(now);
            response = answer(429, r#"{"code":"too.many.requests.rate.limit.exceeded"}"#);
            response.headers.insert("retry-after", reset.into());
        } else if let Some((conversation, number)) = event(&request.body) {
            seen.taken.push((conversation, number, now));
        } else {
            seen.typing += 1;
        }
        let headers: &mut HeaderMap = &mut response.headers;
        headers.insert("inin-ratelimit-count", count.into());
        headers.insert("inin-ratelimit-allowed", self.allowed.into());
        headers.insert("inin-ratelimit-reset", reset.into());
        response
    }
}

/// The id of each event is `e-{conversation}-{number}-`, and the body of its call contains the id.
fn event(body: &[u8]) -> Option<(usize, usize)> {
    let text = std::str::from_utf8(body).ok()?;
    let mut parts = text.split_once("\"e-")?.1.split('-');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[async_trait]
impl Vendor for RushGenesys {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        let way = || Duration::from_millis(30 + self.clock.random() % 60);
        self.clock.sleep(way()).await;
        let response = self.react(&request);
        self.clock.sleep(way()).await;
        Ok(response)
    }
}
