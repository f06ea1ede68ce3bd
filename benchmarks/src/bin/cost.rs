//! `make cost`: computes the cost of a million events of each kind on AWS, from the calls that the
//! functions make and public prices.
//!
//! Rule: measures events of a running conversation, and the first message of a conversation. Each
//! event is a batch of its own: the most expensive of the normal cases.

use std::path::Path;

use anyhow::{Context as _, Result};
use benchmarks::bill::{self, Kind};
use benchmarks::fake::Fake;
use benchmarks::function::Program;
use benchmarks::journey::{Leg, Use, through};
use benchmarks::{events, prices};
use serde_json::Value;

const CONVERSATIONS: u32 = 20;
/// The counted events of each kind in each conversation.
const COUNTED: u32 = 10;
/// Before the count, one conversation has had one event of each kind, the next one two, up to this
/// many, and so on. So their lists are not all full at the same event.
const BEFORE: u32 = 5;
/// The output folder of `sam build`, unless the command names another one.
const BUILD: &str = ".aws-sam/release";

fn main() -> Result<()> {
    let build = std::env::args().nth(1).unwrap_or_else(|| BUILD.to_owned());
    let build = Path::new(&build);
    let fake = Fake::serve()?;
    let folder = std::env::temp_dir().join(format!("benchmarks-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let leg = |name, resource| {
        Leg::start(&Program::of_the_bridge(build, name, resource)?, &fake, &folder)
    };
    let mut legs = Legs {
        lynn_inbound: leg("lynn-inbound", "LynnInboundFunction")?,
        genesys_sender: leg("genesys-sender", "GenesysSenderFunction")?,
        genesys_webhook: leg("genesys-webhook", "GenesysWebhookFunction")?,
        lynn_sender: leg("lynn-sender", "LynnSenderFunction")?,
    };
    legs.kinds(&fake, Round::Before)?;
    let kinds = legs.kinds(&fake, Round::Counted)?;
    drop(legs);
    std::fs::remove_dir_all(&folder)?;
    let template = build.join("template.yaml");
    let template = std::fs::read_to_string(template).context("the built template")?;
    report(&kinds, alarms(&template));
    Ok(())
}

/// The alarms that exist by default: those without a condition, and those of the API.
fn alarms(template: &str) -> usize {
    let lines: Vec<_> = template.lines().map(str::trim).collect();
    let alarms = lines.windows(2).filter(|pair| pair[0] == "Type: AWS::CloudWatch::Alarm");
    alarms.filter(|pair| !pair[1].starts_with("Condition:") || pair[1].ends_with("HasApi")).count()
}

/// The events that start the conversations and fill the caches, and those that are counted.
#[derive(Clone, Copy, Debug)]
enum Round {
    Before,
    Counted,
}

impl Round {
    /// How many events of each kind a conversation has.
    fn exchanges(self, conversation: u32) -> u32 {
        match self {
            Self::Before => 1 + conversation % BEFORE,
            Self::Counted => COUNTED,
        }
    }

    /// How many more answers and receipts a conversation has, so that a list is full at an event of
    /// any kind.
    fn more(self, conversation: u32) -> (u32, usize) {
        match self {
            Self::Before => (
                conversation / BEFORE,
                usize::from(conversation.is_multiple_of(2))
                    + usize::from(conversation.is_multiple_of(3)),
            ),
            Self::Counted => (0, 0),
        }
    }

    fn id(self, number: u32) -> String {
        format!("{self:?}-{number}")
    }
}

struct Legs {
    lynn_inbound: Leg,
    genesys_sender: Leg,
    genesys_webhook: Leg,
    lynn_sender: Leg,
}

impl Legs {
    /// Sends the events of a round: in each conversation a message of the customer, an answer, and
    /// the receipt for the message, again and again. So each kind has its share of what all bring
    /// about, such as the page of a full list.
    fn kinds(&mut self, fake: &Fake, round: Round) -> Result<Vec<Kind>> {
        let [mut first, mut inbound, mut outbound, mut receipts] =
            std::array::from_fn(|_| Default::default());
        let mut events = 0;
        for conversation in 0..CONVERSATIONS {
            let contact = events::contact(conversation);
            let mut accepted = String::new();
            for _ in 0..round.exchanges(conversation) {
                events += 1;
                self.inbound(
                    fake,
                    &events::lynn_message_of(&contact, &round.id(events)),
                    &mut inbound,
                )?;
                accepted = fake.take_message_ids().pop().context("Genesys got no message")?;
                self.outbound(fake, &events::webhook(&contact, &round.id(events)), &mut outbound)?;
                let receipt = events::webhook_receipt(&contact, &accepted, "Delivered");
                self.outbound(fake, &receipt, &mut receipts)?;
            }
            let (answers, more_receipts) = round.more(conversation);
            for number in 0..answers {
                let answer = events::webhook(&contact, &format!("more-{conversation}-{number}"));
                self.outbound(fake, &answer, &mut outbound)?;
            }
            for status in ["Published", "Read"].into_iter().take(more_receipts) {
                let receipt = events::webhook_receipt(&contact, &accepted, status);
                self.outbound(fake, &receipt, &mut receipts)?;
            }
        }
        for number in 1..=events {
            let contact = format!("{round:?}-contact-{number}");
            let message = events::lynn_message_of(&contact, &round.id(events + number));
            self.inbound(fake, &message, &mut first)?;
        }
        fake.take_message_ids();
        let kind = |name, used| Kind { name, events, used };
        Ok(vec![
            kind("first message of a conversation", first),
            kind("message to the agent", inbound),
            kind("message to the customer", outbound),
            kind("receipt to Lynn", receipts),
        ])
    }

    fn inbound(&mut self, fake: &Fake, event: &Value, used: &mut (Use, Use)) -> Result<()> {
        through(fake, (&mut self.lynn_inbound, &mut self.genesys_sender), 202, event, used)
    }

    fn outbound(&mut self, fake: &Fake, event: &Value, used: &mut (Use, Use)) -> Result<()> {
        through(fake, (&mut self.genesys_webhook, &mut self.lynn_sender), 200, event, used)
    }
}

/// The operations in the table of counts. The table shows the units too.
const OPERATIONS: &[&str] = &[
    "SendMessage",
    "BatchGetItem",
    "GetItem",
    "TransactWriteItems",
    "UpdateItem",
    "GetSecretValue",
    "vendor",
    "login",
];

fn report(kinds: &[Kind], alarms: usize) {
    println!("What one event uses, as counted:\n");
    heading(kinds);
    for operation in OPERATIONS {
        row(operation, kinds.iter().map(|kind| number(kind.calls(operation))));
    }
    let bills: Vec<_> = kinds.iter().map(Kind::lines).collect();
    let Some(first) = bills.first() else { return };
    for (place, line) in first.iter().enumerate() {
        row(line.what, bills.iter().map(|lines| number(lines[place].units)));
    }
    let times = kinds.iter().map(Kind::milliseconds);
    row(
        "milliseconds billed, receiver + sender",
        times.map(|(one, other)| format!("{one} + {other}")),
    );
    println!(
        "\nUS dollars for a million events, {} list prices of {}, no free tier:\n",
        prices::REGION,
        prices::AS_OF
    );
    heading(kinds);
    for (place, line) in first.iter().enumerate() {
        row(line.what, bills.iter().map(|lines| format!("{:.2}", lines[place].dollars())));
    }
    let totals = bills.iter().map(|lines| lines.iter().map(bill::Line::dollars).sum::<f64>());
    row("**together**", totals.map(|dollars| format!("**{dollars:.2}**")));
    let traces = 2.0 * prices::TRACE.dollars;
    let (most, least) = (format!("{traces:.2}"), format!("{:.2}", traces / 20.0));
    println!(
        "\nX-Ray besides: {least} when there are many events a second, {most} when there is less than one."
    );
    println!("\nUS dollars a month, without any events:\n\n| what | a month |\n|---|---|");
    let month = bill::month(alarms);
    for (what, dollars) in &month {
        println!("| {what} | {dollars:.2} |");
    }
    let together: f64 = month.iter().map(|(_, dollars)| dollars).sum();
    println!("| **together** | **{together:.2}** |");
    println!("\nUS dollars a month besides:\n\n| what | a month |\n|---|---|");
    for (what, dollars) in bill::options() {
        println!("| {what} | {dollars:.2} |");
    }
    memory(kinds);
    println!(
        "\nUS dollars for a million of what no message brings about:\n\n| what | a million |\n|---|---|"
    );
    for (what, dollars) in bill::besides() {
        println!("| {what} | {dollars:.2} |");
    }
    println!("\n| price | US dollars | page |\n|---|---|---|");
    for price in prices::ALL {
        println!("| {} | {} | {} |", price.what, price.in_words(), price.page);
    }
}

/// The time that more memory saves and its price, for a message to the agent.
fn memory(kinds: &[Kind]) {
    let Some(kind) = kinds.iter().find(|kind| kind.name == "message to the agent") else { return };
    println!(
        "\nA message to the agent by memory, its own time and US dollars for a million:\n\n| MB | receiver | sender |\n|---|---|---|"
    );
    for memory in [128_u16, 256, 512, 1024, 1769] {
        let [receiver, sender] = kind.at_memory(f64::from(memory) / 1024.0);
        let cell = |(own, dollars): (f64, f64)| format!("{own:.1} ms, {dollars:.2}");
        println!("| {memory} | {} | {} |", cell(receiver), cell(sender));
    }
    let arm = prices::LAMBDA_TIME_ARM.dollars / prices::LAMBDA_TIME.dollars;
    println!("\nOn arm64, Lambda's time costs {arm:.2} of this.");
}

fn heading(kinds: &[Kind]) {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
    println!("| | {} |\n|---|{}", names.join(" | "), "---|".repeat(kinds.len()));
}

fn row(what: &str, cells: impl Iterator<Item = String>) {
    println!("| {what} | {} |", cells.collect::<Vec<_>>().join(" | "));
}

fn number(count: f64) -> String {
    let text = format!("{count:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
