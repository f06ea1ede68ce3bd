//! New secrets while messages go both ways: no message is refused, none is lost.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Effect, ObjectKind};

use super::Machine;
use crate::harness::SOON;
use crate::terminal::dialogue;

/// Shorter waits for Genesys. The wait for the bridge is the real one: it does not read a
/// configuration again that it read less than 10 s ago.
const QUICK: [&str; 4] = ["--retry-wait", "1", "--cache-wait", "1"];

impl Machine {
    pub async fn rotate(&self, more: &[&str]) -> crate::command::Ended {
        let config = self.config().display().to_string();
        let arguments = ["setup", "rotate", "--name", super::NAME, "--config", &config];
        let arguments = arguments.map(str::to_owned);
        self.run(&arguments, &[&QUICK[..], more].concat()).await
    }

    fn secrets(&self) -> (Value, Value) {
        let genesys = self.entry()["genesys"].clone();
        (genesys["webhookSecrets"].clone(), genesys["oauthClients"].clone())
    }

    /// Checks for one new secret and one new client, and that Genesys Cloud has the same.
    fn assert_renewed(&self, before: &(Value, Value)) {
        let (secrets, clients) = self.secrets();
        let integration = &self.genesys.objects(ObjectKind::OpenIntegration)[0];
        assert_eq!(
            secrets,
            json!([integration["outboundNotificationWebhookSignatureSecretToken"]])
        );
        assert_ne!(secrets, before.0);
        assert_eq!(clients.as_array().unwrap().len(), 1);
        assert_ne!(clients, before.1);
        let known = self.genesys.objects(ObjectKind::OAuthClient);
        // The administrator's client and the bridge's.
        assert_eq!(known.len(), 2);
        assert_eq!(known[1]["id"], clients[0]["clientId"]);
    }
}

#[tokio::test]
async fn a_rotation_under_traffic_refuses_nothing() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let before = machine.secrets();
    let (process, lynn) = machine.serve().await;
    assert_eq!(lynn.customer_says("ana", "m-0", "Hello").await.status, 202);
    let (genesys, customer) = (machine.genesys.clone(), lynn.clone());
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let traffic = tokio::spawn(async move {
        let mut count = 1;
        while stopped.try_recv().is_err() {
            let text = format!("Message {count}");
            let delivery = genesys.agent_says("ana", &text).await;
            let statuses: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
            assert_eq!(statuses, [Some(200)], "message {count}");
            let said = customer.customer_says("ana", &format!("m-{count}"), &text).await;
            assert_eq!(said.status, 202);
            count += 1;
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        count
    });
    machine.rotate(&[]).await.good();
    tokio::time::sleep(Duration::from_millis(200)).await;
    stop.send(()).expect("the traffic goes on");
    let count = traffic.await.expect("no message was refused");
    assert!(count > 20, "{count}");
    let all =
        |genesys: &simulators::GenesysSimulator| genesys.accepted_messages("ana").len() >= count;
    assert!(machine.genesys.wait_until(SOON, all).await, "{}", process.log());
    let heard = |lynn: &simulators::LynnSimulator| lynn.messages_for("ana").len() >= count - 1;
    assert!(lynn.wait_until(SOON, heard).await, "{}", process.log());
    assert_eq!(machine.genesys.accepted_messages("ana").len(), count);
    assert_eq!(lynn.messages_for("ana").len(), count - 1);
    machine.assert_renewed(&before);
    // Setup recognises what was renewed and changes nothing; a removal deletes the renewed client.
    let changes = machine.genesys.changes();
    machine.setup(&[]).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert_eq!(machine.genesys.objects(ObjectKind::OAuthClient).len(), 1);
}

#[tokio::test]
async fn a_rotation_that_is_cut_off_is_gone_on_with() {
    let none = ["--reread-wait", "0", "--retry-wait", "0", "--cache-wait", "0"];
    for number in 1.. {
        let machine = Machine::start().await;
        machine.setup(&[]).await.good();
        let before = machine.secrets();
        let done = machine.genesys.requests().len();
        machine.disturb(number, Effect::AcceptThenDrop);
        let config = machine.config().display().to_string();
        let arguments = ["setup", "rotate", "--name", super::NAME, "--config", &config];
        let arguments = arguments.map(str::to_owned);
        let first = machine.run(&arguments, &none).await;
        if first.code != Some(0) {
            machine.run(&arguments, &none).await.good();
        }
        machine.assert_renewed(&before);
        machine.assert_no_violation();
        if machine.genesys.requests().len() - done < number {
            break;
        }
    }
}

#[tokio::test]
async fn a_person_is_asked_before_and_sees_what_is_waited_for() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let before = machine.secrets();
    let config = machine.config().display().to_string();
    let rotate = ["setup", "rotate", "--name", super::NAME, "--config", &config];
    let waits = ["--reread-wait", "2", "--retry-wait", "0", "--cache-wait", "0"];
    let rotate = [&rotate[..], &waits].concat();
    let question = "takes about 1 min. Go ahead? [y/N]";
    let environment = machine.environment();
    let refused = dialogue(&rotate, &environment, &[(question, "n")]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(machine.secrets(), before);
    let screen = dialogue(&rotate, &environment, &[(question, "y")]).await.good();
    let line = "waiting 2 s: until the bridge has read its configuration (1 s)";
    assert!(screen.contains(line), "{screen}");
    machine.assert_renewed(&before);
    // A script is not asked, and its output has only what was done.
    let before = machine.secrets();
    let ended = machine.rotate(&["--reread-wait", "0"]).await.good();
    assert!(!ended.contains("waiting"), "{ended}");
    machine.assert_renewed(&before);
}
