//! A client of the administration API, and the helpers of all its tests.

use serde_json::{Value, json};
use simulators::{GenesysOptions, GenesysSimulator, ObjectKind};

use crate::support::{client, quiet, read};

pub struct Administrator {
    pub simulator: GenesysSimulator,
    pub client: reqwest::Client,
    pub token: String,
}

/// An organisation that has only its administrator.
pub fn empty() -> GenesysOptions {
    GenesysOptions { provisioned: false, rate_limit_per_minute: 10_000, ..quiet() }
}

impl Administrator {
    pub async fn start() -> Self {
        Self::start_with(empty()).await
    }

    pub async fn start_with(options: GenesysOptions) -> Self {
        let simulator = GenesysSimulator::start(options).await.expect("a simulator");
        let mut administrator = Self { simulator, client: client(), token: String::new() };
        let options = administrator.simulator.options().clone();
        administrator.token = administrator
            .token_of(&options.admin_client_id, &options.admin_client_secret)
            .await
            .expect("a token");
        administrator
    }

    /// An administrator with only these permissions, each as `domain:entity:action`.
    pub async fn who_may(permissions: &[&str]) -> Self {
        let admin_permissions = permissions.iter().map(|one| (*one).to_owned()).collect();
        Self::start_with(GenesysOptions { admin_permissions, ..empty() }).await
    }

    /// The token of an OAuth client, or the status of the refused login.
    pub async fn token_of(&self, id: &str, secret: &str) -> Result<String, u16> {
        let request = self
            .client
            .post(format!("{}/oauth/token", self.simulator.base_url()))
            .basic_auth(id, Some(secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        match read(request).await {
            (200, body) => Ok(body["access_token"].as_str().expect("a token").to_owned()),
            (status, _) => Err(status),
        }
    }

    /// The same organisation with another client's token.
    pub fn with_token(&self, token: String) -> Self {
        Self { simulator: self.simulator.clone(), client: self.client.clone(), token }
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let url = format!("{}/api/v2{path}", self.simulator.base_url());
        let request = self.client.request(method, url).bearer_auth(&self.token);
        read(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call("POST", path, Some(body)).await
    }

    /// Creates an object and expects success.
    pub async fn create(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, 200, "POST {path}: {answer}");
        answer
    }

    pub async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call("PUT", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call("PATCH", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> u16 {
        self.call("DELETE", path, None).await.0
    }

    pub fn home(&self) -> String {
        id(&self.simulator.objects(ObjectKind::Division)[0])
    }

    pub fn own_id(&self) -> &str {
        &self.simulator.options().admin_client_id
    }

    pub async fn role(&self, name: &str, entity: &str, actions: &[&str]) -> String {
        let policy =
            json!({ "domain": "conversation", "entityName": entity, "actionSet": actions });
        let body = json!({ "name": name, "permissionPolicies": [policy] });
        id(&self.create("/authorization/roles", &body).await)
    }

    /// Creates a client with a role that its creator first grants to itself.
    pub async fn client_with(&self, role: &str) -> Value {
        let home = self.home();
        let own = self.own_id();
        let grant = format!(
            "/authorization/subjects/{own}/divisions/{home}/roles/{role}?subjectType=PC_OAUTH_CLIENT"
        );
        assert_eq!(self.call("POST", &grant, None).await.0, 204);
        self.create("/oauth/clients", &client_body("bridge", role, &home)).await
    }

    pub fn violations(&self) -> Vec<String> {
        self.simulator.violations()
    }
}

pub fn client_body(name: &str, role: &str, division: &str) -> Value {
    json!({
        "name": name,
        "authorizedGrantType": "CLIENT-CREDENTIALS",
        "roleDivisions": [{ "roleId": role, "divisionId": division }],
    })
}

pub fn id(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

/// Expects a refusal that names these permissions, alone or among others.
pub fn assert_missing(answer: &(u16, Value), permissions: &str) {
    let (status, body) = answer;
    assert_eq!(*status, 403, "{body}");
    let code = body["code"].as_str().expect("a code");
    assert!(["missing.permissions", "missing.any.permissions"].contains(&code), "{body}");
    assert_eq!(body["messageParams"], json!({ "permissions": permissions }));
    let message = body["message"].as_str().expect("a message");
    assert!(message.ends_with(permissions), "{message}");
    let template = body["messageWithParams"].as_str().expect("a message");
    assert_eq!(template.replace("{permissions}", permissions), message);
}

pub const INTEGRATIONS: &str = "/conversations/messaging/integrations/open";
pub const SECRET: &str = "0123456789abcdef";

pub fn integration_body(name: &str, url: &str) -> Value {
    json!({
        "name": name,
        "outboundNotificationWebhookUrl": url,
        "outboundNotificationWebhookSignatureSecretToken": SECRET,
    })
}

impl Administrator {
    /// Reads an integration until its creation is finished, and returns it.
    pub async fn settled(&self, integration: &str) -> Value {
        for _ in 0..10 {
            let known = self.get(&format!("{INTEGRATIONS}/{integration}")).await;
            if known["createStatus"] != "Initiated" {
                return known;
            }
        }
        panic!("the creation is never done");
    }
}

/// A flow with this root key that transfers to a queue, as Architect writes it.
pub fn flow_source(root: &str, name: &str, queue: &str) -> String {
    format!(
        r#"
{root}:
  name: {name}
  division: Home
  startUpRef: "/{root}/states/state[start_10]"
  defaultLanguage: en-us
  states:
    - state:
        name: Start
        refId: start_10
        actions:
          - transferToAcd:
              name: To agents
              targetQueue:
                lit:
                  name: {queue}
"#
    )
}

impl Administrator {
    /// Uploads the source of a flow to the address of its job. Returns the status.
    pub async fn upload(&self, job: &Value, source: &str) -> u16 {
        let url = job["presignedUrl"].as_str().expect("a URL");
        let mut request = self.client.put(url).body(source.to_owned());
        for (name, value) in job["headers"].as_object().expect("headers") {
            request = request.header(name, value.as_str().expect("text"));
        }
        read(request).await.0
    }

    /// Publishes a flow and returns its finished job.
    pub async fn publish(&self, source: &str) -> Value {
        let (status, job) = self.call("POST", "/flows/jobs", None).await;
        assert_eq!(status, 200, "{job}");
        assert_eq!(self.upload(&job, source).await, 200);
        for _ in 0..10 {
            let known = self.get(&format!("/flows/jobs/{}?expand=messages", id(&job))).await;
            if known["status"] != "Started" {
                return known;
            }
        }
        panic!("the job is never done");
    }
}
