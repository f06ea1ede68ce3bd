//! Tests of copying from a scripted source into memory.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures_util::stream;
use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use serde_json::json;
use shared::config::SendConfig;
use testing::ManualClock;

use super::super::source_policy::Reach;
use super::*;

/// The test double, compiled against the ports of this build. The one in `testing` is compiled
/// against another build of this crate.
#[expect(dead_code, reason = "these tests use a part of it")]
#[path = "../../../testing/src/media.rs"]
mod doubles;

use self::doubles::MemoryMedia;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of it";
/// The time limit of a source, and a short limit for a source that stalls.
const LIMIT: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);
const GENESYS: &str = "https://api-downloads.mypurecloud.com/api/v2/downloads/1";

struct Scripted {
    status: u16,
    headers: Vec<(&'static str, String)>,
    /// `None` breaks the body off.
    pieces: Vec<Option<Bytes>>,
    /// Whether the body stays open after the pieces and sends nothing more.
    stalls: bool,
}

fn file(mime: &str, bytes: &[u8]) -> Scripted {
    let pieces = bytes.chunks(7).map(|piece| Some(Bytes::copy_from_slice(piece))).collect();
    Scripted { pieces, headers: vec![("content-type", mime.to_owned())], ..status(200) }
}

fn status(status: u16) -> Scripted {
    Scripted { status, headers: Vec::new(), pieces: Vec::new(), stalls: false }
}

fn to(location: &str) -> Scripted {
    Scripted { headers: vec![("location", location.to_owned())], ..status(302) }
}

/// A request: its URL and its token.
type Asked = (String, Option<String>);

struct Script {
    answers: Mutex<VecDeque<Scripted>>,
    asked: Mutex<Vec<Asked>>,
}

#[async_trait]
impl MediaSource for Script {
    async fn get(&self, request: MediaRequest<'_>) -> Result<MediaAnswer, SourceError> {
        assert_eq!(request.reach, Reach::Public);
        let token = request.bearer.map(|token| token.expose_secret().to_owned());
        self.asked.lock().unwrap().push((request.url.to_string(), token));
        let answer = self.answers.lock().unwrap().pop_front().expect("one more answer");
        let header = |(name, value): (&'static str, String)| {
            (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap())
        };
        let piece = |piece: Option<Bytes>| piece.ok_or_else(|| "it broke off".into());
        let body = once_only(answer.pieces.into_iter().map(piece).collect());
        let silence = stream::pending();
        Ok(MediaAnswer {
            status: answer.status,
            headers: answer.headers.into_iter().map(header).collect(),
            body: if answer.stalls { body.chain(silence).boxed() } else { body },
        })
    }
}

/// As strict as a real body: a read after the end panics.
fn once_only(
    pieces: VecDeque<Result<Bytes, Box<dyn std::error::Error + Send + Sync>>>,
) -> super::super::ports::FileSource {
    let next = |mut pieces: VecDeque<_>| async move { Some((pieces.pop_front()?, pieces)) };
    stream::unfold(pieces, next).boxed()
}

/// Gives the tokens 1, 2, 3 …, the next one after each refusal.
struct Tokens(Mutex<u32>);

#[async_trait]
impl Bearer for Tokens {
    async fn token(&self) -> Result<SecretString, Failure> {
        Ok(SecretString::from(format!("token-{}", self.0.lock().unwrap())))
    }

