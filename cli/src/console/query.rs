//! The part of an address after `?`, and the refusals of the console's routes.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::problem;
use url::form_urlencoded;

use crate::failure;

/// Why a request gets no answer.
pub struct Refused {
    status: StatusCode,
    title: &'static str,
    detail: String,
}

pub type Answer = Result<Value, Refused>;

impl Refused {
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into() }
    }

    /// The request is wrong.
    pub fn wrong(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request is not valid", detail)
    }

    pub fn absent(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", detail)
    }

    pub fn answer(&self) -> Response<Bytes> {
        problem::problem(self.status, self.title, &self.detail)
    }
}

/// The bridge's data cannot be read or changed.
impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "It cannot look", failure::words(&error))
    }
}

impl From<shared::ports::PortError> for Refused {
    fn from(error: shared::ports::PortError) -> Self {
        Self::from(anyhow::Error::from(error))
    }
}

/// Reads what stands after `?`; an empty value counts as absent.
pub fn query<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, Refused> {
    let text = request.uri().query().unwrap_or_default();
    let pairs = form_urlencoded::parse(text.as_bytes()).filter(|(_, value)| !value.is_empty());
    let object: Map<String, Value> =
        pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect();
    serde_json::from_value(Value::Object(object)).map_err(|error| Refused::wrong(error.to_string()))
}

/// Reads a body of JSON.
pub fn body<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::wrong(error.to_string()))
}
