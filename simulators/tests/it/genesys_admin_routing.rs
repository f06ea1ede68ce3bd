//! Queues, flows and recipients, which route the messages of an integration; and the threading
//! timeline.

use serde_json::{Value, json};
use simulators::{GenesysOptions, ObjectKind};

use crate::administration::{
    Administrator, INTEGRATIONS, empty, flow_source, id, integration_body,
};
use crate::support::{message, quiet};

const QUEUES: &str = "/routing/queues";
const RECIPIENTS: &str = "/routing/message/recipients";
const TIMELINE: &str = "/conversations/messaging/threadingtimeline";
const MESSAGE_FLOW: &str = "inboundShortMessage";

#[tokio::test]
async fn queues_are_made_replaced_and_deleted() {
    let admin = Administrator::start().await;
    let timeout = json!({ "timeoutSeconds": 600, "actionType": "DISCONNECT" });
    let media = json!({ "message": { "enableInactivityTimeout": true, "inactivityTimeoutSettings": timeout } });
    let body =
        json!({ "name": "Lynn", "division": { "id": admin.home() }, "mediaSettings": media });
    let made = admin.create(QUEUES, &body).await;
    assert_eq!((&made["division"]["name"], &made["mediaSettings"]), (&json!("Home"), &media));
    assert_eq!(admin.post(QUEUES, &json!({ "name": "lynn" })).await.0, 409);
    assert_eq!(admin.post(QUEUES, &json!({})).await.0, 400);
    let nowhere = json!({ "name": "x", "division": { "id": "nothing" } });
    assert_eq!(admin.post(QUEUES, &nowhere).await.0, 400);
    let path = format!("{QUEUES}/{}", id(&made));
    let mut read_back = admin.get(&path).await;
    read_back["description"] = json!("of Lynn");
    let (status, changed) = admin.put(&path, &read_back).await;
    assert_eq!(
        (status, &changed["mediaSettings"], &changed["description"]),
        (200, &media, &json!("of Lynn"))
    );
    let (status, changed) = admin.put(&path, &json!({ "name": "Lynn" })).await;
    assert_eq!((status, &changed["description"]), (200, &json!("")));
    assert_ne!(changed["mediaSettings"], media, "what is left out returns to its default");
    assert_eq!(admin.get(&format!("{QUEUES}?name=LY")).await["total"], 1);
    assert_eq!(admin.get(&format!("{QUEUES}?name=other")).await["total"], 0);
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.call("GET", &path, None).await.0, 404);
}

#[tokio::test]
async fn a_queue_has_members() {
    let admin = Administrator::start().await;
    let queue = id(&admin.create(QUEUES, &json!({ "name": "Lynn" })).await);
    let members = format!("{QUEUES}/{queue}/members");
    let users: Vec<Value> = (0..30).map(|number| json!({ "id": format!("u-{number}") })).collect();
    assert_eq!(admin.post(&members, &json!(users)).await.0, 200);
    assert_eq!(admin.post(&members, &json!([{ "id": "u-0" }])).await.0, 200);
    let page = admin.get(&format!("{members}?pageNumber=2")).await;
    assert_eq!((&page["total"], page["entities"].as_array().map(Vec::len)), (&json!(30), Some(5)));
    assert_eq!(
        admin.post(&format!("{members}?delete=true"), &json!([{ "id": "u-0" }])).await.0,
        200
    );
    assert_eq!(admin.get(&format!("{QUEUES}/{queue}")).await["memberCount"], 29);
    assert_eq!(admin.post(&members, &json!({ "id": "u-0" })).await.0, 400);
}

