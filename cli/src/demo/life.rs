//! The part of the script in which agents join and leave, and conversations end and are resumed.

use anyhow::{Context, ensure};
use serde_json::Value;

use super::{Script, accepted, delivered, genesys_sees, lynn_sees, steps};
use crate::samples::Stage;

/// Not the customer of the rest of the script, so that the counts of both stay readable.
const EVA: &str = "5215587654321";
const TOM: &str = "tom";

pub async fn play(script: &mut Script<'_>) {
    steps! { script;
        "Eva waits for an agent; the phone of one rings without an answer: the conversation continues"
            => waits;
        "An agent answers: Lynn gets agentConnected before the first message" => answers;
        "The agent ends the conversation: Lynn learns until when Eva can resume it" => ends;
        "Genesys reports it twice: Lynn gets it once" => said_twice;
        "Eva writes again inside the window: the same conversation continues" => resumes;
    }
}

fn told(stage: &Stage, kind: &str) -> Vec<Value> {
    stage.lynn.events_of_type(EVA, kind)
}

async fn status(stage: &Stage) -> Value {
    stage.lynn.get_conversation(EVA).await.body
}

async fn waits(stage: &Stage) -> anyhow::Result<()> {
    accepted(&stage.lynn.customer_says(EVA, "e-1", "I want to talk with a person").await)?;
    genesys_sees(stage, "the question", |genesys| genesys.is_conversation_open(EVA)).await?;
    stage.genesys.queue_waits(EVA);
    stage.genesys.agent_rings(EVA, "ada");
    stage.genesys.agent_rejects(EVA, "ada");
    // A message to the customer that is sent meanwhile comes after all of that.
    delivered(&stage.genesys.bot_says(EVA, "All agents are busy, please wait").await)?;
    lynn_sees(stage, "the announcement", |lynn| lynn.messages_for(EVA).len() == 1).await?;
    let now = status(stage).await;
    ensure!(now["status"] == "open" && now["agentConnected"] == false, "GET says {now}");
    Ok(())
}

async fn answers(stage: &Stage) -> anyhow::Result<()> {
    stage.genesys.agent_answers(EVA, TOM);
    lynn_sees(stage, "that an agent is connected", |lynn| {
        lynn.events_of_type(EVA, "conversation.agentConnected").len() == 1
    })
    .await?;
    delivered(&stage.genesys.agent_says(EVA, "Good morning Eva, this is Tom").await)?;
    lynn_sees(stage, "the agent's message", |lynn| lynn.messages_for(EVA).len() == 2).await?;
    let now = status(stage).await;
    ensure!(now["agentConnected"] == true, "GET says {now}");
    Ok(())
}

async fn ends(stage: &Stage) -> anyhow::Result<()> {
    stage.genesys.agent_ends(EVA, TOM);
    lynn_sees(stage, "the end", |lynn| !lynn.events_of_type(EVA, "conversation.ended").is_empty())
        .await?;
    let end = &told(stage, "conversation.ended")[0];
    ensure!(end["reason"] == "agent", "the reason is {}", end["reason"]);
    let now = status(stage).await;
    ensure!(now["status"] == "ended", "GET says {now}");
    ensure!(
        now["resumableUntil"] == end["resumableUntil"] && end["resumableUntil"].is_string(),
        "it is resumable until {} or {}",
        now["resumableUntil"],
        end["resumableUntil"]
    );
    Ok(())
}

async fn said_twice(stage: &Stage) -> anyhow::Result<()> {
    let events = stage.genesys.lifecycle_events();
    let end = events.iter().rfind(|event| event.kind() == "customer.end").context("no end")?;
    delivered(&stage.genesys.post_event(end).await)
}

async fn resumes(stage: &Stage) -> anyhow::Result<()> {
    let before = status(stage).await;
    accepted(&stage.lynn.customer_says(EVA, "e-2", "One more thing").await)?;
    genesys_sees(stage, "that it goes on", |genesys| {
        genesys.is_conversation_open(EVA) && genesys.accepted_messages(EVA).len() == 2
    })
    .await?;
    stage.genesys.agent_answers(EVA, TOM);
    delivered(&stage.genesys.agent_says(EVA, "Yes?").await)?;
    lynn_sees(stage, "the answer", |lynn| lynn.messages_for(EVA).len() == 3).await?;
    let now = status(stage).await;
    ensure!(now["status"] == "open", "GET says {now}");
    ensure!(now["conversationId"] == before["conversationId"], "it is another conversation");
    ensure!(told(stage, "conversation.ended").len() == 1, "Lynn got the end more than once");
    Ok(())
}
