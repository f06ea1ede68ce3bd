//! Draws an operator's work on dead letters, and events that become dead letters.
//!
//! Rule: uses its own random stream and runs after everything else is drawn.

use crate::random::Random;
use crate::scenario::{Action, AgentAct, CustomerAct, Fault, Happening, Redrive, Scenario, Which};

pub(crate) fn add(scenario: &mut Scenario, random: &mut Random) {
    if random.one_in(2) || scenario.actions.is_empty() {
        return;
    }
    if random.one_in(2) {
        refuse(scenario, random);
    }
    for _ in 0..random.between(1, 4) {
        redrive(scenario, random);
    }
    scenario.actions.sort_by_key(|action| (action.at, action.number));
    let count = random.pick(&[0, 1, 1, 2]).unwrap_or(1);
    scenario.faults.extend((0..count).filter_map(|_| fault(random)));
}

/// Adds an event that becomes a dead letter at once.
fn refuse(scenario: &mut Scenario, random: &mut Random) {
    let what = [
        Happening::Customer(CustomerAct::Refused),
        Happening::Customer(CustomerAct::RefusedAtItsEnd),
        Happening::Agent(AgentAct::Refused),
        Happening::Agent(AgentAct::Refused),
    ];
    let what = random.pick(&what).unwrap_or(Happening::Customer(CustomerAct::Refused));
    push(scenario, random, (0, 5_000), what);
}

fn redrive(scenario: &mut Scenario, random: &mut Random) {
    let which = [Which::All, Which::All, Which::One, Which::Together, Which::Twice];
    let which = random.pick(&which).unwrap_or(Which::All);
    let redrive = Redrive { which, repaired: random.one_in(2) };
    // While people talk, or later, also after all troubles have ended.
    let later = random.pick(&[(500, 8_000), (500, 60_000), (60_000, 400_000)]);
    let (integration, contact, at) =
        push(scenario, random, later.unwrap_or((500, 60_000)), Happening::Operator(redrive));
    // Messages around the same time meet the redriven event in its conversation.
    for _ in 0..random.pick(&[0, 1, 3]).unwrap_or(1) {
        let word = if random.one_in(2) {
            Happening::Customer(CustomerAct::Text)
        } else {
            Happening::Agent(AgentAct::Text)
        };
        let at = at + random.between(-400, 1_500);
        let number = next(scenario);
        scenario.actions.push(Action { number, at: at.max(0), integration, contact, what: word });
    }
}

/// Adds an action `from..to` milliseconds after an existing action, in the same conversation.
fn push(
    scenario: &mut Scenario,
    random: &mut Random,
    (from, to): (i64, i64),
    what: Happening,
) -> (usize, usize, i64) {
    let before = random.place(scenario.actions.len());
    let (integration, contact, at) = scenario
        .actions
        .get(before)
        .map_or((0, 0, 0), |action| (action.integration, action.contact, action.at));
    let at = at + random.between(from, to);
    let number = next(scenario);
    scenario.actions.push(Action { number, at, integration, contact, what });
    (integration, contact, at)
}

fn next(scenario: &Scenario) -> u32 {
    scenario.actions.iter().map(|action| action.number + 1).max().unwrap_or_default()
}

fn fault(random: &mut Random) -> Option<Fault> {
    let (port, kind) = random.weighted(Fault::OPERATOR_KINDS)?;
    let nth = u32::try_from(random.below(6)).unwrap_or_default();
    let times = if random.one_in(4) { 3 } else { 1 };
    Some(Fault { port, nth, times, kind })
}
