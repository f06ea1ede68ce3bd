//! Deletes objects. Genesys Cloud refuses for a while to delete an object that was in use, and a
//! deleted object may still answer.

use http::Method;
use serde_json::{Map, Value, json};

use super::{CallError, Kind, Object, Organization, Problem};

/// The fields that a change of an OAuth client may contain; answers contain more.
const CLIENT: [&str; 7] = [
    "name",
    "description",
    "authorizedGrantType",
    "accessTokenValiditySeconds",
    "registeredRedirectUri",
    "scope",
    "roleDivisions",
];

impl Organization {
    /// Deletes an object and waits until it is gone. Succeeds if the object does not exist.
    pub async fn remove(&self, kind: Kind, object: &Object) -> Result<(), CallError> {
        let (id, name) = (object.id(), object.name());
        match kind {
            Kind::OAuthClient => self.deactivate(id).await?,
            Kind::Integration => {
                let disabled = json!({ "intendedState": "DISABLED" });
                CallError::unless_gone(self.patch(&kind.one(id), disabled).await)?;
            }
            _ => {}
        }
        let leaving = kind.leaving();
        let what = format!("until Genesys Cloud lets {name} be deleted");
        let mut wait = self.wait(what, leaving.refused);
        while let Err(error) = self.delete(&kind.deletion(id)).await {
            let is_in_use = error.is_status(409) || error.is_status(400);
            if !is_in_use || !wait.goes_on().await {
                return Err(error);
            }
        }
        self.forget(id);
        if !leaving.answers.is_zero() {
            self.leaves(kind, id, name).await?;
        }
        self.rest("until Genesys Cloud has released what it used", leaving.rest).await;
        Ok(())
    }

    /// Waits until a deleted object no longer answers.
    ///
    /// # Errors
    ///
    /// The object still answers after the longest wait, and keeps other objects in use while it
    /// answers.
    pub async fn leaves(&self, kind: Kind, id: &str, name: &str) -> Result<(), CallError> {
        let leaving = kind.leaving();
        let what = format!("until {name} is deleted at Genesys Cloud");
        let mut wait = self.wait(what, leaving.answers);
        while self.object(kind, id).await?.is_some() {
            if wait.goes_on().await {
                continue;
            }
            if !leaving.holds {
                break;
            }
            return Err(CallError {
                method: Method::DELETE,
                path: kind.one(id),
                problem: Problem::StillThere(leaving.answers.as_secs()),
            });
        }
        Ok(())
    }

    /// Deactivates an OAuth client, because an active one cannot be deleted. A change replaces the
    /// client, so the whole client is sent.
    async fn deactivate(&self, id: &str) -> Result<(), CallError> {
        let kind = Kind::OAuthClient;
        let Some(client) = self.object(kind, id).await? else { return Ok(()) };
        if client.is_off() {
            return Ok(());
        }
        let kept = |key: &str| Some((key.to_owned(), client.0.get(key)?.clone()));
        let mut body: Map<String, Value> = CLIENT.into_iter().filter_map(kept).collect();
        body.insert("state".to_owned(), json!("inactive"));
        CallError::unless_gone(self.put(&kind.one(id), Value::Object(body)).await)
    }
}
