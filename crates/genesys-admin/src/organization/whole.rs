//! Objects with all that is compared: some are spread over several places.

use super::{CallError, Kind, Object, Organization};

impl Organization {
    /// An object by its id; none when there is none.
    pub async fn whole(&self, kind: Kind, id: &str) -> Result<Option<Object>, CallError> {
        if kind == Kind::DataAction {
            // A list shows neither what an action takes nor where it goes.
            let path = format!("{}?expand=contract&includeConfig=true", kind.one(id));
            return self.find(&path).await;
        }
        let Some(mut object) = self.object(kind, id).await? else { return Ok(None) };
        let is_whole = kind != Kind::Integration || self.read_told(&mut object).await?;
        Ok(is_whole.then_some(object))
    }

    /// Puts what an integration is told, with its version, under its `/config/current`; false when
    /// it is gone.
    pub async fn read_told(&self, integration: &mut Object) -> Result<bool, CallError> {
        let told = self.find(&told_path(integration.id())).await?;
        let is_there = told.is_some();
        integration.0["config"]["current"] = told.unwrap_or_default().0;
        Ok(is_there)
    }
}

/// Where an integration has what it is told.
pub fn told_path(id: &str) -> String {
    format!("{}/config/current", Kind::Integration.one(id))
}
