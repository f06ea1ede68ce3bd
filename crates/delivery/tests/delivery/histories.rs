//! Random lives of a conversation at Genesys, whose events arrive late, twice and out of order. In
//! the end the bridge's state is the true one, and Lynn was told nothing false.

use std::collections::BTreeSet;
use std::time::Duration;

use delivery::event::QueuedEvent;
use proptest::prelude::*;
use serde_json::json;
use shared::ports::Clock as _;
use shared::ports::Direction::{self, Inbound, Outbound};
use testing::Reaction;

use crate::events::{agent_says, body, says, text};
use crate::harness::Harness;
use crate::lifecycle::{answered, ended, joined, left, rang};

/// The actions of people. An action that is impossible at the time is skipped.
#[derive(Clone, Copy, Debug)]
enum Act {
    CustomerWrites,
    AgentIsRung,
    /// A further agent joins; a workflow has verified that the agent answered.
    AgentJoins,
    AgentRefuses,
    AgentAnswers,
    AgentWrites,
    AgentLeaves,
    AgentEnds,
}

/// The true state at Genesys.
#[derive(Default)]
struct Truth {
    began: bool,
    open: bool,
    rung: Option<String>,
    present: Vec<String>,
    agents: u32,
    messages: u32,
    ends: BTreeSet<String>,
    answers: BTreeSet<String>,
}

/// An event, and for each of its arrivals the delay after its time, in seconds.
type Coming = (Direction, QueuedEvent, Vec<u64>);

fn act(harness: &Harness, truth: &mut Truth, act: Act) -> Vec<(Direction, QueuedEvent)> {
    let time = harness.clock.now().to_text();
    match act {
        Act::CustomerWrites => {
            truth.messages += 1;
            (truth.began, truth.open) = (true, true);
            vec![(Inbound, says(harness, "ana", &format!("m-{}", truth.messages), 1))]
        }
        Act::AgentJoins if truth.open && truth.rung.is_none() => {
            truth.agents += 1;
            let agent = format!("p-{}", truth.agents);
            truth.present.push(agent.clone());
            truth.answers.insert(time);
            vec![(Outbound, joined(harness, "ana", &agent))]
        }
        Act::AgentIsRung if truth.open && truth.rung.is_none() && truth.present.is_empty() => {
            truth.agents += 1;
            let agent = format!("p-{}", truth.agents);
            truth.rung = Some(agent.clone());
            vec![(Outbound, rang(harness, "ana", &agent))]
        }
        Act::AgentRefuses => match truth.rung.take() {
            Some(agent) => vec![(Outbound, left(harness, "ana", &agent))],
            None => Vec::new(),
        },
        Act::AgentAnswers if truth.rung.is_some() => {
            truth.present.extend(truth.rung.take());
            truth.answers.insert(time);
            vec![(Outbound, answered(harness, "ana"))]
        }
        Act::AgentWrites if !truth.present.is_empty() => {
            truth.messages += 1;
            truth.answers.insert(time);
            vec![(Outbound, agent_says(harness, "ana", &format!("g-{}", truth.messages)))]
        }
        Act::AgentLeaves if truth.present.is_empty() => Vec::new(),
        Act::AgentLeaves => {
            vec![(Outbound, left(harness, "ana", &truth.present.remove(0)))]
        }
        Act::AgentEnds if truth.open => {
            truth.open = false;
            truth.ends.insert(time);
            let gone = truth.present.drain(..).chain(truth.rung.take());
            let gone = gone.map(|agent| (Outbound, left(harness, "ana", &agent)));
            gone.chain([(Outbound, ended(harness, "ana"))]).collect()
        }
        Act::AgentIsRung
        | Act::AgentJoins
        | Act::AgentAnswers
        | Act::AgentWrites
        | Act::AgentEnds => Vec::new(),
    }
}

async fn live(acts: &[(Act, u64, Vec<u64>)], lynn: Vec<Reaction>) -> (Harness, Truth) {
    let mut harness = Harness::new(&json!({}));
    harness.lynn(lynn);
    let mut truth = Truth::default();
    let mut coming: Vec<(i64, Coming)> = Vec::new();
    for (kind, gap, delays) in acts {
        harness.clock.advance(Duration::from_secs(10 + gap));
        deliver(&mut harness, &mut coming).await;
        for (direction, event) in act(&harness, &mut truth, *kind) {
            // Messages arrive as they are written. News about the conversation arrives by another
            // way.
            let is_message = event.dedup_key.kind() == "message";
            let delays = if is_message { vec![0] } else { delays.clone() };
            let now = harness.clock.now().milliseconds();
            for delay in &delays {
                let due = now + i64::try_from(*delay).unwrap() * 1000;
                coming.push((due, (direction, event.clone(), delays.clone())));
            }
        }
        deliver(&mut harness, &mut coming).await;
    }
    harness.clock.advance(Duration::from_secs(1000));
    deliver(&mut harness, &mut coming).await;
    assert!(coming.is_empty());
    (harness, truth)
}

