//! How objects are deleted: what is still in use is refused for a while, and what is deleted may go on answering.

use http::Method;
use serde_json::{Map, Value, json};

use super::{CallError, Kind, Object, Organization, Problem};

/// What a change of an OAuth client may carry; answers show more.
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
    /// Deletes an object, and waits until it is gone. What is not there is no failure.
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

    /// Waits until a deleted object answers no more.
    ///
    /// # Errors
    /// It holds others while it answers, and still does.
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

    /// Switches an OAuth client off: one that is active is not deleted. The whole client is sent, since a change replaces it.
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
