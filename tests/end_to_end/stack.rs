//! A deployed stack that many tests share: each test configures an integration with a unique name.

use std::path::{Path, PathBuf};
use std::process::Command;

use aws_config::SdkConfig;
use serde_json::{Map, Value, json};

use crate::process::variable;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bridge");
/// The variable that names the state file of a running `local-aws`.
const STATE: &str = "BRIDGE_STACK";
/// The variable that names the file with its standard error: the log lines of all functions.
const LOG: &str = "BRIDGE_STACK_LOG";

/// A running stack.
pub struct Stack {
    address: String,
    emulator: String,
    name: String,
    outputs: Value,
    log: PathBuf,
}

impl Stack {
    /// The stack that the environment names, if any.
    pub fn given() -> Option<Self> {
        let file = variable(STATE)?;
        let text = std::fs::read_to_string(&file).expect("the state of a running local-aws");
        let state: Value = serde_json::from_str(&text).expect("JSON");
        let text = |key: &str| state[key].as_str().expect(key).to_owned();
        Some(Self {
            address: text("front"),
            emulator: text("emulator"),
            name: text("stack"),
            outputs: state["outputs"].clone(),
            log: variable(LOG).expect("BRIDGE_STACK_LOG goes with BRIDGE_STACK").into(),
        })
    }

    /// A unique name.
    pub fn own_name(name: &str) -> String {
        format!("{name}-{}", &uuid::Uuid::new_v4().simple().to_string()[..12])
    }

    /// Whether a name is `name` itself or was made from it.
    pub fn is_own_name(own: &str, name: &str) -> bool {
        let made = |own: &str| own.rsplit_once('-').is_some_and(|(before, _)| before == name);
        own == name || made(own)
    }

    /// The address of its endpoints.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The file with the log lines of all its functions.
    pub fn log(&self) -> &Path {
        &self.log
    }

    pub fn output(&self, name: &str) -> &str {
        self.outputs[name].as_str().expect(name)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The environment variables with which a command finds the stack.
    pub fn environment(&self) -> Vec<(String, String)> {
        crate::ministack::environment(&self.emulator)
    }

    /// The settings of the test's own AWS clients.
    pub fn config(&self) -> SdkConfig {
        crate::emulator::config(&self.emulator)
    }

    /// Invokes a function as AWS does, and returns its answer.
    pub async fn invoke(&self, function: &str, event: String) -> Value {
        let answer = self.try_invoke(function, event).await;
        answer.unwrap_or_else(|failure| panic!("{function}: {failure}"))
    }

    /// The same; a function that fails or that Lambda does not start returns an error.
    pub async fn try_invoke(&self, function: &str, event: String) -> Result<Value, Value> {
        let call = client().post(self.function(function, "invocations")).body(event);
        let answer = call.send().await.expect("the emulator answers");
        let failed =
            !answer.status().is_success() || answer.headers().contains_key("x-amz-function-error");
        let said = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        if failed { Err(said) } else { Ok(said) }
    }

    /// Delivers an event as EventBridge does: Lambda accepts it, and retries it when the function
    /// fails.
    pub async fn hand_over(&self, function: &str, event: &Value) {
        let call = client().post(self.function(function, "invocations")).body(event.to_string());
        let call = call.header("x-amz-invocation-type", "Event");
        assert_eq!(call.send().await.expect("the emulator answers").status(), 202);
    }

    pub async fn variables(&self, function: &str) -> Map<String, Value> {
        let told = client().get(self.function(function, "configuration")).send().await;
        let told = told.expect("the emulator answers").text().await.expect("a body");
        let told: Value = serde_json::from_str(&told).expect("JSON");
        told["Environment"]["Variables"].as_object().expect("variables").clone()
    }

    /// Deploys a function with another environment.
    pub async fn set_variables(&self, function: &str, variables: &Map<String, Value>) {
        let change = json!({ "Environment": { "Variables": variables } });
        let call = client().put(self.function(function, "configuration")).body(change.to_string());
        assert!(call.send().await.expect("the emulator answers").status().is_success());
    }

    /// Adds to the role of a function what it permits on a resource, for another one too, as a
    /// deployment does that leads the function to it.
    pub async fn permit_too(&self, function: &str, from: &str, to: &str) {
        let told = client().get(self.function(function, "configuration")).send().await;
        let told = told.expect("the emulator answers").text().await.expect("a body");
        let told: Value = serde_json::from_str(&told).expect("JSON");
        let role = told["Role"].as_str().expect("a role").rsplit('/').next().expect("a name");
        let policy = [("RoleName", role), ("PolicyName", "work")];
        let said = self.iam("GetRolePolicy", &policy).await;
        let (_, document) = said.split_once("<PolicyDocument>").expect("a document");
        let (document, _) = document.split_once("</PolicyDocument>").expect("its end");
        let (_, document) = url::form_urlencoded::parse(format!("d={document}").as_bytes())
            .into_owned()
            .next()
            .expect("a document");
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let (mut both, other) = (read(&document), read(&document.replace(from, to)));
        assert_ne!(both, other, "{role} does not name {from}");
        let other = other["Statement"].as_array().expect("statements").clone();
        both["Statement"].as_array_mut().expect("statements").extend(other);
        let both = both.to_string();
        let put = [policy[0], policy[1], ("PolicyDocument", &both)];
        self.iam("PutRolePolicy", &put).await;
    }

    async fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", "2010-05-08");
        let form = form.extend_pairs(parameters).finish();
        let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
        let request = client()
            .post(&self.emulator)
            .header("authorization", scope)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = request.send().await.expect("the emulator answers");
        let (status, said) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{action}: {said}");
        said
    }

