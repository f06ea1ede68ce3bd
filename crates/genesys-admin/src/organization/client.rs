//! Calls the administration API with an administrator's token.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use serde_json::Value;
use shared::lock::lock;
use shared::ports::{Clock, Vendor, VendorError, VendorRequest, VendorResponse};
use shared::secret_text;
use shared::time::Timestamp;

use super::call_error::{CallError, Problem};
use super::fresh::Fresh;
use super::paging::{Pages, Paging};
use super::patience::{self, Outcome};
use super::settling::ACTIVE;
use super::{Administrator, Hosts, Kind, Object, Timeline};

/// From the first byte sent to the last byte received.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The most pages of one list: with 100 objects a page, a hundred thousand objects.
const MOST_PAGES: usize = 1000;
const LOGIN: &str = "/oauth/token";

/// An organisation of Genesys Cloud, accessed by one of its OAuth clients.
pub struct Organization {
    vendor: Arc<dyn Vendor>,
    clock: Arc<dyn Clock>,
    hosts: Hosts,
    administrator: Administrator,
    token: Mutex<SecretString>,
    fresh: Fresh,
    pub(super) tell: fn(&str),
}

shared::debug_writes!(Organization: |organization| "{}", organization.hosts.domain.as_str());

impl Organization {
    /// Logs in. `tell` tells the operator why the program waits.
    pub async fn log_in(
        vendor: Arc<dyn Vendor>,
        clock: Arc<dyn Clock>,
        hosts: Hosts,
        administrator: Administrator,
        tell: fn(&str),
    ) -> Result<Self, CallError> {
        let token = Mutex::new(SecretString::default());
        let fresh = Fresh::default();
        let organization = Self { vendor, clock, hosts, administrator, token, fresh, tell };
        organization.renew_token().await?;
        Ok(organization)
    }

    /// The id of the administrator's OAuth client.
    pub fn client_id(&self) -> &str {
        &self.administrator.client_id
    }

    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Notes that an object was made or changed at this time. Until the change shows everywhere, a
    /// 404 for the object is retried.
    pub fn expect(&self, id: &str, at: Timestamp) {
        self.fresh.expect(id, at);
    }

    /// Notes that an object was deleted, so that a 404 for it is believed.
    pub fn forget(&self, id: &str) {
        self.fresh.forget(id);
    }

    /// How much longer the object may not show everywhere, if that takes at most `most`; `None` if
    /// that time is over.
    pub(crate) fn on_its_way(&self, id: &str, most: Duration) -> Option<Duration> {
        self.fresh.left(id, self.clock.now(), most)
    }

    /// Whether a change at this time may not be in effect everywhere yet.
    pub fn is_new(&self, at: Timestamp) -> bool {
        self.clock.now().elapsed_since(at) < ACTIVE
    }

    /// Reads one object.
    pub async fn get(&self, path: &str) -> Result<Object, CallError> {
        self.call(Method::GET, path, Value::Null).await.map(Object)
    }

