//! Lynn's webhook and its authentication; each check is made to fail.

use serde_json::{Value, json};
use simulators::{LynnAuthentication, LynnFault};

use super::{Installation, after};
use crate::harness::Setup;

#[tokio::test]
async fn each_check_of_lynn_fails_by_itself() {
    const ALL: &[&str] = &["*"];
    let bearer = || LynnAuthentication::Bearer("good".to_owned());
    let sends = |token: &'static str| {
        move |config: &mut Value| {
            config["lynn"]["auth"] = json!({ "type": "bearer", "token": token });
        }
    };
    let with = |token| Setup::new().lynn(|options| options.auth = bearer()).config(sends(token));
    let answers = |status| Setup::new().lynn(move |options| options.probe_status = status);
    let unsigned = Setup::new()
        .lynn(|options| options.signing_secret = None)
        .config(|config| config["lynn"]["signingSecret"] = Value::Null);
    let unchecked = Setup::new().lynn(|options| options.signing_secret = None);
    let down = |installation: &mut Installation| installation.harness.lynn.set_down(true);
    let broken = |installation: &mut Installation| {
        installation.harness.lynn.script(LynnFault::Status { code: 500, retry_after: None });
    };
    let lines = [
        after(with("wrong"), |_| {}, ALL).await,
        after(answers(400), |_| {}, &["lynn-webhook", "lynn-authentication"]).await,
        after(answers(404), |_| {}, ALL).await,
        after(answers(302), |_| {}, ALL).await,
        after(unsigned, |_| {}, ALL).await,
        after(unchecked, |_| {}, ALL).await,
        after(Setup::new(), down, ALL).await,
        after(Setup::new(), broken, ALL).await,
    ];
    insta::assert_snapshot!(lines.join("\n\n"));
    // With any type of authentication, a correct credential makes the probe succeed.
    let right = Installation::new(with("good")).await;
    right.examine(&[]).await.good();
    assert_eq!(right.harness.lynn.probes(), 1);
}

#[tokio::test]
async fn lynns_own_login_is_looked_at() {
    let token = |secret: &'static str| {
        Setup::new()
            .lynn(|options| {
                options.auth = LynnAuthentication::Token {
                    access_token: "access".to_owned(),
                    access_token_secret: "right".to_owned(),
                    tenant: "12".to_owned(),
                };
            })
            .config(move |config| {
                let url = config["lynn"]["webhookUrl"].as_str().expect("a URL");
                let endpoint = url.trim_end_matches("/webhook").to_owned();
                config["lynn"]["auth"] = json!({ "type": "lynnToken", "endpoint": endpoint,
                    "accessToken": "access", "accessTokenSecret": secret, "tenant": 12 });
            })
    };
    let checks = ["lynn-webhook", "lynn-authentication"];
    let lines = [
        after(token("right"), |_| {}, &checks).await,
        after(token("wrong"), |_| {}, &checks).await,
    ];
    insta::assert_snapshot!(lines.join("\n\n"));
}