#[tokio::test]
async fn a_flow_is_published_by_a_job() {
    let admin = Administrator::start().await;
    admin.create(QUEUES, &json!({ "name": "Lynn" })).await;
    let (_, job) = admin.call("POST", "/flows/jobs", None).await;
    let path = format!("/flows/jobs/{}?expand=messages", id(&job));
    for _ in 0..5 {
        assert_eq!(admin.get(&path).await["status"], "Started", "nothing was uploaded");
    }
    let source = flow_source(MESSAGE_FLOW, "lynn", "Lynn");
    assert_eq!(admin.upload(&job, &source).await, 200);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(admin.get(&path).await["status"].as_str().expect("text").to_owned());
    }
    assert_eq!(seen, ["Started", "Started", "Success"]);
    let done = admin.get(&path).await;
    assert!(admin.get(&format!("/flows/jobs/{}", id(&job))).await.get("messages").is_none());
    let flow = id(&done["flow"]);
    let found = admin.get("/flows?type=inboundshortmessage&name=lynn").await;
    assert_eq!((&found["total"], &found["entities"][0]["id"]), (&json!(1), &json!(flow)));
    assert_eq!(admin.get("/flows?type=workflow").await["total"], 0);

    let again = admin.publish(&source).await;
    assert_eq!(id(&again["flow"]), flow, "the same flow");
    assert_eq!(admin.get(&format!("/flows/{flow}")).await["publishedVersion"]["name"], "2.0");
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_job_fails_with_its_reason() {
    let admin = Administrator::start().await;
    admin.create(QUEUES, &json!({ "name": "Lynn" })).await;
    for (source, reason) in [
        (flow_source(MESSAGE_FLOW, "lynn", "Nobody"), "The queue 'Nobody' could not be found."),
        ("{".to_owned(), "The source of the flow is not valid YAML."),
        (flow_source("inboundCall", "lynn", "Lynn"), "The flow is of no known type."),
    ] {
        let job = admin.publish(&source).await;
        assert_eq!(
            (&job["status"], &job["messages"][0]["text"]),
            (&json!("Failure"), &json!(reason))
        );
        assert!(job.get("flow").is_none());
    }
    let limited = Administrator::who_may(&["architect:job:*", "routing:queue:add"]).await;
    limited.create(QUEUES, &json!({ "name": "Lynn" })).await;
    let job = limited.publish(&flow_source(MESSAGE_FLOW, "lynn", "Lynn")).await;
    let reason = job["messages"][0]["text"].as_str().expect("a reason");
    assert!(job["status"] == "Failure" && reason.contains("architect:flow:publish"), "{job}");
    assert_eq!(admin.simulator.objects(ObjectKind::Flow), Vec::<Value>::new());
}

