//! Identity resolution by an external source.

use serde_json::json;
use simulators::ObjectKind;

use super::{LABEL, Machine};

const SOURCE: [&str; 2] = ["--identity-source", "crm"];
const SETTING: &str = "/conversations/messaging/identityresolution/integrations/open/";

impl Machine {
    fn sources(&self) -> Vec<String> {
        let sources = self.genesys.objects(ObjectKind::ExternalSource);
        sources.iter().map(|source| source["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The bodies of the calls that set the identity resolution.
    fn settings(&self) -> Vec<serde_json::Value> {
        let requests = self.genesys.requests().into_iter();
        let puts = requests.filter(|one| one.method == "PUT" && one.path.contains(SETTING));
        puts.map(|request| request.body).collect()
    }

    async fn identity(&self) -> String {
        let (config, bridge) = (self.config().display().to_string(), self.bridge.to_string());
        let bridge = format!("http://{bridge}");
        let doctor = ["doctor", "--config", &config, "--bridge-url", &bridge].map(str::to_owned);
        let found = self.run(&doctor, &[]).await.output;
        let line = found.lines().find(|line| line.contains("genesys-identity"));
        line.unwrap_or_default().to_owned()
    }
}

#[tokio::test]
async fn an_external_source_is_created_used_and_taken_back() {
    let machine = Machine::start().await;
    let output = machine.setup(&SOURCE).await.good();
    assert!(output.contains("external source crm: created"), "{output}");
    let line = output.lines().find(|line| line.starts_with("identity resolution")).unwrap();
    assert!(line.contains("create  by the external source crm"), "{output}");
    let source = machine.genesys.objects(ObjectKind::ExternalSource)[0]["id"].clone();
    let expected = json!({ "resolveIdentities": true, "externalSource": { "id": source } });
    assert_eq!(machine.settings(), [expected]);
    let found = machine.identity().await;
    assert!(found.starts_with("OK") && found.contains("by the external source crm"), "{found}");
    let changes = machine.genesys.changes();
    let output = machine.setup(&SOURCE).await.good();
    assert!(!output.contains("create") && !output.contains("change "), "{output}");
    // A run without the option leaves it.
    machine.setup(&[]).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    assert!(machine.identity().await.contains("crm"));
    let output = machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert!(output.contains("external source crm: removed"), "{output}");
    assert_eq!(machine.sources(), Vec::<String>::new());
    machine.assert_no_violation();
}

#[tokio::test]
async fn an_existing_source_is_used_as_it_is_and_stays() {
    let machine = Machine::start().await;
    let source = json!({ "name": "CRM", "active": true });
    machine.genesys.add_object(ObjectKind::ExternalSource, &source);
    let output = machine.setup(&SOURCE).await.good();
    assert!(output.contains("setup did not create it; it is used as it is"), "{output}");
    machine.genesys.change_objects(ObjectKind::ExternalSource, |one| one["active"] = json!(false));
    let found = machine.identity().await;
    assert!(found.starts_with("WARN") && found.contains("CRM is not active"), "{found}");
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert_eq!(machine.sources(), ["CRM"]);
    machine.assert_no_violation();
}

#[tokio::test]
async fn what_differs_is_changed_back_and_a_division_stays() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let found = machine.identity().await;
    assert!(found.starts_with("OK") && found.contains("without an external source"), "{found}");
    let division = machine.genesys.objects(ObjectKind::Division)[0]["id"].clone();
    machine.genesys.set_identity(
        LABEL,
        &json!({ "resolveIdentities": false,
                                                 "division": { "id": division } }),
    );
    assert!(machine.identity().await.contains("identity resolution is off"));
    machine.setup(&SOURCE).await.good();
    let settings = machine.settings();
    assert_eq!(settings[0]["division"]["id"], division);
    assert_eq!(settings[0]["resolveIdentities"], true);
    // Setup's own source follows a new name, and is switched on again.
    machine.genesys.change_objects(ObjectKind::ExternalSource, |one| {
        one["active"] = json!(false);
        one["linkConfiguration"] = json!({ "uriTemplate": "https://crm.example.com" });
    });
    let output = machine.setup(&["--identity-source", "crm 2"]).await.good();
    assert!(output.contains("external source crm 2: changed"), "{output}");
    let source = &machine.genesys.objects(ObjectKind::ExternalSource)[0];
    assert_eq!(source["name"], "crm 2");
    assert_eq!(source["active"], true);
    assert_eq!(source["linkConfiguration"]["uriTemplate"], "https://crm.example.com");
    // An administrator deletes it.
    machine.genesys.remove_object(ObjectKind::ExternalSource, source["id"].as_str().unwrap());
    let found = machine.identity().await;
    assert!(found.starts_with("WARN") && found.contains("no longer exists"), "{found}");
    machine.setup(&SOURCE).await.good();
    assert!(machine.identity().await.starts_with("OK"));
    machine.assert_no_violation();
}

#[tokio::test]
async fn without_the_option_nothing_of_it_is_asked() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    machine.setup(&[]).await.good();
    let requests = machine.genesys.requests();
    let asked = requests.iter().filter(|request| {
        request.path.contains("externalcontacts") || request.path.contains("identityresolution")
    });
    assert_eq!(asked.count(), 0);
    let said = machine.setup(&["--identity-source", " "]).await.bad(2);
    assert!(said.contains("--identity-source: give the name"), "{said}");
}
