//! Configuration in Secrets Manager, through a rotation.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use aws::{SecretsManager, list_name, secret_name};
use clients::SystemClock;
use secrecy::ExposeSecret;
use shared::ids::IntegrationName;
use shared::ports::{Clock, SecretPart, Secrets};
use shared::time::Timestamp;

use crate::emulator::Emulator;

async fn documents(secrets: &SecretsManager, name: &str, part: SecretPart) -> Option<Vec<String>> {
    let found = secrets.fetch(&IntegrationName::new(name), part).await.expect("it is read")?;
    let previous = found.previous.map(|(document, _)| document);
    let all = [Some(found.current), previous].into_iter().flatten();
    Some(all.map(|document| document.expose_secret().to_owned()).collect())
}

/// The clock of this machine, set ahead. The emulator dates versions by the machine's clock.
#[derive(Default)]
struct Later(AtomicI64);

#[async_trait]
impl Clock for Later {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(
            SystemClock.now().milliseconds() + self.0.load(Ordering::SeqCst),
        )
    }

    fn random(&self) -> u64 {
        SystemClock.random()
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration).await;
    }
}

#[tokio::test]
async fn the_current_and_the_previous_version_are_read() {
    let emulator = Emulator::start().await;
    let client = emulator.clients().secrets_manager();
    let clock = Arc::new(Later::default());
    let secrets = SecretsManager::new(client.clone(), "bridge", Arc::clone(&clock) as _);
    let name = secret_name("bridge", &IntegrationName::new("support"), SecretPart::Receive);
    assert_eq!(name, "bridge/support/receive");
    assert_eq!(documents(&secrets, "support", SecretPart::Receive).await, None);
    client.create_secret().name(&name).secret_string("{1}").send().await.expect("it is made");
    assert_eq!(documents(&secrets, "support", SecretPart::Receive).await.unwrap(), ["{1}"]);
    for (version, expected) in [("{2}", ["{2}", "{1}"]), ("{3}", ["{3}", "{2}"])] {
        let change = client.put_secret_value().secret_id(&name).secret_string(version);
        change.send().await.expect("it is changed");
        assert_eq!(documents(&secrets, "support", SecretPart::Receive).await.unwrap(), expected);
    }
    assert_eq!(documents(&secrets, "support", SecretPart::Send).await, None);
    // Ten minutes after its replacement the previous version is no longer valid. It is read only if
    // the current version is invalid.
    clock.0.store(10 * 60 * 1000 + 1, Ordering::SeqCst);
    assert_eq!(documents(&secrets, "support", SecretPart::Receive).await.unwrap(), ["{3}"]);
    let before = secrets.before(&IntegrationName::new("support"), SecretPart::Receive).await;
    assert_eq!(before.unwrap().unwrap().expose_secret(), "{2}");
    client.delete_secret().secret_id(&name).recovery_window_in_days(7).send().await.expect("gone");
    assert_eq!(documents(&secrets, "support", SecretPart::Receive).await, None);
}

#[tokio::test]
async fn the_list_of_names_is_read_where_there_is_one() {
    let emulator = Emulator::start().await;
    let client = emulator.clients().secrets_manager();
    let secrets = SecretsManager::new(client.clone(), "bridge", Arc::new(SystemClock));
    assert_eq!(secrets.names(SecretPart::Receive).await.unwrap(), None);
    let list = client.create_secret().name(list_name("bridge"));
    let list = list.secret_string(r#"{"integrations":["support","sales"]}"#);
    list.send().await.expect("it is made");
    let names = secrets.names(SecretPart::Receive).await.unwrap().unwrap();
    assert_eq!(names, ["sales", "support"].map(IntegrationName::new).into());
    // Strangers cannot call the senders, and the senders' roles do not cover the list.
    assert_eq!(secrets.names(SecretPart::Send).await.unwrap(), None);
}
