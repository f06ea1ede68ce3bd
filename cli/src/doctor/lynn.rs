//! Lynn's webhook: whether it answers, and whether it accepts the bridge's authentication. Both are
//! checked by a probe, `{"type": "probe", …}`, without a contact (`openapi.yaml`).
//!
//! Rule: Lynn may answer a probe with 2xx, or with 4xx because it does not know probes; only 401
//! and 403 are about the authentication. A second probe without authentication shows whether Lynn
//! checks it.

use std::sync::Arc;

use clients::NoStore;
use clients::lynn::client::{LynnClient, Post};
use clients::tokens::Tokens;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
use shared::config::{Dialect, LynnAuthentication, SendConfig};
use shared::error::{Failure, chain};
use uuid::Uuid;

use super::{Check, Finding, Unavailable, Web};

/// The outcome of a probe with the bridge's authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Probed {
    Answered(u16),
    /// There was no answer.
    Silent(String),
    /// Lynn's own login gave no token.
    NoToken(String),
}

/// The findings about the webhook and about its authentication.
pub async fn check(web: &Web, config: &SendConfig) -> [Finding; 2] {
    let with = with_authentication(web, config).await;
    let without = match &with {
        Probed::Answered(_) => without_authentication(web, config).await,
        _ => None,
    };
    let url = host(config);
    [assess_webhook(&url, &with), assess_authentication(needs(config), &with, without)]
}

/// The host, without the path, which may contain a key.
fn host(config: &SendConfig) -> String {
    let url = url::Url::parse(config.lynn.webhook_url.as_str());
    url.map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// Whether the configuration has any authentication towards Lynn.
fn needs(config: &SendConfig) -> bool {
    config.lynn.signing_secret.is_some()
        || config.lynn.dialect == Dialect::Genesys
        || !matches!(config.lynn.auth, LynnAuthentication::None {})
}

fn body(web: &Web, config: &SendConfig, id: &str) -> String {
    let time = web.clock.now().to_text();
    json!({ "type": "probe", "id": id, "time": time, "integration": config.name }).to_string()
}

async fn with_authentication(web: &Web, config: &SendConfig) -> Probed {
    let tokens = Arc::new(Tokens::of_sole_process(Arc::new(NoStore), web.clock.clone()));
    let client = LynnClient::new(web.vendor.clone(), tokens, web.clock.clone());
    let id = format!("probe-{}", Uuid::new_v4());
    let body = body(web, config, &id);
    let post = Post::new(&config.lynn.webhook_url, "probe Lynn", &id, body);
    match client.probe(config, &post).await {
        Ok(status) => Probed::Answered(status),
        Err(failure) => read(&failure),
    }
}

fn read(failure: &Failure) -> Probed {
    match failure.status {
        Some(status) => Probed::Answered(status),
        None if failure.login_refused => Probed::NoToken(chain(failure)),
        None => Probed::Silent(chain(failure)),
    }
}

/// The status of the answer to a probe without authentication; `None` without an answer.
async fn without_authentication(web: &Web, config: &SendConfig) -> Option<u16> {
    let body = body(web, config, &format!("probe-{}", Uuid::new_v4()));
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
    let url = config.lynn.webhook_url.as_str();
    web.ask(Method::POST, url, headers, body).await.ok().map(|answer| answer.status)
}

fn assess_webhook(host: &str, with: &Probed) -> Finding {
    let check = Check::LynnWebhook;
    match with {
        Probed::NoToken(_) => Unavailable::after(Check::LynnAuthentication).finding(check),
        Probed::Silent(why) => check.fail(
            format!("{host} does not answer: {why}"),
            "check lynn.webhookUrl and Lynn; waiting events are kept and retried",
        ),
        Probed::Answered(status @ (404 | 405 | 410)) => check.warn(
            format!(
                "{host} answered {status} to a probe, which does not show whether the webhook exists"
            ),
            "compare lynn.webhookUrl with Lynn's; --send checks it with a message",
        ),
        Probed::Answered(status @ (200..=299 | 400..=499)) => {
            check.ok(format!("{host} answers ({status})"))
        }
        Probed::Answered(status @ 300..=399) => check.fail(
            format!("{host} answered {status}: the bridge does not follow redirects"),
            "put the final URL into lynn.webhookUrl",
        ),
        Probed::Answered(status) => check.fail(
            format!("{host} answered {status}"),
            "check Lynn's status; waiting events are kept and retried",
        ),
    }
}

fn assess_authentication(needs: bool, with: &Probed, without: Option<u16>) -> Finding {
    let check = Check::LynnAuthentication;
    let is_refusal = |status: u16| matches!(status, 401 | 403);
    let with = match with {
        Probed::NoToken(why) => {
            let action = "correct lynn.auth: endpoint, accessToken, accessTokenSecret, tenant";
            return check.fail(why.clone(), action);
        }
        Probed::Silent(_) => return Unavailable::after(Check::LynnWebhook).finding(check),
        Probed::Answered(500..) | Probed::Answered(300..=399) => {
            return Unavailable::after(Check::LynnWebhook).finding(check);
        }
        Probed::Answered(status) => *status,
    };
    if is_refusal(with) {
        let reason = format!("Lynn answered {with}: it refuses the bridge's authentication");
        let action = "compare lynn.auth and lynn.signingSecret with Lynn's, and the clocks";
        return check.fail(reason, action);
    }
    match without {
        Some(status) if is_refusal(status) => check.ok(
            "Lynn accepts the bridge's authentication, and refuses requests without it",
        ),
        Some(_) if needs => check.warn(
            "Lynn gives the same answer without authentication: it may not check it",
            "make sure that Lynn refuses a post that is not signed or authenticated",
        ),
        Some(_) => check.warn(
            "neither lynn.auth nor lynn.signingSecret is set: any caller can post to Lynn in the bridge's name",
            "set lynn.signingSecret, and let Lynn check it",
        ),
        None => check.warn("Lynn did not answer a second time", "run this again"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn only_a_refusal_speaks_of_the_authentication() {
        let of =
            |with, without| assess_authentication(true, &Probed::Answered(with), without).outcome;
        assert_eq!([of(204, Some(401)), of(400, Some(403)), of(422, Some(401))], [Outcome::Ok; 3]);
        assert_eq!([of(401, Some(401)), of(403, Some(403))], [Outcome::Fail; 2]);
        assert_eq!([of(204, Some(204)), of(400, Some(400)), of(204, None)], [Outcome::Warn; 3]);
        assert_eq!(of(503, None), Outcome::Warn);
        let none = assess_authentication(false, &Probed::Answered(204), Some(204));
        assert_eq!(none.outcome, Outcome::Warn);
        let no_token = Probed::NoToken("log in to Lynn: answered 401".to_owned());
        assert_eq!(assess_authentication(true, &no_token, None).outcome, Outcome::Fail);
    }

    #[test]
    fn an_answer_that_a_wrong_url_gives_too_is_not_well() {
        let of = |status| assess_webhook("https://lynn", &Probed::Answered(status)).outcome;
        assert_eq!([of(200), of(400), of(422), of(401)], [Outcome::Ok; 4]);
        assert_eq!([of(404), of(405), of(410)], [Outcome::Warn; 3]);
        assert_eq!([of(302), of(500), of(503)], [Outcome::Fail; 3]);
        let silent = Probed::Silent("no connection".to_owned());
        assert_eq!(assess_webhook("https://lynn", &silent).outcome, Outcome::Fail);
    }
}
