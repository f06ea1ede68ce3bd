//! Reads objects with everything that setup compares; some are spread over several paths.

use super::{CallError, Kind, Object, Organization};

impl Organization {
    /// An object by its id; `None` if it does not exist.
    pub async fn whole(&self, kind: Kind, id: &str) -> Result<Option<Object>, CallError> {
        if kind == Kind::DataAction {
            // A list shows neither the inputs of an action nor its target.
            let path = format!("{}?expand=contract&includeConfig=true", kind.one(id));
            return self.find(&path).await;
        }
        let Some(mut object) = self.object(kind, id).await? else { return Ok(None) };
        let is_whole = kind != Kind::Integration || self.read_told(&mut object).await?;
        Ok(is_whole.then_some(object))
    }

    /// An Open Messaging integration with its identity resolution; `None` if it does not exist.
    /// UNVERIFIED: which permission the identity resolution needs here. Without it, the integration
    /// is read as usual.
    pub async fn shown(&self, integration: &str) -> Result<Option<Object>, CallError> {
        let kind = Kind::OpenIntegration;
        let path = format!("{}?expand=identityresolution", kind.one(integration));
        match self.find(&path).await {
            Err(error) if error.is_status(403) => self.object(kind, integration).await,
            found => found,
        }
    }

    /// Reads an integration's configuration, with its version, into its `/config/current`. Returns
    /// `false` if the integration is gone.
    pub async fn read_told(&self, integration: &mut Object) -> Result<bool, CallError> {
        let told = self.find(&told_path(integration.id())).await?;
        let is_there = told.is_some();
        integration.0["config"]["current"] = told.unwrap_or_default().0;
        Ok(is_there)
    }
}

/// The path of an integration's configuration.
pub(crate) fn told_path(id: &str) -> String {
    format!("{}/config/current", Kind::Integration.one(id))
}
