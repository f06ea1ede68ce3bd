//! The cache of the configuration.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use shared::config::SendConfig;
use shared::ids::IntegrationName;
use shared::ports::{Clock, SecretPart, Secrets};
use shared::settings::{Settings, SettingsError, Versions};
use testing::{ManualClock, MemorySecrets};

use crate::script::{INTEGRATION, config};

struct Cache {
    clock: Arc<ManualClock>,
    secrets: Arc<MemorySecrets>,
    settings: Settings<SendConfig>,
}

fn cache() -> Cache {
    let clock = Arc::new(ManualClock::new(0));
    let secrets = Arc::new(MemorySecrets::new());
    secrets.set(&name(), SecretPart::Send, vec![config(&json!({}))]);
    let settings = Settings::new(
        Arc::clone(&secrets) as Arc<dyn Secrets>,
        Arc::clone(&clock) as Arc<dyn Clock>,
    );
    Cache { clock, secrets, settings }
}

fn name() -> IntegrationName {
    IntegrationName::new(INTEGRATION)
}

impl Cache {
    fn change(&self, length: usize) {
        self.secrets.set(
            &name(),
            SecretPart::Send,
            vec![config(&json!({ "text": { "maxLength": length } }))],
        );
    }

    async fn length(&self) -> usize {
        self.settings.current(&name()).await.unwrap().text.max_length
    }

    /// Asks for a name that is not configured.
    async fn stranger(&self, number: usize, has_evidence: bool) -> SettingsError {
        let name = IntegrationName::new(format!("stranger-{number}"));
        self.settings.get_for(&name, has_evidence).await.unwrap_err()
    }
}

#[tokio::test]
async fn what_is_known_is_read_again_after_five_minutes() {
    let cache = cache();
    assert_eq!(cache.length().await, 12);
    cache.change(99);
    cache.clock.advance(Duration::from_millis(299_999));
    assert_eq!((cache.length().await, cache.secrets.calls()), (12, 1));
    cache.clock.advance(Duration::from_millis(1));
    assert_eq!((cache.length().await, cache.secrets.calls()), (99, 2));
}

#[tokio::test]
async fn a_failed_authentication_reads_again_every_ten_seconds_at_most() {
    let cache = cache();
    let before = cache.settings.get(&name()).await.unwrap();
    cache.change(99);
    cache.clock.advance(Duration::from_millis(9_999));
    assert!(cache.settings.refreshed(&name(), &before).await.unwrap().is_none());
    cache.clock.advance(Duration::from_millis(1));
    let newer = cache.settings.refreshed(&name(), &before).await.unwrap().unwrap();
    assert_eq!(newer[0].text.max_length, 99);
    assert!(cache.settings.refreshed(&name(), &newer).await.unwrap().is_none());
    assert_eq!(cache.secrets.calls(), 2);
    assert_eq!(cache.length().await, 99);
}

/// The clock of a machine was two hours ahead and is corrected.
#[tokio::test]
async fn a_clock_that_is_set_back_delays_no_reading() {
    let cache = cache();
    let before = cache.settings.get(&name()).await.unwrap();
    cache.change(99);
    cache.clock.set_back(Duration::from_secs(7200));
    let newer = cache.settings.refreshed(&name(), &before).await.unwrap().unwrap();
    assert_eq!(newer[0].text.max_length, 99);
    cache.change(77);
    cache.clock.set_back(Duration::from_secs(7200));
    assert_eq!(cache.length().await, 77);
    // This holds for unconfigured names, for the limit of their look-ups, and for the list of
    // names.
    for number in 0..30 {
        cache.stranger(number, false).await;
    }
    assert!(matches!(cache.stranger(99, false).await, SettingsError::Shed(_)));
    cache.clock.set_back(Duration::from_secs(7200));
    assert!(matches!(cache.stranger(99, false).await, SettingsError::Unknown(_)));
    cache.secrets.set_names(&["other"]);
    cache.clock.advance(Duration::from_secs(10));
    cache.stranger(99, true).await;
    cache.secrets.set_names(&["other", "stranger-99"]);
    let stranger = IntegrationName::new("stranger-99");
    cache.secrets.set(&stranger, SecretPart::Send, vec![config(&json!({}))]);
    cache.clock.set_back(Duration::from_secs(7200));
    assert!(cache.settings.get_for(&stranger, false).await.is_ok());
}

/// The clock is set back to a few seconds after the last reading, which was minutes ago.
#[tokio::test]
async fn a_clock_that_is_set_back_makes_nothing_new() {
    let cache = cache();
    let before = cache.settings.get(&name()).await.unwrap();
    cache.change(99);
    cache.clock.advance(Duration::from_secs(230));
    cache.clock.set_back(Duration::from_secs(225));
    let newer = cache.settings.refreshed(&name(), &before).await.unwrap().unwrap();
    assert_eq!(newer[0].text.max_length, 99);
    cache.change(77);
    cache.clock.advance(Duration::from_secs(600));
    cache.clock.set_back(Duration::from_secs(595));
    assert_eq!(cache.length().await, 77);
}

