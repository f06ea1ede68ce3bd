//! A request to the bridge by hand: one that was there before, or a changed one, signed again or
//! not.

use std::time::Duration;

use bytes::Bytes;
use clients::HttpVendor;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use shared::error::chain;
use shared::genesys::signature;
use shared::ports::{Vendor as _, VendorRequest};

use super::super::playground::Playground;
use super::super::traffic::Side;
use super::Done;
use crate::samples::WEBHOOK_SECRET;

const TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// A path of the bridge, below `/lynn` or `/genesys`.
    path: String,
    headers: Vec<(String, String)>,
    body: String,
    /// Whether Genesys' signature is made again for the body. Otherwise it stays as it is, and a
    /// changed body is refused.
    sign: bool,
}

impl Request {
    /// Whose request it is.
    pub fn sender(&self) -> Option<Side> {
        let is_below = |route| self.path.starts_with(route);
        let sides = [("/lynn/", Side::Lynn), ("/genesys/", Side::Genesys)];
        sides.into_iter().find_map(|(route, side)| is_below(route).then_some(side))
    }

    pub async fn post(self, playground: &Playground) -> Done {
        if self.sender().is_none() {
            return Done::refused("The path must begin with /lynn/ or /genesys/.");
        }
        let headers = match self.headers() {
            Ok(headers) => headers,
            Err(words) => return Done::refused(words),
        };
        let request = VendorRequest {
            method: Method::POST,
            url: format!("{}{}", playground.bridge_url, self.path),
            headers,
            body: Bytes::from(self.body),
            timeout: TIMEOUT,
        };
        let vendor = match HttpVendor::new(TIMEOUT) {
            Ok(vendor) => vendor,
            Err(error) => return Done::refused(chain(&error)),
        };
        match vendor.call(request).await {
            Ok(answer) => {
                let accepted = (200..300).contains(&answer.status);
                let body = String::from_utf8_lossy(&answer.body);
                Done { accepted, words: format!("The bridge answered {}. {body}", answer.status) }
            }
            Err(error) => Done::refused(format!("The bridge does not answer: {}", chain(&error))),
        }
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        // The HTTP client sets these itself.
        let own = [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, ORIGIN];
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let header = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
            let (key, value) = header.ok_or_else(|| format!("{name} is not a header."))?;
            if !own.contains(&key) {
                headers.append(key, value);
            }
        }
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        if self.sign && headers.contains_key(signature::HEADER) {
            let secret = SecretString::from(WEBHOOK_SECRET);
            let signed = signature::sign(&secret, self.body.as_bytes());
            // Base64 is always a header's value.
            if let Ok(value) = HeaderValue::from_str(&signed) {
                headers.insert(signature::HEADER, value);
            }
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(sign: bool) -> Request {
        let headers = [("Host", "127.0.0.1:1"), ("X-Hub-Signature-256", "sha256=old")];
        Request {
            path: "/genesys/support".to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: "{}".to_owned(),
            sign,
        }
    }

    #[test]
    fn a_signature_is_made_anew_only_on_request() {
        let kept = request(false).headers().unwrap();
        assert_eq!(kept.get(signature::HEADER).unwrap(), "sha256=old");
        assert!(kept.get(HOST).is_none());
        let new = request(true).headers().unwrap();
        let expected = signature::sign(&SecretString::from(WEBHOOK_SECRET), b"{}");
        assert_eq!(new.get(signature::HEADER).unwrap().to_str().unwrap(), expected);
    }
}
