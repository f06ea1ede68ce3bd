//! Every call that lets workflows post events is refused because of a missing permission: setup
//! names it, and the next run continues.

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use simulators::{Effect, ObjectKind, RecordedRequest};

use super::posted::WAY;
use super::{LABEL, Machine};
use crate::command::Ended;

/// The permission that each call needs, from the vendor's documentation: method and path, with `{}`
/// for an id, and the permission.
const NEEDED: [(&str, &str); 25] = [
    ("GET /integrations", "integrations:integration:view"),
    ("GET /integrations/{}", "integrations:integration:view"),
    ("GET /integrations/{}/config/current", "integrations:integration:view"),
    ("POST /integrations", "integrations:integration:add"),
    ("PUT /integrations/{}/config/current", "integrations:integration:edit"),
    ("PATCH /integrations/{}", "integrations:integration:edit"),
    ("DELETE /integrations/{}", "integrations:integration:delete"),
    ("GET /integrations/credentials/listing", "integrations:integration:view"),
    ("GET /integrations/credentials/{}", "integrations:integration:view"),
    ("POST /integrations/credentials", "integrations:integration:add"),
    ("PUT /integrations/credentials/{}", "integrations:integration:edit"),
    ("DELETE /integrations/credentials/{}", "integrations:integration:delete"),
    ("GET /integrations/actions", "integrations:action:view"),
    ("GET /integrations/actions/{}", "integrations:action:view"),
    ("POST /integrations/actions", "integrations:action:add"),
    ("PATCH /integrations/actions/{}", "integrations:action:edit"),
    ("DELETE /integrations/actions/{}", "integrations:action:delete"),
    ("POST /flows/jobs", "architect:job:create"),
    ("GET /flows/jobs/{}", "architect:job:view"),
    ("DELETE /flows/{}", "architect:flow:delete"),
    ("GET /processautomation/triggers", "processautomation:trigger:view"),
    ("GET /processautomation/triggers/{}", "processautomation:trigger:view"),
    ("POST /processautomation/triggers", "processautomation:trigger:add"),
    ("PUT /processautomation/triggers/{}", "processautomation:trigger:edit"),
    ("DELETE /processautomation/triggers/{}", "processautomation:trigger:delete"),
];

/// A call in the form of the table.
fn form(request: &RecordedRequest) -> String {
    let path = request.path.trim_start_matches("/api/v2");
    let is_id = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
    let parts: Vec<&str> =
        path.split('/').map(|part| if is_id(part) { "{}" } else { part }).collect();
    format!("{} {}", request.method, parts.join("/"))
}

/// The calls of this kind after the first `from` requests: the place of each, not counting logins,
/// the call, and its permission.
fn calls(machine: &Machine, from: usize) -> Vec<(usize, String, &'static str)> {
    let requests = machine.genesys.requests().into_iter().skip(from);
    let mut found: Vec<(usize, String, &str)> = Vec::new();
    let counted = requests.filter(|request| request.path != "/oauth/token");
    for (place, request) in counted.enumerate() {
        let form = form(&request);
        let needed = NEEDED.iter().find(|(call, _)| *call == form);
        let is_ours = ["/integrations", "/processautomation"]
            .iter()
            .any(|area| request.path.starts_with(&format!("/api/v2{area}")));
        assert!(needed.is_some() || !is_ours, "the table lacks {form}");
        // Of the flow jobs the last one counts: the first is for the message flow.
        found.retain(|(_, known, _)| *known != form);
        found.extend(needed.map(|(_, permission)| (place + 1, form, *permission)));
    }
    found
}

/// Runs `act` once undisturbed, then once for each call of this kind, with that call refused.
async fn refused_at_each_call(
    prepare: impl AsyncFn(&Machine),
    act: impl AsyncFn(&Machine) -> Ended,
    check: impl Fn(&Machine, &str),
) -> Vec<String> {
    let machine = Machine::start().await;
    prepare(&machine).await;
    let from = machine.genesys.requests().len();
    act(&machine).await.good();
    check(&machine, "undisturbed");
    let calls = calls(&machine, from);
    let refused = async |(number, call, permission): &(usize, String, &str)| {
        let machine = Machine::start().await;
        prepare(&machine).await;
        machine.disturb(*number, Effect::Forbidden);
        let said = act(&machine).await.bad(1);
        assert!(said.contains(permission), "{call}: {said}");
        assert!(said.contains("add it to one of the client's roles"), "{call}: {said}");
        assert!(
            call.starts_with("GET") || said.contains("run the same command again"),
            "{call}: {said}"
        );
        act(&machine).await.good();
        check(&machine, call);
        machine.assert_no_violation();
    };
    // The runs mostly wait for delayed work of Genesys Cloud, so several run at a time.
    futures_util::stream::iter(&calls).for_each_concurrent(6, refused).await;
    calls.into_iter().map(|(_, call, _)| call).collect()
}

