//! The part of the script without faults.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{ANA, Script, accepted, delivered, genesys_sees, lynn_sees, steps};
use crate::samples::Stage;

pub async fn play(script: &mut Script<'_>) {
    steps! { script;
        "Ana asks Lynn's bot for a person: the first message opens a conversation" => greeting;
        "An agent answers" => handover;
        "Ana sends a photo with a caption" => attachment;
        "The agent sends a file" => file;
        "Ana types, the agent types" => typing;
        "A bot of the contact centre offers a carousel, and Ana chooses a card" => carousel;
        "Quick replies with a text for channels that cannot show them" => quick_replies;
        "Receipts: Genesys publishes Ana's messages, Lynn reports the agent's as delivered and read"
            => receipts;
        "A long text arrives in parts, in order, without a lost word" => long_text;
    }
}

fn messages(stage: &Stage) -> Vec<Value> {
    stage.genesys.accepted_messages(ANA)
}

async fn post_message(stage: &Stage, id: &str, fields: Value) -> anyhow::Result<()> {
    let mut event = json!({ "type": "message", "id": id,
        "contact": { "id": ANA, "idType": "phone", "nickname": "Ana", "firstName": "Ana", "lastName": "Ruiz" },
        "session": { "id": "s-1", "channel": "whatsapp" } });
    if let (Some(event), Some(fields)) = (event.as_object_mut(), fields.as_object()) {
        event.extend(fields.clone());
    }
    accepted(&stage.lynn.post(event).await)
}

async fn greeting(stage: &Stage) -> anyhow::Result<()> {
    let fields =
        json!({ "text": "Hello, I need a person, please", "attributes": { "topic": "billing" } });
    post_message(stage, "m-1", fields).await?;
    genesys_sees(stage, "the greeting", |genesys| !genesys.accepted_messages(ANA).is_empty())
        .await?;
    let attributes = &messages(stage)[0]["channel"]["metadata"]["customAttributes"];
    ensure!(attributes["topic"] == "billing", "the attributes did not arrive: {attributes}");
    ensure!(stage.genesys.conversation_id(ANA).is_some(), "there is no conversation");
    lynn_sees(stage, "the receipt", |lynn| {
        lynn.events_for(ANA).iter().any(|event| event["type"] == "receipt")
    })
    .await
}

async fn handover(stage: &Stage) -> anyhow::Result<()> {
    delivered(
        &stage.genesys.agent_says(ANA, "Good morning Ana, this is Tom. How can I help?").await,
    )?;
    lynn_sees(stage, "the agent's answer", |lynn| lynn.messages_for(ANA).len() == 1).await?;
    let message = &stage.lynn.messages_for(ANA)[0];
    let conversation = stage.genesys.conversation_id(ANA);
    ensure!(message["author"] == "agent", "the author is {}", message["author"]);
    ensure!(
        message["conversationId"].as_str() == conversation.as_deref(),
        "the conversation's id is missing"
    );
    let told = stage.lynn.get_conversation(ANA).await;
    ensure!(told.body["status"] == "open", "GET says {}", told.body);
    Ok(())
}

async fn attachment(stage: &Stage) -> anyhow::Result<()> {
    let fields = json!({ "text": "This is the bill", "attachments": [ { "mediaType": "image", "mime": "image/png",
        "url": "https://media.example.com/bill.png", "filename": "bill.png", "caption": "March" } ] });
    post_message(stage, "m-2", fields).await?;
    genesys_sees(stage, "text and photo", |genesys| genesys.accepted_messages(ANA).len() == 3)
        .await?;
    let photo = &messages(stage)[2];
    let shown = &photo["content"][0]["attachment"];
    ensure!(shown["filename"] == "bill.png" && shown["text"] == "March", "the photo is {shown}");
    ensure!(
        photo["channel"]["messageId"] == "m-2.2",
        "its id is {}",
        photo["channel"]["messageId"]
    );
    Ok(())
}

async fn file(stage: &Stage) -> anyhow::Result<()> {
    let url = "https://api-downloads.example.com/refund.pdf";
    let sent = stage
        .genesys
        .agent_sends_attachment(
            ANA,
            Some("Please sign this"),
            "File",
            "application/pdf",
            "refund.pdf",
            url,
        )
        .await;
    delivered(&sent)?;
    lynn_sees(stage, "the file", |lynn| lynn.messages_for(ANA).len() == 2).await?;
    let attachment = &stage.lynn.messages_for(ANA)[1]["attachments"][0];
    ensure!(attachment["url"] == url, "the file is {attachment}");
    Ok(())
}