/// A rotated secret is not refused because the secret service is down at that moment.
#[tokio::test]
async fn while_it_cannot_be_read_nobody_says_that_it_is_unchanged() {
    let cache = cache();
    let before = cache.settings.get(&name()).await.unwrap();
    cache.change(99);
    cache.clock.advance(Duration::from_secs(11));
    cache.secrets.set_down(true);
    for _ in 0..2 {
        let error = cache.settings.refreshed(&name(), &before).await.unwrap_err();
        assert!(matches!(error, SettingsError::Unavailable { .. }));
        assert_eq!(cache.secrets.calls(), 2);
        // The known version stays in use.
        assert_eq!(cache.length().await, 12);
    }
    cache.secrets.set_down(false);
    cache.clock.advance(Duration::from_secs(10));
    let newer = cache.settings.refreshed(&name(), &before).await.unwrap().unwrap();
    assert_eq!(newer[0].text.max_length, 99);
}

#[tokio::test]
async fn an_unknown_name_is_remembered_as_such() {
    let cache = cache();
    for _ in 0..50 {
        assert!(matches!(cache.stranger(1, true).await, SettingsError::Unknown(_)));
    }
    assert_eq!(cache.secrets.calls(), 1);
    cache.clock.advance(Duration::from_secs(10));
    cache.stranger(1, true).await;
    assert_eq!(cache.secrets.calls(), 2);
    for name in ["", "a/b", "ä", &"x".repeat(65)] {
        let error = cache.settings.get(&IntegrationName::new(name)).await.unwrap_err();
        assert!(matches!(error, SettingsError::Unknown(_)));
    }
    assert_eq!(cache.secrets.calls(), 2);
}

/// The stack has no list of names yet.
#[tokio::test]
async fn without_a_list_requests_that_prove_nothing_cannot_cause_more_than_twenty_calls() {
    let cache = cache();
    for number in 0..5000 {
        let error = cache.stranger(number, false).await;
        let shed = matches!(error, SettingsError::Shed(_));
        assert_eq!(shed, number >= 20, "{number}");
    }
    assert_eq!(cache.secrets.calls(), 20);
    // A request that may be authentic does not depend on their share, even if the integration was
    // never asked for before.
    assert_eq!(cache.length().await, 12);
    cache.clock.advance(Duration::from_secs(10));
    assert!(matches!(cache.stranger(9999, false).await, SettingsError::Unknown(_)));
}

#[tokio::test]
async fn with_a_list_strangers_cost_one_reading_of_it_and_few_look_ups() {
    let cache = cache();
    cache.secrets.set_names(&[INTEGRATION]);
    for number in 0..5000 {
        let error = cache.stranger(number, number % 2 == 0).await;
        assert!(matches!(error, SettingsError::Unknown(_)), "{error}");
    }
    // The list, twenty names, and the look-up during the first reading of the list.
    assert!(cache.secrets.calls() <= 22, "{}", cache.secrets.calls());
    let before = cache.secrets.calls();
    assert_eq!(cache.length().await, 12);
    assert_eq!(cache.secrets.calls(), before + 1, "no list is read for a name that is on it");
    cache.clock.advance(Duration::from_secs(10));
    for number in 0..5000 {
        cache.stranger(number, true).await;
    }
    assert!(cache.secrets.calls() <= before + 1 + 21, "{}", cache.secrets.calls());
}

#[tokio::test]
async fn an_integration_that_was_added_is_known_at_once_and_in_a_flood_within_ten_seconds() {
    let cache = cache();
    cache.secrets.set_names(&["other"]);
    assert!(matches!(cache.stranger(0, true).await, SettingsError::Unknown(_)));
    assert_eq!(cache.length().await, 12, "it is not on the list that was read a moment ago");
    let flooded = self::cache();
    flooded.secrets.set_names(&["other"]);
    for number in 0..100 {
        flooded.stranger(number, true).await;
    }
    assert!(matches!(flooded.settings.get(&name()).await, Err(SettingsError::Unknown(_))));
    flooded.secrets.set_names(&["other", INTEGRATION]);
    flooded.clock.advance(Duration::from_secs(10));
    assert_eq!(flooded.length().await, 12);
}

