//! Tests of the stored configuration.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_sdk_secretsmanager::operation::list_secrets::ListSecretsOutput;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::names::integrations;
use super::*;

/// A document as it is read: first as stored before, from the second time on as another run
/// left it.
fn stored_rule(name: &'static str, later: &'static str) -> Rule {
    let looks = AtomicU32::new(0);
    mock!(Client::get_secret_value)
        .match_requests(move |input| input.secret_id() == Some(name))
        .then_compute_output(move |_| {
            let value = if looks.fetch_add(1, Ordering::SeqCst) == 0 { "0" } else { later };
            GetSecretValueOutput::builder().version_id(value).secret_string(value).build()
        })
}

/// Stores both documents as a push does; whether they are what is stored afterwards.
async fn is_written(send_later: &'static str) -> bool {
    let described = mock!(Client::describe_secret)
        .then_output(|| DescribeSecretOutput::builder().name("n").build());
    let put =
        mock!(Client::put_secret_value).then_output(|| PutSecretValueOutput::builder().build());
    let listed = mock!(Client::list_secrets).then_output(|| ListSecretsOutput::builder().build());
    let list = mock!(Client::get_secret_value)
        .match_requests(|input| input.secret_id() == Some("one/@integrations/receive"))
        .then_output(|| {
            let names = r#"{"integrations":["support"]}"#;
            GetSecretValueOutput::builder().version_id("l").secret_string(names).build()
        });
    let tagged = mock!(Client::tag_resource).then_output(|| {
        aws_sdk_secretsmanager::operation::tag_resource::TagResourceOutput::builder().build()
    });
    let (receive, send) =
        (stored_rule("one/support/receive", "1"), stored_rule("one/support/send", send_later));
    let rules = [&described, &put, &listed, &list, &tagged, &receive, &send];
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, &rules);
    let secrets = StoredConfiguration { client, prefix: "one".to_owned() };
    let (value, support) = (SecretString::from("1"), IntegrationName::new("support"));
    for part in [SecretPart::Send, SecretPart::Receive] {
        let put = secrets.put(&support, part, &value, None, "version").await.unwrap();
        assert_eq!(put, Put { value: Became::Changed, rekeyed: false });
    }
    assert!(!secrets.list(Some(&support), None, None).await.unwrap());
    let written = secrets.written(&support, [&value, &value]).await.unwrap();
    if let Some(stored) = &written {
        secrets.join(&support, stored).await.unwrap();
    }
    written.is_some()
}

#[tokio::test]
async fn a_push_that_another_overtook_is_noticed() {
    assert!(is_written("1").await);
    assert!(!is_written("2").await);
}

#[test]
fn a_document_is_the_same_however_it_is_written() {
    let secret = |text: &str| SecretString::from(text.to_owned());
    let same = |one, other| same(&secret(one), &secret(other));
    assert!(same(r#"{"a": 1, "b": [2]}"#, r#"{"b":[2],"a":1}"#));
    assert!(!same(r#"{"a": 1}"#, r#"{"a": 2}"#));
    assert!(!same("by hand", r#"{"a": 2}"#));
    assert!(same("by hand", "by hand"));
}

#[test]
fn integrations_are_found_by_the_names_of_their_secrets() {
    let support = IntegrationName::new("support");
    let of_support =
        [SecretPart::Send, SecretPart::Receive].map(|part| secret_name("a/bridge", &support, part));
    let others = [
        "a/bridge/sales/receive",
        "a/bridge/support/other",
        "a/bridge/x/y/send",
        "a/bridge2/other/send",
        "a/bridge/send",
        "a/bridge//send",
    ];
    let names = of_support.iter().map(String::as_str).chain(others);
    let found = integrations("a/bridge", names);
    assert_eq!(found, BTreeSet::from([IntegrationName::new("sales"), support]));
}
