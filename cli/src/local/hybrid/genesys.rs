//! A real Genesys Cloud: an entry of a configuration file, with the simulated Lynn in it.

use std::path::{Path, absolute};

use anyhow::{Context as _, anyhow};
use serde_json::Value;
use shared::config::ConfigFile;

use crate::configured_integration::select;

#[derive(Debug)]
pub struct RealGenesys {
    pub name: String,
    /// The entry as it stands in the file.
    entry: Value,
}

impl RealGenesys {
    pub fn read(path: &Path, named: Option<&str>) -> anyhow::Result<Self> {
        let file = ConfigFile::read(path)?;
        let (name, _) = select(&file, path, named)?;
        let read = || format!("read {}", path.display());
        let text = std::fs::read_to_string(path).with_context(read)?;
        let document: Value = serde_json::from_str(&text).with_context(read)?;
        let mut entries = document["integrations"].as_array().into_iter().flatten();
        let entry = entries.find(|entry| entry["name"] == name.as_str());
        let mut entry = entry.cloned().unwrap_or_default();
        let folder = absolute(path).with_context(read)?;
        let folder = folder.parent().ok_or_else(|| anyhow!("{} is no file", path.display()))?;
        from(folder, &mut entry);
        Ok(Self { name: name.to_string(), entry })
    }

    /// The entry with this section `lynn`.
    pub fn entry(&self, lynn: &Value) -> Value {
        let mut entry = self.entry.clone();
        entry["lynn"] = lynn.clone();
        entry
    }

    /// Whether the file has a key for `POST …/events`.
    pub fn takes_events(&self) -> bool {
        !self.entry["genesys"]["eventsApiKey"].is_null()
    }

    /// The integration and the region, to print.
    pub fn place(&self) -> (&str, &str) {
        let text = |key: &str| self.entry["genesys"][key].as_str().unwrap_or_default();
        (text("integrationId"), text("domain"))
    }
}

/// `{"file": PATH}` counts from the folder of the file in which it stands.
fn from(folder: &Path, value: &mut Value) {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("file") => {
            if let Some(Value::String(path)) = fields.get_mut("file") {
                *path = folder.join(&*path).to_string_lossy().into_owned();
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|value| from(folder, value)),
        Value::Array(values) => values.iter_mut().for_each(|value| from(folder, value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(name: &str) -> Value {
        json!({
            "name": name,
            "genesys": { "domain": "mypurecloud.com", "integrationId": name,
                "oauthClients": [ { "clientId": "c", "clientSecret": { "file": "client" } } ],
                "webhookSecrets": [ format!("{name}-webhook-secret") ] },
            "lynn": { "webhookUrl": "https://lynn.example.com/hook",
                "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } })
    }

    #[test]
    fn an_entry_keeps_all_but_its_lynn_wherever_it_stands_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bridge.json");
        std::fs::write(folder.path().join("client"), "s\n").unwrap();
        let write = |entries: &[Value]| {
            std::fs::write(&path, json!({ "integrations": entries }).to_string()).unwrap();
        };
        write(&[entry("a")]);
        let made = RealGenesys::read(&path, None).unwrap().entry(&json!({ "webhookUrl": "w" }));
        assert_eq!(made["lynn"], json!({ "webhookUrl": "w" }));
        assert_eq!(made["genesys"]["webhookSecrets"], json!(["a-webhook-secret"]));
        let secret = &made["genesys"]["oauthClients"][0]["clientSecret"]["file"];
        assert_eq!(secret, &json!(folder.path().join("client")));
        write(&[entry("a"), entry("b")]);
        assert_eq!(RealGenesys::read(&path, Some("b")).unwrap().name, "b");
    }
}