    /// Reads one object; `None` if it does not exist.
    pub async fn find(&self, path: &str) -> Result<Option<Object>, CallError> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_status(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads all pages of a list. The path may have a query.
    pub async fn list(&self, path: &str) -> Result<Vec<Object>, CallError> {
        self.pages(Pages::of(path, Paging::Numbered)).await
    }

    /// All objects of a kind, as its list shows them.
    pub async fn all(&self, kind: Kind) -> Result<Vec<Object>, CallError> {
        self.pages(Pages::of(&kind.list(), kind.paging())).await
    }

    async fn pages(&self, mut pages: Pages) -> Result<Vec<Object>, CallError> {
        let mut next = Some(pages.first());
        for _ in 0..MOST_PAGES {
            let Some(place) = next else { break };
            let page = self.call(Method::GET, &place, Value::Null).await?;
            next = pages.take(&page);
        }
        Ok(pages.objects.into_iter().map(Object).collect())
    }

    /// An object by its id; `None` if it does not exist.
    pub async fn object(&self, kind: Kind, id: &str) -> Result<Option<Object>, CallError> {
        self.find(&kind.one(id)).await
    }

    /// The threading timeline of all messengers.
    pub async fn timeline(&self) -> Result<Timeline, CallError> {
        self.get(Timeline::PATH).await.map(|object| Timeline(object.0))
    }

    /// Makes an object or starts an action.
    pub async fn post(&self, path: &str, body: Value) -> Result<Object, CallError> {
        self.call(Method::POST, path, body).await.map(Object)
    }

    pub async fn put(&self, path: &str, body: Value) -> Result<Object, CallError> {
        self.change(Method::PUT, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Result<Object, CallError> {
        self.change(Method::PATCH, path, body).await
    }

    /// Changes an object by an idempotent method.
    pub async fn change(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<Object, CallError> {
        self.call(method, path, body).await.map(Object)
    }

    /// Deletes an object; succeeds if the object does not exist.
    pub async fn delete(&self, path: &str) -> Result<(), CallError> {
        CallError::unless_gone(self.call(Method::DELETE, path, Value::Null).await)
    }

    /// Makes a call once and returns the answer, whatever its status: for callers that test whether
    /// the call is allowed, or that read its headers.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<VendorResponse, CallError> {
        let fail = CallError::of(&method, path);
        let request = VendorRequest {
            method: method.clone(),
            url: self.hosts.api(path),
            headers: self.headers().map_err(fail)?,
            body: if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) },
            timeout: TIMEOUT,
        };
        self.vendor.call(request).await.map_err(|error| fail(error.into()))
    }

    /// Uploads a file to an address from an answer. The address itself authorises the upload, so no
    /// token is sent.
    pub async fn upload(
        &self,
        url: &str,
        headers: &[(String, String)],
        file: &str,
    ) -> Result<(), CallError> {
        let fail = CallError::of(&Method::PUT, "the address for the upload");
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::try_from(name.as_str());
            let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value.as_str())) else {
                let problem = "it names a header that cannot be sent".to_owned();
                return Err(fail(Problem::Unreadable(problem)));
            };
            sent.insert(name, value);
        }
        let file = Bytes::from(file.to_owned());
        let answer = self.patiently(&Method::PUT, url, &sent, &file).await.map_err(fail)?;
        match answer.status {
            200..=299 => Ok(()),
            _ => Err(fail(Problem::refused(&answer, &Value::Null))),
        }
    }

    /// Makes a call, and retries it while it is refused because of an object that was made a moment
    /// ago.
    async fn call(&self, method: Method, path: &str, body: Value) -> Result<Value, CallError> {
        let mut wait = None;
        loop {
            let result = self.call_once(&method, path, &body).await;
            let error = match result {
                Ok(answer) if method == Method::GET => return Ok(answer),
                Ok(answer) => {
                    let id = answer["id"].as_str().unwrap_or_default();
                    self.fresh.expect(id, self.clock.now());
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let now = self.clock.now();
            let Some(most) = self.fresh.patience(&method, path, &body, &error, now) else {
                return Err(error);
            };
            let wait = wait.get_or_insert_with(|| {
                let what =
                    format!("until Genesys Cloud shows the new objects; the last answer: {error}");
                self.wait(what, most)
            });
            if !wait.goes_on().await {
                return Err(error);
            }
            if error.is_status(403) {
                // Genesys Cloud remembers the refusal for this token.
                self.renew_token().await?;
            }
        }
    }

    /// Makes a call; after a 401 it renews the token once.
    async fn call_once(
        &self,
        method: &Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, CallError> {
        let fail = CallError::of(method, path);
        let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let url = self.hosts.api(path);
        let mut answer = self.patiently(method, &url, &self.headers().map_err(fail)?, &bytes).await;
        if matches!(&answer, Ok(answer) if answer.status == 401) {
            self.renew_token().await?;
            answer = self.patiently(method, &url, &self.headers().map_err(fail)?, &bytes).await;
        }
        let answer = answer.map_err(fail)?;
        match answer.status {
            200..=299 if answer.body.is_empty() => Ok(Value::Null),
            200..=299 => serde_json::from_slice(&answer.body)
                .map_err(|_| fail(Problem::Unreadable("it is not JSON".to_owned()))),
            _ => Err(fail(Problem::refused(&answer, body))),
        }
    }

    async fn renew_token(&self) -> Result<(), CallError> {
        let fail = CallError::of(&Method::POST, LOGIN);
        let Administrator { client_id, client_secret } = &self.administrator;
        let pair =
            secret_text::basic(client_id, client_secret).map_err(unsendable).map_err(fail)?;
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, pair),
            (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
        ]);
        let body = Bytes::from_static(b"grant_type=client_credentials");
        let url = self.hosts.login(LOGIN);
        let answer = self.patiently(&Method::POST, &url, &headers, &body).await.map_err(fail)?;
        if !(200..300).contains(&answer.status) {
            return Err(fail(Problem::refused(&answer, &Value::Null)));
        }
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let Some(token) = answer["access_token"].as_str() else {
            return Err(fail(Problem::Unreadable("it has no access_token".to_owned())));
        };
        *lock(&self.token) = SecretString::from(token);
        Ok(())
    }

    fn headers(&self) -> Result<HeaderMap, Problem> {
        let token = lock(&self.token).clone();
        Ok(HeaderMap::from_iter([
            (AUTHORIZATION, secret_text::bearer(&token).map_err(unsendable)?),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]))
    }

    async fn patiently(
        &self,
        method: &Method,
        url: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<VendorResponse, Problem> {
        let mut repeats = 0;
        loop {
            let request = VendorRequest {
                method: method.clone(),
                url: url.to_owned(),
                headers: headers.clone(),
                body: body.clone(),
                timeout: TIMEOUT,
            };
            let result = self.vendor.call(request).await;
            let outcome = match &result {
                Ok(answer) => Outcome::Answered(answer.status, &answer.headers),
                Err(VendorError::NotSent(_)) => Outcome::NotSent,
                Err(VendorError::Uncertain(_)) => Outcome::NoAnswer,
            };
            match patience::pause(method, outcome, repeats) {
                Some(pause) => self.clock.sleep(pause).await,
                None => return result.map_err(Problem::from),
            }
            repeats += 1;
        }
    }
}

fn unsendable(_: InvalidHeaderValue) -> Problem {
    Problem::Unreadable("a credential has characters that cannot be sent".to_owned())
}
