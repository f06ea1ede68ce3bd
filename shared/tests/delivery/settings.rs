//! The cache of the configuration.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use shared::config::SendConfig;
use shared::ids::IntegrationName;
use shared::memory::{ManualClock, MemorySecrets};
use shared::ports::{Clock, SecretPart, Secrets};
use shared::settings::{Settings, SettingsError};

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

    async fn stranger(&self, number: usize) -> SettingsError {
        self.settings.get(&IntegrationName::new(format!("stranger-{number}"))).await.unwrap_err()
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

/// A rotated secret is not refused because the secret service is down just then.
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
        // What is known serves on.
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
        assert!(matches!(cache.stranger(1).await, SettingsError::Unknown(_)));
    }
    assert_eq!(cache.secrets.calls(), 1);
    cache.clock.advance(Duration::from_secs(300));
    cache.stranger(1).await;
    assert_eq!(cache.secrets.calls(), 2);
    for name in ["", "a/b", "ä", &"x".repeat(65)] {
        let error = cache.settings.get(&IntegrationName::new(name)).await.unwrap_err();
        assert!(matches!(error, SettingsError::Unknown(_)));
    }
    assert_eq!(cache.secrets.calls(), 2);
}

#[tokio::test]
async fn strangers_cannot_cause_more_than_twenty_calls_in_ten_seconds() {
    let cache = cache();
    cache.length().await;
    for number in 0..5000 {
        let error = cache.stranger(number).await;
        let shed = matches!(error, SettingsError::Shed(_));
        assert_eq!(shed, cache.secrets.calls() >= 20 && number >= 19, "{number}");
    }
    assert_eq!(cache.secrets.calls(), 20);
    // Who is known is not touched by it, not even when it is read again.
    cache.clock.advance(Duration::from_secs(9));
    assert_eq!(cache.length().await, 12);
    cache.clock.advance(Duration::from_secs(1));
    assert!(matches!(cache.stranger(9999).await, SettingsError::Unknown(_)));
    cache.clock.advance(Duration::from_secs(290));
    for number in 0..100 {
        cache.stranger(number).await;
    }
    assert_eq!(cache.length().await, 12);
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