impl Machine {
    fn assert_posting(&self, call: &str) {
        assert_eq!(self.posted(), [1, 1, 1, 6, 5], "{call}");
        let action = &self.genesys.objects(ObjectKind::DataAction)[0];
        let url = action["config"]["request"]["requestUrlTemplate"].as_str().unwrap();
        assert_eq!(url, format!("http://{}/genesys/support/events", self.bridge), "{call}");
        for trigger in self.genesys.objects(ObjectKind::Trigger) {
            assert_eq!(trigger["enabled"], true, "{call}");
        }
        for integration in self.genesys.objects(ObjectKind::Integration) {
            assert_eq!(integration["intendedState"], "ENABLED", "{call}");
        }
    }
}

async fn nothing(_: &Machine) {}

async fn set_up(machine: &Machine) {
    machine.setup(&WAY).await.good();
}

/// Changes every object in every way that setup can change back.
async fn bent(machine: &Machine) {
    set_up(machine).await;
    let genesys = &machine.genesys;
    genesys.change_objects(ObjectKind::DataAction, |action| {
        action["config"]["request"]["requestUrlTemplate"] = json!("https://old.example.com/");
    });
    genesys.change_objects(ObjectKind::Trigger, |trigger| trigger["enabled"] = json!(false));
    genesys.change_objects(ObjectKind::Integration, |integration| {
        integration["intendedState"] = json!("DISABLED");
        integration["config"]["current"]["credentials"] = json!({});
    });
    let mut file = machine.file();
    file["integrations"][0]["genesys"]["eventsApiKey"] = json!("another key of the bridge");
    std::fs::write(machine.config(), file.to_string()).unwrap();
}

async fn once_more(machine: &Machine) -> Ended {
    machine.setup(&WAY).await
}

#[tokio::test]
async fn a_call_that_makes_it_is_made_by_the_next_run() {
    let calls = refused_at_each_call(nothing, once_more, Machine::assert_posting).await;
    assert_eq!(calls.iter().filter(|call| !call.starts_with("GET")).count(), 7, "{calls:?}");
}

#[tokio::test]
async fn a_call_that_changes_it_back_is_made_by_the_next_run() {
    let calls = refused_at_each_call(bent, once_more, Machine::assert_posting).await;
    for call in [
        "PUT /integrations/credentials/{}",
        "PATCH /integrations/actions/{}",
        "PUT /processautomation/triggers/{}",
        "PATCH /integrations/{}",
    ] {
        assert!(calls.iter().any(|made| made == call), "{call}: {calls:?}");
    }
}

#[tokio::test]
async fn a_call_that_takes_it_back_is_made_by_the_next_run() {
    let remove =
        async |machine: &Machine| machine.run(&machine.place(), &["--remove", "--yes"]).await;
    let gone = |machine: &Machine, call: &str| assert_eq!(machine.posted(), [0; 5], "{call}");
    let calls = refused_at_each_call(set_up, remove, gone).await;
    let deletions = calls.iter().filter(|call| call.starts_with("DELETE"));
    assert_eq!(deletions.count(), 5, "{calls:?}");
}

/// A permission to create a job may not include publishing.
#[tokio::test]
async fn a_workflow_that_may_not_be_published_says_so() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let role = machine.genesys.objects(ObjectKind::Role)[0]["id"].as_str().unwrap().to_owned();
    let all = machine.genesys.objects(ObjectKind::Role)[0]["permissionPolicies"].clone();
    let put = |policies: Value| {
        machine.genesys.change_object(ObjectKind::Role, &role, |role| {
            role["permissionPolicies"] = policies;
        });
    };
    let but_publish = ["view", "add", "edit"];
    let of = |domain: &str, entity: &str, actions: &[&str]| json!({ "domain": domain, "entityName": entity, "actionSet": actions });
    let domains = [
        "authorization",
        "oauth",
        "messaging",
        "routing",
        "conversation",
        "integrations",
        "processautomation",
    ];
    let mut policies: Vec<Value> = domains.iter().map(|domain| of(domain, "*", &["*"])).collect();
    policies.push(of("architect", "job", &["*"]));
    policies.push(of("architect", "flow", &but_publish));
    put(json!(policies));
    let said = machine.setup(&WAY).await.bad(1);
    assert!(said.contains("architect:flow:publish"), "{said}");
    assert!(said.contains("the workflow of customer.end is not done"), "{said}");
    put(all);
    machine.setup(&WAY).await.good();
    machine.assert_posting(LABEL);
}
