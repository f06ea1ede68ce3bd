//! Links to copies: a signed link is accepted until it expires, and no other link is accepted,
//! however similar.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use media::{LinkCheck, MediaKey, link};
use secrecy::SecretString;
use serde_json::json;
use sha2::Sha256;
use shared::config::LinkKey;
use shared::config::ReceiveConfig;
use shared::ids::IntegrationName;
use shared::ports::{Clock, SecretPart};
use shared::settings::Settings;
use shared::time::Timestamp;
use testing::{ManualClock, MemorySecrets};

use crate::finished::finished;
use crate::first_line;

const SECRET: &str = "the-secret-of-the-fuzzer";
const INTEGRATION: &str = "support";
/// The time at which links are checked, in seconds since 1970; the corpus contains links that
/// expire later.
const NOW: i64 = 1_795_341_600;

/// The first line is the path and query of a request, the second the lifetime of a link in seconds,
/// the rest names a copy.
pub fn media_link(input: &[u8]) {
    let (target, rest) = first_line(input);
    let (seconds, name) = first_line(rest);
    let check = check();
    if let Ok(target) = std::str::from_utf8(target)
        && let Some(answer) = ask(&check, target)
    {
        match answer {
            Ok(key) => assert!(is_signed(target, &key), "taken without a signature: {target}"),
            Err(status) => assert!(status == 404, "{status}"),
        }
    }
    let seconds = std::str::from_utf8(seconds).ok().and_then(|text| text.parse::<i32>().ok());
    let seconds = i64::from(seconds.unwrap_or(60));
    let key = MediaKey::of(&[&String::from_utf8_lossy(name)]);
    let signer = LinkKey::derive(&SecretString::from(SECRET));
    let end = Timestamp::from_milliseconds((NOW + seconds) * 1000);
    let good = link("", &signer, &IntegrationName::new(INTEGRATION), &key, end);
    let answer = ask(&check, &good).expect("it can be asked for");
    assert_eq!(answer.is_ok_and(|taken| taken == key), seconds > 0, "{seconds} s are left");
    let close = changed(&good, input);
    if close != good && ask(&check, &close).is_some_and(|answer| answer.is_ok()) {
        panic!("not even one character may differ: {close}");
    }
}

/// The link with one character replaced; the input decides which and by what.
fn changed(link: &str, input: &[u8]) -> String {
    const OTHERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    let [place, with] = [0, 1].map(|at| input.get(at).map_or(at, |byte| usize::from(*byte)));
    let mut bytes = link.as_bytes().to_vec();
    // The first character is the slash.
    let place = 1 + (place + input.len()) % (bytes.len() - 1);
    bytes[place] = OTHERS[with % OTHERS.len()];
    String::from_utf8(bytes).expect("ASCII")
}

fn check() -> LinkCheck {
    let secrets = MemorySecrets::new();
    let document = json!({ "name": INTEGRATION, "genesys": { "integrationId": "i", "webhookSecrets": [SECRET] },
        "lynn": { "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } });
    let name = IntegrationName::new(INTEGRATION);
    secrets.set(&name, SecretPart::Receive, vec![document.to_string()]);
    let clock = ManualClock::new(0);
    clock.advance_to(Timestamp::from_milliseconds(NOW * 1000));
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let settings = Settings::<ReceiveConfig>::new(Arc::new(secrets), Arc::clone(&clock));
    LinkCheck { settings: Arc::new(settings), clock }
}

/// The copy that the endpoint serves, or the status; `None` if the target is not a valid URI.
fn ask(check: &LinkCheck, target: &str) -> Option<Result<MediaKey, u16>> {
    let request = Request::get(target).body(Bytes::new()).ok()?;
    let asked = finished(check.key(&request));
    Some(asked.map_err(|error| check.answer(&error).status().as_u16()))
}

/// Whether a request contains the correct signature for its copy and its expiry, computed
/// independently of the bridge.
fn is_signed(target: &str, key: &MediaKey) -> bool {
    let Some((path, query)) = target.split_once('?') else { return false };
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let (Some(expires), Some(signature)) = (value("expires"), value("signature")) else {
        return false;
    };
    let purpose = mac(SECRET.as_bytes(), b"lynn-genesys-bridge media links 1");
    let signed = format!("{INTEGRATION}\n{}\n{expires}", key.as_str());
    let expected = mac(purpose.as_bytes(), signed.as_bytes());
    let lives = expires.parse::<i64>().is_ok_and(|end| end > NOW);
    // A part of the path may be percent-encoded.
    lives && signature.split('#').next() == Some(expected.as_str()) && path.contains("/")
}

fn mac(key: &[u8], message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(message);
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}
