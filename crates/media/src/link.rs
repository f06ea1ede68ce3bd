//! Expiring signed links to copies: the senders make them, and the part that serves the copies
//! checks them.
//!
//! Rule: The key is derived from a webhook secret, which only the receive configuration contains;
//! the send configuration gets only the derived key (`config::split`). So neither document learns a
//! credential of the other, and a holder of a link's key cannot sign a webhook. A key from any of
//! the webhook secrets is accepted, so that a rotation breaks no link.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::Mac;
use http::{Method, Request, Response};
use secrecy::ExposeSecret;
use shared::config::{LinkKey, ReceiveConfig};
use shared::crypto::keyed;
use shared::endpoint;
use shared::ids::{IntegrationName, digest};
use shared::ports::Clock;
use shared::problem;
use shared::settings::{Settings, SettingsError, Versions};
use shared::time::Timestamp;

/// The first path segment of links to copies, below the public address.
const PATH: &str = "media";
/// The length of an HMAC-SHA256 signature, in bytes.
const SIGNATURE_LENGTH: usize = 32;

/// The key of a copy: 64 hexadecimal digits, derived from the event and the place of the file in
/// it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaKey(String);

impl MediaKey {
    /// Returns the key of a file: the same for every attempt at the same event.
    pub fn of(parts: &[&str]) -> Self {
        Self(digest(parts))
    }

    /// Parses a key; `None` if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

shared::debug_writes!(MediaKey: |key| "{}", key.0);

/// Computes the signature of a link.
fn mac(
    signer: &LinkKey,
    integration: &IntegrationName,
    key: &MediaKey,
    expires: i64,
) -> impl Mac + use<> {
    let signed = format!("{integration}\n{}\n{expires}", key.as_str());
    keyed(signer.text().expose_secret().as_bytes()).chain_update(signed.as_bytes())
}

/// Returns the link to a copy, below `base`. Its end is in whole seconds.
pub fn link(
    base: &str,
    signer: &LinkKey,
    integration: &IntegrationName,
    key: &MediaKey,
    end: Timestamp,
) -> String {
    let expires = end.seconds();
    let signature = mac(signer, integration, key, expires).finalize().into_bytes();
    format!(
        "{}/{PATH}/{}/{}?expires={expires}&signature={}",
        base.trim_end_matches('/'),
        endpoint::encode(integration.as_str()),
        key.as_str(),
        URL_SAFE_NO_PAD.encode(signature)
    )
}

/// Whether a path is the path of a link.
pub fn is_link(path: &str) -> bool {
    path.trim_start_matches('/').split('/').next() == Some(PATH)
}

/// Why a link is refused. The caller learns only that it is refused.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The request is not a link, its signature is wrong, or the link has expired.
    #[error("the link is not valid")]
    Invalid,
    /// The method is not a read method.
    #[error("the method is not GET or HEAD")]
    Method,
    /// The configuration cannot be read now.
    #[error("the configuration cannot be read")]
    Unconfigured(#[source] SettingsError),
}

pub struct LinkCheck {
    /// The configurations whose secrets verify the signatures.
    pub settings: Arc<Settings<ReceiveConfig>>,
    /// The clock that decides whether a link has expired.
    pub clock: Arc<dyn Clock>,
}

impl LinkCheck {
    /// Returns the key of the copy that a request may read. Links carry no other authentication: a
    /// client that fetches a file for Genesys, for Lynn or for a customer's device has no key.
    pub async fn key(&self, request: &Request<Bytes>) -> Result<MediaKey, LinkError> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(LinkError::Method);
        }
        let asked = Asked::read(request).ok_or(LinkError::Invalid)?;
        // An expired link is refused without looking up a secret, whatever its signature.
        if asked.expires <= self.clock.now().seconds() {
            return Err(LinkError::Invalid);
        }
        let has_evidence = asked.signature.len() == SIGNATURE_LENGTH;
        let valid = self.settings.get_for(&asked.integration, has_evidence);
        let valid = valid.await.map_err(LinkError::Unconfigured)?;
        let proof = |versions: &Versions<ReceiveConfig>| {
            if asked.is_signed(versions) { Ok(()) } else { Err(LinkError::Invalid) }
        };
        match self.settings.proved(&asked.integration, valid, proof).await {
            Ok(Ok(_)) => Ok(asked.key),
            _ => Err(LinkError::Invalid),
        }
    }

    /// Returns the answer. It does not say what is wrong with the link, or whether the file ever
    /// existed.
    pub fn answer(&self, error: &LinkError) -> Response<Bytes> {
        match error {
            LinkError::Invalid
            | LinkError::Unconfigured(SettingsError::Unknown(_) | SettingsError::Shed(_)) => {
                problem::no_file()
            }
            LinkError::Method => problem::method_not_allowed("GET, HEAD"),
            LinkError::Unconfigured(error) => {
                endpoint::unconfigured(&self.settings, error, &Method::GET)
            }
        }
    }
}

/// The fields of a link.
struct Asked {
    integration: IntegrationName,
    key: MediaKey,
    expires: i64,
    signature: Vec<u8>,
}