async fn typing(stage: &Stage) -> anyhow::Result<()> {
    accepted(&stage.lynn.post(json!({ "type": "typing", "id": "t-1", "contact": { "id": ANA, "idType": "phone" } })).await)?;
    genesys_sees(stage, "the typing", |genesys| !genesys.typing_events().is_empty()).await?;
    delivered(&stage.genesys.agent_types(ANA, 5000).await)?;
    lynn_sees(stage, "the typing", |lynn| {
        lynn.events_for(ANA).iter().any(|event| event["type"] == "typing")
    })
    .await
}

async fn carousel(stage: &Stage) -> anyhow::Result<()> {
    let card = |title: &str, payload: &str| json!({ "title": title, "description": "per month", "actions": [ { "type": "Postback", "text": title, "payload": payload } ] });
    let cards = json!([card("Basic plan", "basic"), card("Full plan", "full")]);
    let sent = stage.genesys.bot_sends_carousel(ANA, "Which plan do you want?", cards).await;
    delivered(&sent)?;
    lynn_sees(stage, "the carousel", |lynn| lynn.messages_for(ANA).len() == 3).await?;
    let message = &stage.lynn.messages_for(ANA)[2];
    ensure!(
        message["cards"].as_array().is_some_and(|cards| cards.len() == 2),
        "the cards are {}",
        message["cards"]
    );
    let fallback = message["fallbackText"].as_str().context("there is no fallback text")?;
    ensure!(fallback.contains("Full plan"), "the fallback text is {fallback}");
    let answer =
        stage.lynn.customer_replies(ANA, "m-3", &sent.id, "button", "Full plan", "full").await;
    accepted(&answer)?;
    genesys_sees(stage, "the choice", |genesys| {
        genesys
            .accepted_messages(ANA)
            .iter()
            .any(|message| message["buttonResponse"]["payload"] == "full")
    })
    .await
}

async fn quick_replies(stage: &Stage) -> anyhow::Result<()> {
    let sent = stage
        .genesys
        .bot_sends_quick_replies(ANA, "Proceed?", &[("Yes", "yes"), ("No", "no")])
        .await;
    delivered(&sent)?;
    lynn_sees(stage, "the quick replies", |lynn| lynn.messages_for(ANA).len() == 4).await?;
    let message = &stage.lynn.messages_for(ANA)[3];
    ensure!(
        message["fallbackText"] == "Proceed?\n1. Yes\n2. No",
        "the fallback text is {}",
        message["fallbackText"]
    );
    Ok(())
}

async fn receipts(stage: &Stage) -> anyhow::Result<()> {
    let published = |lynn: &simulators::LynnSimulator, id: &str| {
        lynn.events_for(ANA)
            .iter()
            .any(|event| event["messageId"] == id && event["status"] == "published")
    };
    lynn_sees(stage, "m-1 and m-2 published", |lynn| {
        published(lynn, "m-1") && published(lynn, "m-2")
    })
    .await?;
    let agents = stage.lynn.messages_for(ANA)[0]["id"].clone();
    for (id, status) in [("r-1", "delivered"), ("r-2", "read")] {
        let receipt = json!({ "type": "receipt", "id": id, "contact": { "id": ANA, "idType": "phone" }, "messageId": agents, "status": status });
        accepted(&stage.lynn.post(receipt).await)?;
    }
    genesys_sees(stage, "the receipt", |genesys| {
        genesys.receipts().iter().any(|receipt| receipt["id"] == agents)
    })
    .await
}

async fn long_text(stage: &Stage) -> anyhow::Result<()> {
    let words: Vec<String> = (0..900).map(|number| format!("word{number}")).collect();
    let text = words.join(" ");
    let before = messages(stage).len();
    post_message(stage, "m-4", json!({ "text": text })).await?;
    let parts = text.chars().count().div_ceil(2000);
    genesys_sees(stage, "all parts", |genesys| {
        genesys.accepted_messages(ANA).len() >= before + parts
    })
    .await?;
    let arrived: String =
        messages(stage)[before..].iter().filter_map(|message| message["text"].as_str()).collect();
    ensure!(arrived == text, "the parts are not the text");
    Ok(())
}