    /// Sets a function's concurrency to 0, so that Lambda refuses to start it, or removes this
    /// limit.
    pub async fn throttle(&self, function: &str, is_throttled: bool) {
        let url = self.function(function, "concurrency").replace("2015-03-31", "2017-10-31");
        let none = json!({ "ReservedConcurrentExecutions": 0 }).to_string();
        let call = if is_throttled { client().put(url).body(none) } else { client().delete(url) };
        assert!(call.send().await.expect("the emulator answers").status().is_success());
    }

    /// Makes Lambda take nothing more from any queue, for good.
    pub async fn stop_taking(&self) {
        let url = format!("{}/2015-03-31/event-source-mappings", self.emulator);
        let told = client().get(&url).send().await.expect("the emulator answers");
        let told: Value = serde_json::from_str(&told.text().await.expect("a body")).expect("JSON");
        for mapping in told["EventSourceMappings"].as_array().expect("mappings") {
            let id = mapping["UUID"].as_str().expect("an id");
            let call =
                client().put(format!("{url}/{id}")).body(json!({ "Enabled": false }).to_string());
            assert!(call.send().await.expect("the emulator answers").status().is_success());
        }
    }

    fn function(&self, function: &str, what: &str) -> String {
        format!("{}/2015-03-31/functions/{}/{what}", self.emulator, self.output(function))
    }

    /// Calls a service of the emulator that speaks JSON.
    pub async fn ask(&self, action: &str, question: &Value) -> Value {
        let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0";
        let request = client()
            .post(&self.emulator)
            .header("authorization", scope)
            .header("x-amz-target", action)
            .header("content-type", "application/x-amz-json-1.0")
            .body(question.to_string());
        let answer = request.send().await.expect("the emulator answers");
        let (status, said) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{action}: {said}");
        serde_json::from_str(&said).unwrap_or_default()
    }

    /// `kill -9` for the process that runs a function.
    pub fn kill(&self, function: &str) {
        let variable = format!("AWS_LAMBDA_FUNCTION_NAME={}", self.output(function));
        let runs = |process: &Path| {
            let environment = std::fs::read(process.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry == variable.as_bytes())
        };
        let processes = std::fs::read_dir("/proc").expect("a Linux").filter_map(Result::ok);
        let processes = processes.map(|entry| entry.path()).filter(|process| runs(process));
        let ids: Vec<String> = processes
            .filter_map(|process| Some(process.file_name()?.to_str()?.to_owned()))
            .collect();
        assert!(!ids.is_empty(), "no process runs {function}");
        let killed = Command::new("kill").arg("-9").args(&ids).status().expect("kill runs");
        assert!(killed.success());
    }

    /// Stores a configuration file as an operator does.
    pub fn configure(&self, file: &Path) {
        let output = Command::new(PROGRAM)
            .args(["config", "push", "--yes", "--stack", &self.name, "--config"])
            .arg(file)
            .envs(self.environment())
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the configuration is not stored:\n{said}");
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests stand outside the bridge")]
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
