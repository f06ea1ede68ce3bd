//! Configuration in Secrets Manager, through a rotation.

use std::sync::Arc;

use secrecy::ExposeSecret;
use shared::aws::{SecretsManager, secret_name};
use shared::ids::IntegrationName;
use shared::ports::{SecretPart, Secrets};

use crate::emulator::Emulator;

async fn documents(secrets: &SecretsManager, name: &str, part: SecretPart) -> Option<Vec<String>> {
    let found = secrets.fetch(&IntegrationName::new(name), part).await.expect("it is read")?;
    Some(found.0.iter().map(|document| document.expose_secret().to_owned()).collect())
}

#[tokio::test]
async fn the_current_and_the_previous_version_are_read() {
    let emulator = Emulator::start().await;
    let client = emulator.clients().secrets_manager();
    let secrets = Arc::new(SecretsManager::new(client.clone(), "bridge"));
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
    client.delete_secret().secret_id(&name).recovery_window_in_days(7).send().await.expect("gone");
    assert_eq!(documents(&secrets, "support", SecretPart::Receive).await, None);
}