#[tokio::test]
async fn many_integrations_that_were_added_do_not_keep_each_other_waiting() {
    let cache = cache();
    cache.secrets.set_names(&["other"]);
    for number in 0..50 {
        let added = IntegrationName::new(format!("stranger-{number}"));
        cache.secrets.set(&added, SecretPart::Send, vec![config(&json!({}))]);
        assert!(cache.settings.get_for(&added, true).await.is_ok(), "{number}");
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_makes_no_integration_unknown() {
    let cache = cache();
    cache.secrets.set_names(&["other"]);
    cache.secrets.set_down(true);
    assert!(matches!(cache.settings.get(&name()).await, Err(SettingsError::Unavailable { .. })));
    cache.secrets.set_down(false);
    assert_eq!(cache.length().await, 12);
}

#[tokio::test]
async fn a_previous_version_ends_at_its_time_whether_it_is_read_again_or_not() {
    let cache = cache();
    let version = |length: usize| config(&json!({ "text": { "maxLength": length } }));
    cache.secrets.set(&name(), SecretPart::Send, vec![version(2), version(1)]);
    let end = cache.clock.now() + Duration::from_mins(10);
    cache.secrets.set_end(&name(), SecretPart::Send, end);
    let valid = async || {
        let versions = cache.settings.get(&name()).await.unwrap();
        versions.iter().map(|version| version.text.max_length).collect::<Vec<_>>()
    };
    cache.clock.advance(Duration::from_secs(400));
    assert_eq!(valid().await, [2, 1]);
    // The cache would keep the version for 300 s, and it cannot be read again while the service is
    // down.
    cache.secrets.set_down(true);
    cache.clock.advance(Duration::from_millis(199_999));
    assert_eq!(valid().await, [2, 1]);
    cache.clock.advance(Duration::from_millis(1));
    assert_eq!(valid().await, [2]);
    assert_eq!(cache.secrets.calls(), 1);
}

/// `proves` says whether a caller with the secret of the given version is accepted.
#[tokio::test]
async fn a_version_that_was_revoked_proves_no_caller_ten_seconds_later() {
    let cache = cache();
    let version = |length: usize| config(&json!({ "text": { "maxLength": length } }));
    cache.secrets.set(&name(), SecretPart::Send, vec![version(2), version(1)]);
    let proves = async |length: usize| {
        let valid = cache.settings.get(&name()).await.unwrap();
        let proof = |versions: &Versions<SendConfig>| {
            versions.iter().find(|version| version.text.max_length == length).map(drop).ok_or(())
        };
        cache.settings.proved(&name(), valid, proof).await.unwrap().is_ok()
    };
    assert!(proves(1).await && proves(2).await && !proves(3).await);
    cache.secrets.set(&name(), SecretPart::Send, vec![version(2)]);
    cache.clock.advance(Duration::from_secs(10));
    assert!(!proves(1).await && proves(2).await);
    // While the secrets cannot be read, the versions that were valid a moment ago stay valid.
    cache.secrets.set(&name(), SecretPart::Send, vec![version(3), version(2)]);
    cache.clock.advance(Duration::from_secs(10));
    assert!(proves(2).await && proves(3).await);
    cache.secrets.set_down(true);
    cache.clock.advance(Duration::from_secs(10));
    assert!(proves(2).await && proves(3).await);
}

#[tokio::test]
async fn the_last_valid_configuration_serves_on() {
    let cache = cache();
    cache.length().await;
    cache.secrets.set_down(true);
    cache.clock.advance(Duration::from_secs(301));
    assert_eq!((cache.length().await, cache.secrets.calls()), (12, 2));
    cache.secrets.set_down(false);
    cache.secrets.set(&name(), SecretPart::Send, vec!["{}".to_owned()]);
    cache.clock.advance(Duration::from_secs(301));
    assert_eq!((cache.length().await, cache.secrets.calls()), (12, 3));
    cache.secrets.set(&name(), SecretPart::Send, Vec::new());
    cache.clock.advance(Duration::from_secs(301));
    assert!(matches!(cache.settings.get(&name()).await, Err(SettingsError::Unknown(_))));
}

#[tokio::test]
async fn what_was_never_valid_says_why() {
    let cache = cache();
    cache.secrets.set_down(true);
    assert!(matches!(cache.settings.get(&name()).await, Err(SettingsError::Unavailable { .. })));
    cache.secrets.set_down(false);
    cache.secrets.set(&name(), SecretPart::Send, vec!["{}".to_owned()]);
    assert!(matches!(cache.settings.get(&name()).await, Err(SettingsError::Invalid { .. })));
    cache.change(7);
    assert_eq!(cache.length().await, 7);
}

#[tokio::test]
async fn a_new_version_that_does_not_hold_leaves_the_previous_one() {
    let cache = cache();
    let broken = "{ \"name\": \"support\" }".to_owned();
    cache.secrets.set(&name(), SecretPart::Send, vec![broken.clone(), config(&json!({}))]);
    assert_eq!(cache.length().await, 12);
    cache.secrets.set(&name(), SecretPart::Send, vec![broken.clone(), broken]);
    cache.clock.advance(Duration::from_secs(300));
    assert_eq!(cache.length().await, 12, "what was valid serves on");
}
