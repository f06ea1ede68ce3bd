//! Lifecycle events for the bridge, as a triggered workflow posts them.

use std::time::Duration;

use serde_json::Value;
use simulators::{GenesysOptions, GenesysSimulator};

use crate::support::{Receiver, SOON, quiet};

async fn posting(receiver: &Receiver, options: GenesysOptions) -> GenesysSimulator {
    let options = GenesysOptions {
        events_url: Some(receiver.url.clone()),
        events_key: Some("events-key".to_owned()),
        ..options
    };
    GenesysSimulator::start(options).await.expect("a simulator")
}

#[tokio::test]
async fn an_event_is_posted_with_its_key() {
    let receiver = Receiver::start(&[202]).await;
    let simulator = posting(&receiver, quiet()).await;
    let events = simulator.agent_answers("x", "agent-1");
    let delivery = simulator.post_event(&events[0]).await;
    assert!(delivery.delivered);
    assert_eq!((delivery.id.as_str(), delivery.attempts.len()), (events[0].id(), 1));
    assert!(simulator.post_event(&events[0]).await.delivered);
    let received = receiver.take();
    assert_eq!(received.len(), 2, "nothing is posted unasked, and a repeat is posted");
    assert_eq!(received[0].header("x-api-key"), Some("events-key"));
    assert_eq!(received[0].header("content-type"), Some("application/json"));
    assert_eq!(received[0].json(), events[0].process_automation());
    assert_eq!(received[0].body, received[1].body);
    let deliveries = simulator.event_deliveries();
    assert_eq!((deliveries.len(), &deliveries[0]), (2, &delivery));
    assert!(simulator.deliveries().is_empty());
}

#[tokio::test]
async fn an_event_that_is_not_taken_is_tried_three_times() {
    let cases: [(&[u16], usize, bool); 4] = [
        (&[400, 503, 202], 3, true),
        (&[500, 200], 2, true),
        (&[401], 3, false),
        (&[0, 202], 2, true),
    ];
    for (statuses, attempts, delivered) in cases {
        let receiver = Receiver::start(statuses).await;
        let simulator = posting(&receiver, quiet()).await;
        let events = simulator.agent_rings("x", "agent-1");
        let delivery = simulator.post_event(&events[0]).await;
        assert_eq!(
            (delivery.attempts.len(), delivery.delivered),
            (attempts, delivered),
            "{statuses:?}"
        );
        assert!(delivery.attempts[1].at - delivery.attempts[0].at >= Duration::from_millis(50));
    }
}

#[tokio::test]
async fn without_a_url_nothing_is_posted() {
    let simulator = GenesysSimulator::start(quiet()).await.expect("a simulator");
    let events = simulator.agent_rings("x", "agent-1");
    assert!(simulator.post_event(&events[0]).await.attempts.is_empty());
    let receiver = Receiver::start(&[202]).await;
    simulator.set_events_url(receiver.url.clone());
    assert!(simulator.post_event(&events[0]).await.delivered);
    assert_eq!(receiver.take()[0].header("x-api-key"), None);
}

#[tokio::test]
async fn every_event_is_posted_by_itself_in_order() {
    let receiver = Receiver::start(&[503, 202]).await;
    let simulator = posting(&receiver, GenesysOptions { deliver_events: true, ..quiet() }).await;
    for contact in ["x", "y"] {
        simulator.agent_rings(contact, "agent-1");
        simulator.queue_waits(contact);
        simulator.agent_answers(contact, "agent-2");
        simulator.end_conversation(contact);
    }
    let count = simulator.lifecycle_events().len();
    assert_eq!(count, 14);
    assert!(simulator.wait_until(SOON, |genesys| genesys.event_deliveries().len() == count).await);
    let posted: Vec<Value> = simulator
        .event_deliveries()
        .iter()
        .map(|delivery| serde_json::from_slice(&delivery.body).expect("JSON"))
        .collect();
    for contact in ["x", "y"] {
        let id = simulator.conversation_id(contact).expect("a conversation");
        let of_contact = |body: &&Value| body["eventBody"]["conversationId"] == id.as_str();
        let emitted: Vec<_> =
            simulator.lifecycle_events().iter().map(|event| event.process_automation()).collect();
        let emitted: Vec<_> = emitted.iter().filter(of_contact).collect();
        assert_eq!(posted.iter().filter(of_contact).collect::<Vec<_>>(), emitted, "{contact}");
    }
    assert!(simulator.event_deliveries().iter().all(|delivery| delivery.delivered));

    simulator.agent_answers("x", "agent-1");
    let more = |genesys: &GenesysSimulator| genesys.event_deliveries().len() == count + 1;
    assert!(simulator.wait_until(SOON, more).await, "also after a pause");
}
