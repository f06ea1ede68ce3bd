//! A real Lynn: what the bridge needs to post to it, and new credentials for its calls.

use genesys_admin::table::integration::random_secret;
use serde_json::{Value, json};
use shared::config::BaseUrl;

use crate::administrator::Environment;
use crate::lynn_authentication;

/// The variable with the secret that signs what the bridge posts; `bridge setup` reads it too.
const SIGNING_SECRET: &str = "LYNN_SIGNING_SECRET";

pub struct RealLynn {
    pub url: BaseUrl,
    auth: Option<Value>,
    /// Lynn calls the bridge with this key, or signs with this secret.
    pub key: String,
    pub inbound_secret: String,
    /// Signs what the bridge posts.
    pub signing_secret: String,
    /// Whether the person has chosen that secret.
    pub knows_signing_secret: bool,
}

impl RealLynn {
    pub fn new(
        url: &BaseUrl,
        authentication: &lynn_authentication::Arguments,
    ) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        let given = environment.get(SIGNING_SECRET);
        Ok(Self {
            url: url.clone(),
            auth: authentication.read(environment)?,
            key: random_secret(),
            inbound_secret: new_signing_secret(),
            knows_signing_secret: given.is_some(),
            signing_secret: given.unwrap_or_else(new_signing_secret),
        })
    }

    /// The section `lynn` of the configuration.
    pub fn section(&self) -> Value {
        let mut section = json!({
            "webhookUrl": self.url.as_str(), "signingSecret": self.signing_secret,
            "inboundAuth": [ { "type": "apiKey", "key": self.key },
                { "type": "signature", "secret": self.inbound_secret } ] });
        if let Some(auth) = &self.auth {
            section["auth"] = auth.clone();
        }
        section
    }
}

/// Hexadecimal digits are Base64, too.
fn new_signing_secret() -> String {
    format!("whsec_{}", random_secret())
}

#[cfg(test)]
mod tests {
    use shared::standard_webhooks::SigningSecret;

    use super::*;

    #[test]
    fn each_run_has_credentials_of_its_own() {
        let url = BaseUrl::parse("https://lynn.example.com/hook").unwrap();
        let new = || RealLynn::new(&url, &lynn_authentication::Arguments::default()).unwrap();
        let (first, second) = (new().section(), new().section());
        for place in ["/signingSecret", "/inboundAuth/0/key", "/inboundAuth/1/secret"] {
            let value = |section: &Value| section.pointer(place).cloned().unwrap();
            assert_ne!(value(&first), value(&second), "{place}");
        }
        assert_ne!(first["signingSecret"], first["inboundAuth"][1]["secret"]);
        let secret = first["signingSecret"].as_str().unwrap();
        assert!(SigningSecret::parse(secret).is_some(), "{secret}");
    }
}