impl Asked {
    fn read(request: &Request<Bytes>) -> Option<Self> {
        let segments = endpoint::segments(request.uri().path())?;
        let [PATH, integration, key] = segments.iter().map(String::as_str).collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let query = request.uri().query()?;
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        Some(Self {
            integration: IntegrationName::new(integration),
            key: MediaKey::parse(key)?,
            expires: seconds(value("expires")?)?,
            signature: URL_SAFE_NO_PAD.decode(value("signature")?).ok()?,
        })
    }

    fn is_signed(&self, versions: &[Arc<ReceiveConfig>]) -> bool {
        let mut secrets = versions.iter().flat_map(|version| &version.webhook_secrets);
        secrets.any(|secret| {
            let signer = LinkKey::derive(secret);
            let mac = mac(&signer, &self.integration, &self.key, self.expires);
            mac.verify_slice(&self.signature).is_ok()
        })
    }
}

/// Parses a time only in the form in which [`link`] writes it.
fn seconds(digits: &str) -> Option<i64> {
    let number: i64 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use proptest::prelude::*;
    use secrecy::SecretString;
    use serde_json::json;
    use shared::ports::SecretPart;
    use testing::{ManualClock, MemorySecrets};

    use super::*;

    const NOW: i64 = 1_795_341_600_000;

    fn check(secrets: &[&str]) -> LinkCheck {
        let store = MemorySecrets::new();
        let document = json!({ "name": "support",
            "genesys": { "integrationId": "i-1", "webhookSecrets": secrets },
            "lynn": { "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } });
        let name = IntegrationName::new("support");
        store.set(&name, SecretPart::Receive, vec![document.to_string()]);
        let clock = ManualClock::new(1);
        clock.advance_to(Timestamp::from_milliseconds(NOW));
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let settings = Arc::new(Settings::new(Arc::new(store), Arc::clone(&clock)));
        LinkCheck { settings, clock }
    }

    fn made(secret: &str, lives_milliseconds: i64) -> String {
        let signer = LinkKey::derive(&SecretString::from(secret.to_owned()));
        let end = Timestamp::from_milliseconds(NOW + lives_milliseconds);
        let key = MediaKey::of(&["m-1", "0"]);
        link("https://bridge.example.com/", &signer, &IntegrationName::new("support"), &key, end)
    }

    async fn status(check: &LinkCheck, method: Method, link: &str) -> StatusCode {
        let path = link.strip_prefix("https://bridge.example.com").unwrap();
        let request = Request::builder().method(method).uri(path).body(Bytes::new()).unwrap();
        match check.key(&request).await {
            Ok(key) => {
                assert_eq!(key, MediaKey::of(&["m-1", "0"]));
                StatusCode::OK
            }
            Err(error) => check.answer(&error).status(),
        }
    }

    const OLD: &str = "the-old-secret-1";
    const NEW: &str = "the-new-secret-2";

    #[tokio::test]
    async fn a_link_lives_until_its_end_and_through_a_rotation() {
        let (get, head) = (Method::GET, Method::HEAD);
        let rotating = check(&[NEW, OLD]);
        assert_eq!(status(&rotating, get.clone(), &made(NEW, 1000)).await, StatusCode::OK);
        assert_eq!(status(&rotating, head, &made(OLD, 1000)).await, StatusCode::OK);
        assert_eq!(status(&rotating, get.clone(), &made(OLD, 0)).await, StatusCode::NOT_FOUND);
        assert_eq!(status(&check(&[NEW]), get, &made(OLD, 1000)).await, StatusCode::NOT_FOUND);
        let post = status(&rotating, Method::POST, &made(NEW, 1000)).await;
        assert_eq!(post, StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn whatever_is_wrong_gets_the_same_answer() {
        let check = check(&[NEW]);
        let good = made(NEW, 60_000);
        let answer = |link: String| {
            let check = &check;
            async move {
                let path = link.strip_prefix("https://bridge.example.com").unwrap().to_owned();
                let request = Request::builder().uri(path).body(Bytes::new()).unwrap();
                check.answer(&check.key(&request).await.unwrap_err())
            }
        };
        let mut bodies = Vec::new();
        for wrong in [
            good.replace("/support/", "/other/"),
            good.replace("expires=1", "expires=2"),
            good.replace("&signature=", "&signature=A"),
            good.split('&').next().unwrap().to_owned(),
            good.replace("/media/support/", "/media/support/0"),
            made(NEW, -1000),
            made(OLD, 60_000),
        ] {
            let answer = answer(wrong).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            bodies.push(answer.into_body());
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1);
    }

    proptest! {
        #[test]
        fn a_changed_link_is_no_link(place in 0usize..200, with in "[0-9A-Za-z_-]") {
            let good = made(NEW, 60_000);
            let place = good.find("/media/").unwrap() + 1 + place % (good.len() - good.find("/media/").unwrap() - 1);
            let mut changed = good.clone();
            changed.replace_range(place..=place, &with);
            prop_assume!(changed != good);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let check = check(&[NEW]);
            // The last character of the signature has bits without a meaning; the decoder refuses
            // other values of those bits.
            prop_assert_ne!(runtime.block_on(status(&check, Method::GET, &changed)), StatusCode::OK);
        }
    }
}