    async fn refused(&self, token: &SecretString) -> Result<(), Failure> {
        let mut number = self.0.lock().unwrap();
        assert_eq!(token.expose_secret(), format!("token-{number}"));
        *number += 1;
        Ok(())
    }
}

/// Returns the result of a copy (the MIME type and the size, or the error), the requests, and the
/// stored bytes.
async fn copied(
    url: &str,
    mime: Option<&str>,
    answers: Vec<Scripted>,
) -> (Result<(&'static str, u64), String>, Vec<Asked>, Vec<Vec<u8>>) {
    let config = json!({ "name": "s",
        "genesys": { "domain": "mypurecloud.com", "integrationId": "i", "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ] },
        "lynn": { "webhookUrl": "https://lynn.example.com" } });
    let source_policy = SourcePolicy::of(&SendConfig::parse(&config.to_string().into()).unwrap());
    let limit = if answers.iter().any(|answer| answer.stalls) { SHORT } else { LIMIT };
    let source = Script { answers: Mutex::new(answers.into()), asked: Mutex::default() };
    let store = MemoryMedia::new();
    let (clock, tokens) = (ManualClock::new(1), Tokens(Mutex::new(1)));
    let copier = Copier {
        source: &source,
        store: &store,
        source_policy: &source_policy,
        bearer: Some(&tokens),
        clock: &clock,
        limit,
    };
    let done = copier.copy(&MediaKey::of(&["m-1"]), url, mime).await;
    let done = done.map(|(kind, size)| (kind.mime, size)).map_err(|error| match error {
        CopyError::Refused(refusal) => refusal.name().to_owned(),
        other => other.to_string(),
    });
    assert!(source.answers.lock().unwrap().is_empty(), "not everything was asked for");
    (done, source.asked.into_inner().unwrap(), store.contents())
}

/// The same for a link that does not lead to Genesys.
async fn plain(answers: Vec<Scripted>) -> Result<(&'static str, u64), String> {
    let (done, asked, stored) =
        copied("https://files.example.com/p", Some("image/png"), answers).await;
    assert!(asked.iter().all(|(_, token)| token.is_none()), "{asked:?}");
    assert_eq!(stored.len(), usize::from(done.is_ok()));
    done
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

#[tokio::test]
async fn a_file_arrives_as_it_is() {
    let (done, _, stored) =
        copied("https://files.example.com/p", None, vec![file("image/png", PNG)]).await;
    assert_eq!(done, Ok(("image/png", size(PNG))));
    assert_eq!(stored, [PNG]);
}

#[tokio::test]
async fn no_redirect_leads_where_a_link_may_not() {
    for (location, refusal) in [
        ("https://169.254.169.254/latest/meta-data", "blocked_address"),
        ("http://169.254.169.254/latest/meta-data", "not_https"),
        ("http://files.example.com/p", "not_https"),
        ("https://[::ffff:10.0.0.1]/p", "blocked_address"),
        ("//127.0.0.1/p", "blocked_address"),
        ("file:///etc/passwd", "not_https"),
    ] {
        assert_eq!(plain(vec![to(location)]).await, Err(refusal.to_owned()), "{location}");
    }
    let on = || to("https://files.example.com/next");
    let chain = vec![on(), on(), on(), on(), on(), on()];
    assert_eq!(plain(chain).await, Err("too_many_redirects".to_owned()));
    let five = vec![on(), on(), on(), on(), to("/p"), file("image/png", PNG)];
    assert_eq!(plain(five).await, Ok(("image/png", size(PNG))));
}

#[tokio::test]
async fn genesys_gets_its_token_and_nobody_else_does() {
    let answers = vec![to("https://bucket.s3.amazonaws.com/p?sig=1"), file("image/png", PNG)];
    let (done, asked, _) = copied(GENESYS, None, answers).await;
    assert_eq!(done, Ok(("image/png", size(PNG))));
    let expected = [
        (GENESYS.to_owned(), Some("token-1".to_owned())),
        ("https://bucket.s3.amazonaws.com/p?sig=1".to_owned(), None),
    ];
    assert_eq!(asked, expected);
}

/// The token does not go to Genesys either: the target of a redirect is another link.
#[tokio::test]
async fn no_redirect_is_followed_with_the_token() {
    for location in ["/api/v2/downloads/2", "https://api.mypurecloud.com/api/v2/downloads/2"] {
        let (done, asked, _) =
            copied(GENESYS, None, vec![to(location), file("image/png", PNG)]).await;
        assert_eq!(done, Ok(("image/png", size(PNG))));
        assert_eq!(asked[0].1.as_deref(), Some("token-1"));
        assert_eq!(asked[1].1, None, "{location}");
    }
}

#[tokio::test]
async fn an_answer_of_the_api_is_no_file() {
    let url = "https://api.mypurecloud.com/api/v2/users/me";
    let (done, asked, stored) =
        copied(url, Some("text/plain"), vec![file("application/json", b"[\"secret\"]")]).await;
    assert_eq!(done, Err("type_not_allowed".to_owned()));
    assert_eq!((asked[0].1.as_deref(), stored.len()), (None, 0));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_then_left_out() {
    let tokens = |asked: Vec<Asked>| {
        asked.into_iter().map(|(_, token)| token.unwrap_or_default()).collect::<Vec<_>>()
    };
    let (done, asked, _) = copied(GENESYS, None, vec![status(401), file("image/png", PNG)]).await;
    assert!(done.is_ok());
    assert_eq!(tokens(asked), ["token-1", "token-2"]);
    let answers = vec![status(401), status(401), file("image/png", PNG)];
    let (done, asked, _) = copied(GENESYS, None, answers).await;
    assert!(done.is_ok());
    assert_eq!(tokens(asked), ["token-1", "token-2", ""]);
    let (done, asked, _) = copied(GENESYS, None, vec![status(400), file("image/png", PNG)]).await;
    assert!(done.is_ok());
    assert_eq!(tokens(asked), ["token-1", ""]);
    let (done, _, _) = copied(GENESYS, None, vec![status(404)]).await;
    assert_eq!(done, Err("answered 404".to_owned()));
}

#[tokio::test]
async fn a_file_is_measured_by_what_is_said_and_by_what_comes() {
    let mut announced = file("image/png", PNG);
    announced.headers.push(("content-length", (LARGEST + 1).to_string()));
    assert_eq!(plain(vec![announced]).await, Err("too_large".to_owned()));
    let mebibyte = Bytes::from([PNG, &vec![0; 1024 * 1024 - PNG.len()]].concat());
    let of = |count: usize| Scripted {
        pieces: vec![Some(mebibyte.clone()); count],
        ..file("image/png", b"")
    };
    assert_eq!(plain(vec![of(25)]).await, Ok(("image/png", LARGEST)));
    let mut lying = of(26);
    lying.headers.push(("content-length", "10".to_owned()));
    assert_eq!(plain(vec![lying]).await, Err("too_large".to_owned()));
}

#[tokio::test]
async fn a_file_is_what_its_bytes_are() {
    let disguised = file("image/png", b"<html><script>alert(1)</script></html>");
    assert_eq!(plain(vec![disguised]).await, Err("type_not_allowed".to_owned()));
    let other = file("image/png", b"%PDF-1.7 and so on");
    assert_eq!(plain(vec![other]).await, Err("type_mismatch".to_owned()));
    assert_eq!(plain(vec![file("image/png", b"")]).await, Err("empty".to_owned()));
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing() {
    let mut broken = file("image/png", PNG);
    broken.pieces.push(None);
    assert_eq!(plain(vec![broken]).await, Err("no file".to_owned()));
    assert_eq!(plain(vec![status(503)]).await, Err("answered 503".to_owned()));
}

#[tokio::test]
async fn what_stalls_is_given_up_after_its_time_and_leaves_nothing() {
    let silent = Scripted { stalls: true, ..file("image/png", b"") };
    assert_eq!(plain(vec![silent]).await, Err("no file".to_owned()));
    let begun = Bytes::from([PNG, &[0; SNIFFED]].concat());
    let stalled = Scripted { pieces: vec![Some(begun)], stalls: true, ..file("image/png", b"") };
    assert_eq!(plain(vec![stalled]).await, Err("no file".to_owned()));
}

/// The bridge requests no compression and unpacks nothing: neither a small file that becomes a
/// large one, nor a file of another type.
#[tokio::test]
async fn what_comes_packed_is_not_taken() {
    for coding in ["gzip", "GZIP", "br", "deflate", "zstd", "identity, gzip", "", "x-unknown"] {
        let mut packed = file("image/png", PNG);
        packed.headers.push(("content-encoding", coding.to_owned()));
        assert_eq!(plain(vec![packed]).await, Err("encoded".to_owned()), "{coding:?}");
    }
    let mut bomb = file("text/plain", b"\x1f\x8b\x08 and so on");
    bomb.headers.push(("content-encoding", "identity".to_owned()));
    assert_eq!(plain(vec![bomb]).await, Err("type_not_allowed".to_owned()));
    let mut named = file("image/png", PNG);
    named.headers.push(("content-encoding", " Identity ".to_owned()));
    assert_eq!(plain(vec![named]).await, Ok(("image/png", size(PNG))));
}

#[tokio::test]
async fn a_link_that_leads_round_in_a_circle_ends() {
    let round = |_| to("https://files.example.com/p");
    let circle = (0..=MOST_REDIRECTS).map(round).collect();
    assert_eq!(plain(circle).await, Err("too_many_redirects".to_owned()));
    assert_eq!(plain(vec![status(302)]).await, Err("not_a_url".to_owned()));
    assert_eq!(plain(vec![to("https://[")]).await, Err("not_a_url".to_owned()));
}

#[tokio::test]
async fn pictures_with_scripts_and_pages_with_the_names_of_pictures_are_refused() {
    for (mime, bytes) in [
        ("image/svg+xml", &b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..]),
        ("image/png", b"<?xml version='1.0'?><svg><script>alert(1)</script></svg>"),
        ("image/png", b"\xef\xbb\xbf\n\n<html>"),
        ("image/jpeg", b"<!-- --><body onload=alert(1)>"),
        ("text/plain", b"<!DOCTYPE html>"),
        ("image/png", b"\xff\xfe<\0h\0t\0m\0l\0>\0"),
        ("image/gif", b"GIF88a<script>"),
        ("application/pdf", b"\0%PDF-1.7"),
    ] {
        let refused = plain(vec![file(mime, bytes)]).await;
        assert_eq!(refused, Err("type_not_allowed".to_owned()), "{mime}: {bytes:?}");
    }
}