/// Delivers what has arrived by now, in the order of arrival.
async fn deliver(harness: &mut Harness, coming: &mut Vec<(i64, Coming)>) {
    coming.sort_by_key(|(due, _)| *due);
    let now = harness.clock.now().milliseconds();
    let come = coming.iter().take_while(|(due, _)| *due <= now).count();
    for (_, (direction, event, _)) in coming.drain(..come) {
        harness.accept(direction, &event).await;
        harness.drain().await;
    }
}

/// The events that Lynn accepted, in the order of their numbers.
fn told(harness: &Harness) -> Vec<serde_json::Value> {
    let mut told: Vec<_> =
        harness.lynn_calls().iter().filter(|seen| seen.taken).map(body).collect();
    told.sort_by_key(|event| event["sequence"].as_u64());
    told.dedup_by_key(|event| event["id"].clone());
    told
}

fn acts() -> impl Strategy<Value = Vec<(Act, u64, Vec<u64>)>> {
    let act = prop::sample::select(vec![
        Act::CustomerWrites,
        Act::AgentIsRung,
        Act::AgentJoins,
        Act::AgentRefuses,
        Act::AgentAnswers,
        Act::AgentAnswers,
        Act::AgentWrites,
        Act::AgentLeaves,
        Act::AgentEnds,
    ]);
    let delays = prop::collection::vec(0u64..90, 1..3);
    prop::collection::vec((act, 0u64..20, delays), 1..25)
}

fn reaction() -> impl Strategy<Value = Reaction> {
    prop_oneof![6 => Just(Reaction::status(200)), 1 => Just(Reaction::status(503)),
        1 => any::<bool>().prop_map(|taken| Reaction::Dropped { taken })]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_bridge_believes_and_tells_what_is_true(acts in acts(), lynn in prop::collection::vec(reaction(), 0..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (harness, truth) = live(&acts, lynn).await;
            let conversation = harness.conversation("ana").await;
            let status = match (truth.began, truth.open) {
                (false, _) => "idle",
                (true, true) => "open",
                (true, false) => "ended",
            };
            assert_eq!(conversation.stage().status(), status);
            assert_eq!(conversation.has_agent(), !truth.present.is_empty(), "{conversation:?}");
            let told = told(&harness);
            for (event, number) in told.iter().zip(1..) {
                assert_eq!(event["sequence"], number, "{told:#?}");
            }
            let (mut last_end, mut resumed) = (None, true);
            for event in &told {
                let time = event["time"].as_str().unwrap().to_owned();
                match event["type"].as_str().unwrap() {
                    "conversation.ended" => {
                        assert!(truth.ends.contains(&time), "an end at {time} that never was");
                        // Between two ends there is an agent's message, or a customer's message at
                        // Genesys.
                        let customer = harness.genesys_calls().iter().any(|seen| {
                            let written = text(seen, "/channel/time");
                            last_end.as_ref().is_none_or(|end| written > *end) && written < time
                        });
                        assert!(resumed || customer, "two ends of one conversation: {told:#?}");
                        assert!(last_end.as_ref() < Some(&time));
                        (last_end, resumed) = (Some(time), false);
                    }
                    "conversation.agentConnected" => {
                        assert!(truth.answers.contains(&time), "an agent at {time} who never was");
                        resumed = true;
                    }
                    // A message after an end follows a message of the customer, which resumed the
                    // conversation.
                    "message" if !resumed => {
                        let customer = harness.genesys_calls().iter().any(|seen| {
                            let written = text(seen, "/channel/time");
                            last_end.as_ref().is_some_and(|end| written > *end) && written < time
                        });
                        assert!(customer || last_end.as_ref() > Some(&time), "a message after its end: {told:#?}");
                        resumed = true;
                    }
                    _ => resumed = true,
                }
            }
            assert!(harness.dead_letters().await.is_empty());
        });
    }
}
