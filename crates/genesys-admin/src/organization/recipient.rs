//! Finds the recipient of an Open Messaging integration.

use super::settling::SHOWN;
use super::{CallError, Kind, Object, Organization};

impl Organization {
    /// The recipient that routes an integration's messages; an empty object if there is none yet.
    /// Its id is the integration's `recipient.id`; in an older API it was the integration's own id.
    pub async fn recipient(&self, integration: &Object) -> Result<Object, CallError> {
        let id = match integration.text("/recipient/id") {
            "" if integration.text("/createStatus") == "Completed" => integration.id(),
            "" => return Ok(Object::default()),
            id => id,
        };
        if self.on_its_way(integration.id(), SHOWN).is_some() {
            self.expect(id, self.clock().now());
        }
        if let Some(recipient) = self.object(Kind::Recipient, id).await? {
            return Ok(recipient);
        }
        let mut named = self.all(Kind::Recipient).await?;
        named.retain(|recipient| recipient.is_named(integration.name()));
        let only = if named.len() == 1 { named.pop() } else { None };
        Ok(only.unwrap_or_default())
    }
}