#[tokio::test]
async fn an_upload_is_as_it_was_signed() {
    let admin = Administrator::start().await;
    let (_, job) = admin.call("POST", "/flows/jobs", None).await;
    let url = job["presignedUrl"].as_str().expect("a URL");
    let status = async |request: reqwest::RequestBuilder| {
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(status(admin.client.put(url).body("x")).await, 400, "without its headers");
    let mut with_token = admin.client.put(url).bearer_auth(&admin.token).body("x");
    for (name, value) in job["headers"].as_object().expect("headers") {
        with_token = with_token.header(name, value.as_str().expect("text"));
    }
    assert_eq!(status(with_token).await, 400, "with a token");
    let mut forged = job.clone();
    forged["presignedUrl"] = json!(format!("{url}0"));
    assert_eq!(admin.upload(&forged, "x").await, 400);
    assert_eq!(admin.violations().len(), 3);
    assert_eq!(admin.upload(&job, "x").await, 200);
}

#[tokio::test]
async fn a_locked_flow_has_to_be_unlocked() {
    let admin = Administrator::start().await;
    admin.create(QUEUES, &json!({ "name": "Lynn" })).await;
    let source = flow_source(MESSAGE_FLOW, "lynn", "Lynn");
    let flow = id(&admin.publish(&source).await["flow"]);
    admin.simulator.lock_flow(&flow);
    let path = format!("/flows/{flow}");
    assert_eq!(admin.delete(&path).await, 409);
    assert_eq!(admin.publish(&source).await["status"], "Failure");
    let unlock = format!("/flows/actions/unlock?flow={flow}");
    assert_eq!(admin.call("POST", &unlock, None).await.0, 200);
    assert_eq!(admin.publish(&source).await["status"], "Success");
    assert_eq!(admin.delete(&path).await, 204);
}

#[tokio::test]
async fn a_flow_is_attached_to_a_recipient_and_its_queue_takes_the_customers() {
    let admin = Administrator::start().await;
    let queue = id(&admin.create(QUEUES, &json!({ "name": "Lynn" })).await);
    let flow = id(&admin.publish(&flow_source(MESSAGE_FLOW, "lynn", "Lynn")).await["flow"]);
    let workflow = id(&admin.publish(&flow_source("workflow", "events", "Lynn")).await["flow"]);
    let body = integration_body("lynn", "https://hook.example.com/x");
    let integration = id(&admin.create(INTEGRATIONS, &body).await);
    let recipient = id(&admin.settled(&integration).await["recipient"]);
    let listed = admin.get(&format!("{RECIPIENTS}?messengerType=open&name=lynn")).await;
    assert_eq!(id(&listed["entities"][0]), recipient);
    assert_eq!(admin.get(&format!("{RECIPIENTS}?messengerType=sms")).await["total"], 0);
    let path = format!("{RECIPIENTS}/{recipient}");
    for wrong in [&workflow, "nothing"] {
        assert_eq!(admin.put(&path, &json!({ "flow": { "id": wrong } })).await.0, 400);
    }
    assert_eq!(admin.put(&path, &json!({ "flow": { "id": flow } })).await.0, 200);
    assert_eq!(admin.get(&path).await["flow"]["name"], "lynn");

    let inbound = format!("/conversations/messages/{integration}/inbound/open/message");
    assert_eq!(admin.post(&inbound, &message("x", "m-1", 1)).await.0, 200);
    let waiting = admin.simulator.queue_waits("x");
    assert_eq!(waiting[0].event_body()["queueId"], json!(queue));
    assert_eq!(waiting[0].event_body()["addressTo"], json!(integration));

    let integration = format!("{INTEGRATIONS}/{integration}");
    assert_eq!(admin.delete(&format!("/flows/{flow}")).await, 409, "attached");
    assert_eq!(admin.delete(&integration).await, 409, "attached");
    let (status, detached) = admin.put(&path, &json!({})).await;
    assert_eq!((status, detached.get("flow")), (200, None));
    assert_eq!(admin.delete(&format!("/flows/{flow}")).await, 204);
    assert_eq!(admin.delete(&integration).await, 204);
}

#[tokio::test]
async fn the_provisioned_organisation_is_complete() {
    let admin = Administrator::start_with(quiet()).await;
    let options = admin.simulator.options();
    let integration = admin.get(&format!("{INTEGRATIONS}/{}", options.integration_id)).await;
    assert_eq!(
        (&integration["createStatus"], &integration["name"]),
        (&json!("Completed"), &json!("lynn"))
    );
    let recipient = admin.get(&format!("{RECIPIENTS}/{}", id(&integration["recipient"]))).await;
    let flow = admin.get(&format!("/flows/{}", id(&recipient["flow"]))).await;
    assert_eq!(flow["type"], "inboundshortmessage");
    let queue = id(&admin.get(QUEUES).await["entities"][0]);
    admin.simulator.agent_answers("x", "agent");
    assert_eq!(admin.simulator.queue_waits("x")[0].event_body()["queueId"], json!(queue));
    assert_eq!(admin.simulator.changes(), Vec::new());
}

fn minutes(timeline: &Value, messenger: &str) -> Value {
    let settings = timeline["settings"].as_array().expect("a list");
    let setting = settings.iter().find(|setting| setting["messengerType"] == messenger);
    setting.expect("a setting")["timeoutInMinutes"].clone()
}

#[tokio::test]
async fn the_timeline_is_replaced_as_a_whole() {
    let admin =
        Administrator::start_with(GenesysOptions { threading_minutes: 60, ..empty() }).await;
    let timeline = admin.get(TIMELINE).await;
    assert_eq!((minutes(&timeline, "open"), minutes(&timeline, "sms")), (json!(60), json!(4320)));
    let one = |messenger: &str, minutes: u64| json!({ "settings": [{ "messengerType": messenger, "timeoutInMinutes": minutes }] });
    assert_eq!(admin.put(TIMELINE, &one("sms", 30)).await.0, 200);
    let timeline = admin.get(TIMELINE).await;
    assert_eq!((minutes(&timeline, "open"), minutes(&timeline, "sms")), (json!(4320), json!(30)));
    assert_eq!(admin.put(TIMELINE, &one("open", 4321)).await.0, 400);
    assert_eq!(admin.put(TIMELINE, &one("telex", 1)).await.0, 400);
    assert_eq!(admin.put(TIMELINE, &timeline).await, (200, timeline), "read and written back");
}

#[tokio::test]
async fn the_timeline_decides_whether_a_conversation_goes_on() {
    let admin = Administrator::start_with(quiet()).await;
    let integration = admin.simulator.options().integration_id.clone();
    let inbound = format!("/conversations/messages/{integration}/inbound/open/message");
    let off = json!({ "settings": [{ "messengerType": "open", "timeoutInMinutes": 0 }] });
    let mut conversations = Vec::new();
    for number in 1..=3 {
        assert_eq!(
            admin.post(&inbound, &message("x", &format!("m-{number}"), number)).await.0,
            200
        );
        conversations.push(admin.simulator.conversation_id("x").expect("a conversation"));
        admin.simulator.customer_disappears("x");
        if number == 2 {
            assert_eq!(admin.put(TIMELINE, &off).await.0, 200);
        }
    }
    assert_eq!(conversations[0], conversations[1]);
    assert_ne!(conversations[1], conversations[2]);
}

/// A flow that transfers by the attributes `topic` and `vip`, else to `Agents`.
const BRANCHES: &str = r#"
inboundShortMessage:
  name: lynn
  startUpRef: "/inboundShortMessage/states/state[start_10]"
  defaultLanguage: en-us
  variables:
    - stringVariable: { name: Flow.topic, initialValue: { noValue: true } }
  states:
    - state:
        refId: start_10
        actions:
          - getParticipantData:
              attributes:
                - attribute: { name: { lit: topic }, variable: Flow.topic }
          - decision:
              condition: { exp: "Lower(Flow.topic) == \"billing\"" }
              outputs:
                "yes":
                  actions:
                    - transferToAcd: { targetQueue: { lit: { name: Billing } } }
          - transferToAcd: { targetQueue: { lit: { name: Agents } } }
"#;

#[tokio::test]
async fn a_flow_transfers_by_the_attributes_of_the_message_that_begins() {
    let genesys = crate::support::Genesys::start().await;
    let simulator = &genesys.simulator;
    let error = simulator.publish_flow(BRANCHES).expect_err("no queue");
    assert!(error.contains("'Billing'"), "{error}");
    let queue = |name: &str| simulator.add_object(ObjectKind::Queue, &json!({ "name": name }));
    let (billing, agents) = (queue("Billing"), queue("Agents"));
    let flow = simulator.publish_flow(BRANCHES).expect("a flow");
    simulator.change_objects(ObjectKind::Recipient, |recipient| {
        recipient["flow"] = json!({ "id": flow });
    });
    for (number, (contact, attributes, expected)) in [
        ("ana", json!({ "topic": "Billing" }), &billing),
        ("bob", json!({ "topic": "sales" }), &agents),
        ("cy", json!({}), &agents),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = message(contact, &format!("m-{number}"), 1);
        body["channel"]["metadata"] = json!({ "customAttributes": attributes });
        assert_eq!(genesys.post("message", &body).await.0, 200);
        // A later message does not change the queue.
        let mut body = message(contact, &format!("n-{number}"), 2);
        body["channel"]["metadata"] = json!({ "customAttributes": { "topic": "billing" } });
        assert_eq!(genesys.post("message", &body).await.0, 200);
        let event = simulator.queue_waits(contact).remove(0).event_body();
        assert_eq!(event["queueId"], json!(expected), "{contact}");
    }
}
