//! The part of the script with faults of every kind.

use anyhow::ensure;
use simulators::{Effect, Endpoint, Fault};

use super::{ANA, Script, accepted, delivered, genesys_sees, lynn_sees, steps};
use crate::samples::Stage;

pub async fn play(script: &mut Script<'_>) {
    steps! { script;
        "Genesys answers 503: the message waits and arrives" => unavailable;
        "Genesys answers 429 with Retry-After 2: the bridge waits that long" => rate_limited;
        "Genesys revokes the token: one new login, and the message arrives" => revoked;
        "Genesys refuses a message for good: Lynn gets a receipt, and the conversation continues"
            => refused;
        "Genesys accepts a message but its answer is lost: the repeat is recognised" => lost_answer;
        "Lynn is down: the agent's messages wait and arrive in order" => outage;
        "Genesys delivers a webhook twice: Lynn sees it once" => duplicate;
        "Lynn posts a message twice: Genesys sees it once" => repeated;
    }
}

fn count(stage: &Stage) -> usize {
    stage.genesys.accepted_messages(ANA).len()
}

/// Posts a text and waits until Genesys has it.
async fn says(stage: &Stage, id: &str, text: &str) -> anyhow::Result<()> {
    let before = count(stage);
    accepted(&stage.lynn.customer_says(ANA, id, text).await)?;
    genesys_sees(stage, text, |genesys| genesys.accepted_messages(ANA).len() > before).await
}

fn fault(stage: &Stage, effect: Effect) {
    stage.genesys.script(Fault { endpoint: Endpoint::Message, effect });
}

async fn unavailable(stage: &Stage) -> anyhow::Result<()> {
    fault(stage, Effect::Status { code: 503, retry_after: None });
    says(stage, "m-10", "Are you still there?").await
}

async fn rate_limited(stage: &Stage) -> anyhow::Result<()> {
    fault(stage, Effect::Status { code: 429, retry_after: Some(2) });
    let began = tokio::time::Instant::now();
    says(stage, "m-11", "It is about the bill").await?;
    ensure!(began.elapsed().as_secs() >= 2, "the bridge waited only {:?}", began.elapsed());
    Ok(())
}

async fn revoked(stage: &Stage) -> anyhow::Result<()> {
    let logins = stage.genesys.logins();
    stage.genesys.revoke_tokens();
    says(stage, "m-12", "The one of March").await?;
    ensure!(
        stage.genesys.logins() == logins + 1,
        "there were {} logins",
        stage.genesys.logins() - logins
    );
    Ok(())
}

async fn refused(stage: &Stage) -> anyhow::Result<()> {
    fault(stage, Effect::Status { code: 400, retry_after: None });
    accepted(&stage.lynn.customer_says(ANA, "m-13", "This one is refused").await)?;
    says(stage, "m-14", "This one is not").await?;
    lynn_sees(stage, "the failure", |lynn| {
        lynn.events_for(ANA)
            .iter()
            .any(|event| event["messageId"] == "m-13" && event["status"] == "failed")
    })
    .await
}

async fn lost_answer(stage: &Stage) -> anyhow::Result<()> {
    fault(stage, Effect::AcceptThenDrop);
    let before = stage.genesys.duplicates().len();
    says(stage, "m-15", "Did you get this?").await?;
    genesys_sees(stage, "the repeat", |genesys| genesys.duplicates().len() > before).await?;
    let times = stage.genesys.accepted_messages(ANA);
    let copies = times.iter().filter(|message| message["channel"]["messageId"] == "m-15").count();
    ensure!(copies == 1, "Genesys took it {copies} times");
    Ok(())
}

async fn outage(stage: &Stage) -> anyhow::Result<()> {
    let before = stage.lynn.messages_for(ANA).len();
    stage.lynn.set_down(true);
    let texts = ["One moment, please", "I found it", "You will get 20 back"];
    for text in texts {
        delivered(&stage.genesys.agent_says(ANA, text).await)?;
    }
    let tried = stage.lynn.attempts().len();
    lynn_sees(stage, "an attempt", |lynn| lynn.attempts().len() > tried || tried > 0).await?;
    stage.lynn.set_down(false);
    lynn_sees(stage, "all three", |lynn| lynn.messages_for(ANA).len() == before + texts.len())
        .await?;
    let messages = stage.lynn.messages_for(ANA);
    let arrived: Vec<&str> =
        messages[before..].iter().filter_map(|message| message["text"].as_str()).collect();
    ensure!(arrived == texts, "they arrived as {arrived:?}");
    Ok(())
}

async fn duplicate(stage: &Stage) -> anyhow::Result<()> {
    let before = stage.lynn.messages_for(ANA).len();
    let first = stage.genesys.agent_says(ANA, "Anything else?").await;
    delivered(&first)?;
    delivered(&stage.genesys.redeliver(&first).await)?;
    delivered(&stage.genesys.agent_says(ANA, "Then have a good day").await)?;
    lynn_sees(stage, "both messages", |lynn| lynn.messages_for(ANA).len() >= before + 2).await?;
    let arrived = stage.lynn.messages_for(ANA).len() - before;
    ensure!(arrived == 2, "{arrived} messages arrived");
    Ok(())
}

async fn repeated(stage: &Stage) -> anyhow::Result<()> {
    let before = count(stage);
    accepted(&stage.lynn.customer_says(ANA, "m-16", "No, thank you").await)?;
    accepted(&stage.lynn.customer_says(ANA, "m-16", "No, thank you").await)?;
    accepted(&stage.lynn.customer_says(ANA, "m-17", "Bye").await)?;
    genesys_sees(stage, "the farewell", |genesys| {
        genesys.accepted_messages(ANA).iter().any(|message| message["text"] == "Bye")
    })
    .await?;
    ensure!(count(stage) == before + 2, "Genesys took {} messages", count(stage) - before);
    Ok(())
}
