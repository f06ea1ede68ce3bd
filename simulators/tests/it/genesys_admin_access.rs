//! Divisions, roles, grants and OAuth clients: the permissions in an organisation.

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, Fault, GenesysOptions, ObjectKind};

use crate::administration::{Administrator, assert_missing, client_body, id};
use crate::support::{Genesys, message, quiet};

#[tokio::test]
async fn an_empty_organisation_has_only_its_administrator() {
    let admin = Administrator::start().await;
    assert_eq!(admin.get("/tokens/me").await["OAuthClient"]["id"], json!(admin.own_id()));
    let clients = admin.get("/oauth/clients").await;
    assert_eq!(
        (&clients["total"], &clients["entities"][0]["id"]),
        (&json!(1), &json!(admin.own_id()))
    );
    assert!(clients["entities"][0].get("secret").is_none());
    let home = admin.get("/authorization/divisions/home").await;
    assert_eq!((&home["id"], &home["homeDivision"]), (&json!(admin.home()), &json!(true)));
    assert_eq!(admin.token_of("simulated-client", "simulated-client-secret").await, Err(400));
    assert_eq!(admin.simulator.changes(), Vec::new());
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn divisions_are_made_changed_and_deleted() {
    let admin = Administrator::start().await;
    let made = admin.create("/authorization/divisions", &json!({ "name": "Lynn" })).await;
    let path = format!("/authorization/divisions/{}", id(&made));
    assert_eq!(admin.post("/authorization/divisions", &json!({ "name": "lynn" })).await.0, 409);
    let mut read_back = admin.get(&path).await;
    read_back["name"] = json!("Lynn 2");
    let (status, changed) = admin.put(&path, &read_back).await;
    assert_eq!((status, &changed["name"]), (200, &json!("Lynn 2")));
    let found = admin.get("/authorization/divisions?name=lynn").await;
    assert_eq!((&found["total"], &found["entities"][0]["name"]), (&json!(1), &json!("Lynn 2")));
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.delete(&path).await, 404);
    let home = format!("/authorization/divisions/{}", admin.home());
    assert_eq!(admin.delete(&home).await, 409);
    let methods: Vec<_> = admin.simulator.changes().into_iter().map(|(method, _)| method).collect();
    assert_eq!(methods, ["POST", "PUT", "DELETE"]);
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_list_of_300_comes_in_pages() {
    let admin = Administrator::start().await;
    for number in 0..300 {
        let body = json!({ "name": format!("Role {number:03}"), "permissionPolicies": [] });
        admin.create("/authorization/roles", &body).await;
    }
    let first = admin.get("/authorization/roles?name=role").await;
    assert_eq!(first["entities"].as_array().map(Vec::len), Some(25));
    assert_eq!(
        (&first["pageSize"], &first["pageNumber"], &first["total"], &first["pageCount"]),
        (&json!(25), &json!(1), &json!(300), &json!(12))
    );
    let mut names = Vec::new();
    for page in 1..=4 {
        let path = format!("/authorization/roles?name=role&pageSize=100&pageNumber={page}");
        let entities = admin.get(&path).await["entities"].as_array().expect("a list").clone();
        names.extend(entities.iter().map(|role| role["name"].as_str().expect("text").to_owned()));
    }
    let expected: Vec<_> = (0..300).map(|number| format!("Role {number:03}")).collect();
    assert_eq!(names, expected);
    for wrong in ["pageSize=101", "pageSize=0", "pageNumber=0", "pageNumber=x"] {
        let path = format!("/authorization/roles?{wrong}");
        assert_eq!(admin.call("GET", &path, None).await.0, 400, "{wrong}");
    }
    assert_eq!(admin.violations().len(), 4);
}

#[tokio::test]
async fn a_body_is_read_strictly() {
    let admin = Administrator::start().await;
    let roles = "/authorization/roles";
    let (status, body) = admin.post(roles, &json!({ "permissionPolicies": [] })).await;
    assert_eq!(
        (status, body["message"].as_str()),
        (400, Some("'role' should have required property '.name'"))
    );
    let (status, body) = admin.post(roles, &json!({ "name": "x", "policies": [] })).await;
    assert_eq!(
        (status, body["message"].as_str()),
        (400, Some("Unrecognized field 'policies' in 'role'"))
    );
    let policy = json!({ "domain": "conversation", "entityName": "message", "actionSet": [] });
    let body = json!({ "name": "x", "permissionPolicies": [policy] });
    assert_eq!(admin.post(roles, &body).await.0, 400);
    assert_eq!(admin.call("DELETE", roles, None).await.0, 405);
    assert_eq!(admin.call("GET", "/authorization/nothing", None).await.0, 404);
    assert_eq!(admin.violations().len(), 5);
    assert_eq!(admin.simulator.objects(ObjectKind::Role).len(), 1);
    assert_eq!(admin.simulator.changes(), Vec::new());
}

#[tokio::test]
async fn roles_are_changed_in_part_or_as_a_whole() {
    let admin = Administrator::start().await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let path = format!("/authorization/roles/{role}");
    assert_eq!(admin.post("/authorization/roles", &json!({ "name": "Bridge" })).await.0, 409);
    let (status, changed) = admin.patch(&path, &json!({ "description": "of Lynn" })).await;
    assert_eq!(status, 200);
    assert_eq!(changed["permissionPolicies"][0]["actionSet"], json!(["receive"]));
    let (status, changed) = admin.put(&path, &json!({ "name": "bridge 2" })).await;
    assert_eq!(
        (status, &changed["description"], &changed["permissionPolicies"]),
        (200, &json!(""), &json!([]))
    );
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.call("GET", &path, None).await.0, 404);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let admin = Administrator::who_may(&["authorization:role:view"]).await;
    admin.get("/authorization/roles").await;
    assert_missing(
        &admin.post("/authorization/roles", &json!({ "name": "x" })).await,
        "authorization:role:add",
    );
    assert_missing(&admin.call("GET", "/oauth/clients", None).await, "oauth:client:view");
    assert_missing(
        &admin.call("GET", "/conversations/messages/x/details", None).await,
        "[conversation:message:view, conversation:webmessaging:view]",
    );
    admin.get("/authorization/divisions/home").await;
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn grants_are_given_seen_and_taken() {
    let admin = Administrator::start().await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let subject = format!("/authorization/subjects/{}", admin.own_id());
    let grant = format!("{subject}/divisions/{}/roles/{role}", admin.home());
    assert_eq!(admin.call("POST", &grant, None).await.0, 400, "a client is no user");
    let as_client = format!("{grant}?subjectType=PC_OAUTH_CLIENT");
    assert_eq!(admin.call("POST", &as_client, None).await.0, 204);
    assert_eq!(admin.call("POST", &as_client, None).await.0, 204);
    let seen = admin.get(&subject).await;
    assert_eq!(seen["grants"].as_array().map(Vec::len), Some(2));
    assert_eq!(seen["grants"][1]["role"], json!({ "id": role, "name": "bridge" }));
    assert_eq!(seen["grants"][1]["division"]["name"], "Home");
    assert_eq!(admin.delete(&grant).await, 204);
    assert_eq!(admin.get(&subject).await["grants"].as_array().map(Vec::len), Some(1));

    let body = json!({ "grants": [{ "roleId": role, "divisionId": "*" }] });
    let bulk = format!("{subject}/bulkadd?subjectType=PC_OAUTH_CLIENT");
    assert_eq!(admin.post(&bulk, &body).await.0, 204);
    assert_eq!(admin.get(&subject).await["grants"][1]["division"]["id"], "*");
    assert_eq!(admin.post(&format!("{subject}/bulkremove"), &body).await.0, 204);
    let nothing = json!({ "grants": [{ "roleId": "nothing", "divisionId": "*" }] });
    assert_eq!(admin.post(&bulk, &nothing).await.0, 404);
    assert_eq!(admin.get(&subject).await["grants"].as_array().map(Vec::len), Some(1));
    assert_eq!(admin.violations().len(), 1);
}

#[tokio::test]
async fn a_client_gets_only_roles_of_its_creator_and_its_secret_once() {
    let admin = Administrator::start().await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let body = client_body("bridge", &role, &admin.home());
    let (status, refusal) = admin.post("/oauth/clients", &body).await;
    assert_eq!((status, &refusal["code"]), (403, &json!("not.authorized")));
    let made = admin.client_with(&role).await;
    let (client, secret) = (id(&made), made["secret"].as_str().expect("a secret").to_owned());
    assert_eq!(made["roleDivisions"], json!([{ "roleId": role, "divisionId": admin.home() }]));
    let path = format!("/oauth/clients/{client}");
    assert!(admin.get(&path).await.get("secret").is_none());
    assert!(!format!("{:?}", admin.simulator.objects(ObjectKind::OAuthClient)).contains(&secret));

    admin.token_of(&client, &secret).await.expect("a token");
    let (status, renewed) = admin.call("POST", &format!("{path}/secret"), None).await;
    let renewed = renewed["secret"].as_str().expect("a secret");
    assert_eq!(status, 200);
    assert_eq!(admin.token_of(&client, &secret).await, Err(401));
    let token = admin.token_of(&client, renewed).await.expect("a token");

    let other = admin.with_token(token);
    other.get("/tokens/me").await;
    let inactive = json!({
        "name": "bridge", "authorizedGrantType": "CLIENT-CREDENTIALS", "state": "inactive",
    });
    assert_eq!(admin.put(&path, &inactive).await.0, 200);
    assert_eq!(other.call("GET", "/tokens/me", None).await.0, 401);
    assert_eq!(admin.token_of(&client, renewed).await, Err(401));
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.token_of(&client, renewed).await, Err(400));
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_client_says_how_long_its_tokens_live() {
    let admin = Administrator::start().await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let made = admin.client_with(&role).await;
    let path = format!("/oauth/clients/{}", id(&made));
    let mut body = client_body("bridge", &role, &admin.home());
    for (seconds, status) in [(299, 400), (300, 200), (172_800, 200), (172_801, 400)] {
        body["accessTokenValiditySeconds"] = json!(seconds);
        assert_eq!(admin.put(&path, &body).await.0, status, "{seconds}");
    }
    assert_eq!(admin.get(&path).await["accessTokenValiditySeconds"], 172_800);
}

#[tokio::test]
async fn the_provisioned_organisation_is_seen_by_its_administrator() {
    let admin = Administrator::start_with(quiet()).await;
    let clients = admin.get("/oauth/clients").await;
    let ids: Vec<_> = clients["entities"].as_array().expect("a list").iter().map(id).collect();
    assert_eq!(ids, ["simulated-administrator", "simulated-client"]);
    let genesys = Genesys::start().await;
    assert_missing(
        &Administrator {
            simulator: genesys.simulator.clone(),
            client: genesys.client.clone(),
            token: genesys.token.clone(),
        }
        .call("GET", "/oauth/clients", None)
        .await,
        "oauth:client:view",
    );
}

#[tokio::test]
async fn an_inbound_message_needs_its_permission() {
    let admin_permissions = vec!["oauth:*:*".to_owned()];
    let admin = Administrator::start_with(GenesysOptions { admin_permissions, ..quiet() }).await;
    let integration = &admin.simulator.options().integration_id;
    let path = format!("/conversations/messages/{integration}/inbound/open/message");
    assert_missing(
        &admin.post(&path, &message("x", "m-1", 1)).await,
        "conversation:message:receive",
    );
    assert_eq!(admin.simulator.accepted_count(), 0);
}

#[tokio::test]
async fn faults_meet_the_administration_as_a_whole_or_at_a_place() {
    let admin = Administrator::start().await;
    let fault =
        |endpoint, code| Fault { endpoint, effect: Effect::Status { code, retry_after: None } };
    admin
        .simulator
        .script(fault(Endpoint::AdministrationAt("POST /api/v2/authorization/roles"), 503));
    admin.simulator.script(fault(Endpoint::AdministrationAt("/api/v2/oauth"), 500));
    admin.simulator.script(fault(Endpoint::Message, 400));
    assert_eq!(admin.call("GET", "/authorization/roles", None).await.0, 200);
    let role = json!({ "name": "x" });
    assert_eq!(admin.post("/authorization/roles", &role).await.0, 503);
    assert_eq!(admin.post("/authorization/roles", &role).await.0, 200);
    assert_eq!(admin.call("GET", "/oauth/clients", None).await.0, 500);
    admin.simulator.script(fault(Endpoint::Administration, 429));
    assert_eq!(admin.call("GET", "/tokens/me", None).await.0, 200);
    assert_eq!(admin.call("GET", "/oauth/clients", None).await.0, 429);

    let endpoint = Endpoint::AdministrationAt("POST /api/v2/authorization/divisions");
    admin.simulator.script(Fault { endpoint, effect: Effect::AcceptThenDrop });
    let url = format!("{}/api/v2/authorization/divisions", admin.simulator.base_url());
    let lost = admin.client.post(url).bearer_auth(&admin.token).json(&json!({ "name": "Lynn" }));
    assert!(lost.send().await.is_err());
    let known: Vec<Value> = admin.simulator.objects(ObjectKind::Division);
    assert_eq!(known.len(), 2, "the work was done");
}

#[tokio::test]
async fn a_call_is_refused_as_of_a_client_without_its_permission_and_once_only() {
    let admin = Administrator::start().await;
    let forbid = |endpoint| admin.simulator.script(Fault { endpoint, effect: Effect::Forbidden });
    forbid(Endpoint::AdministrationAt("POST /api/v2/authorization/roles"));
    let role = json!({ "name": "x" });
    let before = admin.simulator.objects(ObjectKind::Role).len();
    assert_missing(&admin.post("/authorization/roles", &role).await, "authorization:role:add");
    assert_eq!(admin.simulator.objects(ObjectKind::Role).len(), before);
    assert_eq!(admin.post("/authorization/roles", &role).await.0, 200);
    // A call that needs no permission cannot lack one.
    forbid(Endpoint::Administration);
    assert_eq!(admin.call("GET", "/authorization/divisions/home", None).await.0, 200);
}
