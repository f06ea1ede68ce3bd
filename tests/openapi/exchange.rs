//! Sends one request as the document describes it, and checks the answer.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, Method};
use serde_json::Value;
use sha2::Sha256;

use crate::document::{Document, Operation};
use simulators::GenesysOptions;

use crate::harness::{
    CLIENT, CLIENT_SECRET, EVENTS_KEY, INBOUND_SECRET, INTEGRATION, KEY, SOON, WEBHOOK_SECRET,
};
use crate::walk::Walk;

const FORM: &str = "application/x-www-form-urlencoded";

/// How a caller authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The API key, the workflow's key, or Genesys' signature.
    Key,
    /// A Standard Webhooks signature; for operations without one, the same as the key.
    Signature,
    /// A key or signature that is not valid.
    Wrong,
    None,
}

pub struct Exchange<'a> {
    pub operation: Operation<'a>,
    pub method: String,
    pub integration: String,
    pub contact: String,
    /// Without the question mark.
    pub query: String,
    pub content_type: String,
    pub proof: Proof,
    pub body: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl<'a> Exchange<'a> {
    /// The usual request of an operation.
    pub fn new(operation: Operation<'a>, body: Option<&Value>) -> Self {
        let forms = &operation.object["requestBody"]["content"][FORM];
        if let (true, Some(fields)) = (forms.is_object(), body.and_then(Value::as_object)) {
            let fields = fields.iter().map(|(key, value)| (key, value.as_str().unwrap()));
            let form =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let content_type = FORM.to_owned();
            return Self { content_type, body: form.into_bytes(), ..Self::new(operation, None) };
        }
        Self {
            operation,
            method: operation.method.to_uppercase(),
            integration: INTEGRATION.to_owned(),
            contact: "ana".to_owned(),
            query: String::new(),
            content_type: "application/json".to_owned(),
            proof: Proof::Key,
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        }
    }

    pub async fn send(&self, client: &Client, address: &str) -> Answer {
        let integration_id = GenesysOptions::default().integration_id;
        let path = self
            .operation
            .path
            .replace("{integration}", &self.integration)
            .replace("{contactId}", &self.contact)
            .replace(
                "{integrationId}",
                match self.integration.as_str() {
                    INTEGRATION => &integration_id,
                    other => other,
                },
            );
        let mut request = client.request(
            Method::from_bytes(self.method.as_bytes()).unwrap(),
            format!("{address}{path}?{}", self.query),
        );
        for (name, value) in self.proofs() {
            request = request.header(name, value);
        }
        let schemes = self.operation.object["security"].to_string();
        if schemes.contains("openToken") && self.proof != Proof::None {
            let genuine = self.proof != Proof::Wrong;
            let token = if genuine { token(client, address).await } else { "a.b.c".to_owned() };
            request = request.bearer_auth(token);
        }
        if schemes.contains("clientBasic") && self.proof != Proof::None {
            let genuine = self.proof != Proof::Wrong;
            let secret = if genuine { CLIENT_SECRET } else { "a-secret-of-nobody" };
            request = request.basic_auth(CLIENT, Some(secret));
        }
        if !self.body.is_empty() {
            request = request.header("content-type", &self.content_type).body(self.body.clone());
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.bytes().await.unwrap().to_vec() }
    }

    fn proofs(&self) -> Vec<(&'static str, String)> {
        let schemes = self.operation.object["security"].to_string();
        let genuine = self.proof != Proof::Wrong;
        if self.proof == Proof::None {
            return Vec::new();
        }
        if schemes.contains("hubSignature") {
            let secret = if genuine { WEBHOOK_SECRET } else { "a-secret-of-nobody" };
            return vec![(
                "x-hub-signature-256",
                format!("sha256={}", mac(secret.as_bytes(), &self.body)),
            )];
        }
        if schemes.contains("eventsKey") {
            let key = if genuine { EVENTS_KEY } else { "a-key-of-nobody" };
            return vec![("x-api-key", key.to_owned())];
        }
        if !schemes.contains("apiKey") {
            return Vec::new();
        }
        if self.proof == Proof::Signature {
            return standard_webhooks(&self.body);
        }
        vec![("x-api-key", if genuine { KEY } else { "a-key-of-nobody" }.to_owned())]
    }
}

/// A token of the client for the routes of Open Messaging.
async fn token(client: &Client, address: &str) -> String {
    let call =
        client.post(format!("{address}/oauth/token")).basic_auth(CLIENT, Some(CLIENT_SECRET));
    let call = call.header("content-type", FORM).body("grant_type=client_credentials");
    let answer = call.send().await.unwrap().bytes().await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn standard_webhooks(body: &[u8]) -> Vec<(&'static str, String)> {
    #[expect(clippy::disallowed_methods, reason = "the bridge compares it with its own clock")]
    let now = SystemTime::now();
    let (id, seconds) =
        ("attempt-1", now.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string());
    let key = STANDARD.decode(INBOUND_SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = [format!("{id}.{seconds}.").as_bytes(), body].concat();
    vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds),
        ("webhook-signature", format!("v1,{}", mac(&key, &signed))),
    ]
}

fn mac(key: &[u8], body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

pub fn client() -> Client {
    #[expect(clippy::disallowed_methods, reason = "a client that shares nothing with the bridge")]
    let builder = Client::builder();
    builder.timeout(SOON).no_proxy().build().unwrap()
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Checks everything that the document says about an answer of this status.
    pub fn assert_documented(&self, document: &Document, operation: Operation<'_>, what: &str) {
        let response = document.resolve(&operation.object["responses"][self.status.to_string()]);
        assert!(response.is_object(), "{what}: {} is not documented: {self:?}", self.status);
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let value =
                self.headers.get(name).unwrap_or_else(|| panic!("{what}: no header {name}"));
            document.assert_fits(
                what,
                &document.resolve(header)["schema"],
                &Value::from(value.to_str().unwrap()),
            );
        }
        let Some(content) = response["content"].as_object() else {
            assert!(self.body.is_empty(), "{what}: a body that is not documented");
            return;
        };
        if self.body.is_empty() && response["x-may-be-empty"] == true {
            return;
        }
        let media_type = self.headers["content-type"].to_str().unwrap();
        let schema =
            &content.get(media_type).unwrap_or_else(|| panic!("{what}: {media_type}"))["schema"];
        let body = self.json();
        document.assert_fits(what, schema, &body);
        let mut walk = Walk::new(document);
        walk.through(schema, &body);
        assert!(walk.undescribed.is_empty(), "{what}: not documented: {:?}", walk.undescribed);
    }
}
