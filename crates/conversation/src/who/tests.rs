//! Who is named, who is asked for, and how often.

use proptest::prelude::*;
use shared::contact::IdType;

use super::*;
use crate::{RosterNews, Transition};

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

fn person(leg: &str, since: i64) -> KnownAgent {
    KnownAgent {
        leg: Some(leg.to_owned()),
        user: Some(format!("user of {leg}")),
        name: Some(format!("name of {leg}")),
        since: Some(at(since)),
        ..KnownAgent::default()
    }
}

fn told(agents: &[KnownAgent]) -> Option<RosterNews> {
    let is_conclusive = agents.iter().filter(|agent| !agent.left).count() == 1
        || agents.iter().any(|agent| agent.wrote.is_some());
    Some(RosterNews { agents: agents.to_vec(), queue: None, is_conclusive })
}

fn apply(conversation: &mut Conversation, transitions: &[Transition]) {
    transitions.iter().for_each(|transition| conversation.apply(transition));
}

/// Asks at `asked`, with this answer.
fn ask(conversation: &mut Conversation, asked: i64, news: Option<RosterNews>) {
    let asked_at = at(asked);
    apply(conversation, &[Transition::RosterAsked { at: asked_at }]);
    apply(conversation, &[Transition::RosterAnswered { asked_at, news }]);
}

fn answers(conversation: &mut Conversation, leg: Option<&str>, time: i64) {
    let leg = leg.map(str::to_owned);
    let answered = Transition::AgentAnswered { conversation: None, leg, at: at(time) };
    apply(conversation, &[answered]);
}

fn named(leg: &str) -> AgentId<'_> {
    AgentId { leg: Some(leg), user: None }
}

fn wrote(conversation: &Conversation, message: &str, time: i64) -> Name<KnownAgent> {
    conversation.who_wrote(&GenesysMessageId::new(message), at(time), at(time))
}

fn is(name: &Name<KnownAgent>, leg: &str) -> bool {
    matches!(name, Name::Known(agent) if agent.leg.as_deref() == Some(leg))
}

#[test]
fn an_agent_is_asked_for_once() {
    let mut conversation = Conversation::default();
    answers(&mut conversation, Some("ada"), 1_000);
    assert_eq!(conversation.who_came(named("ada"), at(1_000)), Name::Ask);
    apply(&mut conversation, &[Transition::RosterAsked { at: at(1_100) }]);
    let waits = Name::Asked { at: at(1_100) };
    assert_eq!(conversation.who_came(named("ada"), at(1_000)), waits);
    assert_eq!(wrote(&conversation, "m-1", 1_050), Name::Asked { at: at(1_100) });
    let news = told(&[person("ada", 1_000)]);
    apply(&mut conversation, &[Transition::RosterAnswered { asked_at: at(1_100), news }]);
    assert!(is(&conversation.who_came(named("ada"), at(1_000)), "ada"));
    for time in [1_050, 2_000, 9_000_000] {
        assert!(is(&wrote(&conversation, "m-1", time), "ada"));
    }
}

#[test]
fn the_next_agent_is_not_taken_for_the_one_before() {
    let mut conversation = Conversation::default();
    ask(&mut conversation, 1_000, told(&[person("ada", 900)]));
    answers(&mut conversation, None, 60_000);
    assert_eq!(wrote(&conversation, "m-1", 61_000), Name::Ask);
    assert_eq!(conversation.who_came(AgentId::default(), at(60_500)), Name::Ask);
    let ada = KnownAgent { left: true, ..person("ada", 900) };
    ask(&mut conversation, 61_500, told(&[ada, person("bob", 60_000)]));
    assert!(is(&conversation.who_came(AgentId::default(), at(60_500)), "bob"));
    assert!(is(&wrote(&conversation, "m-1", 61_600), "bob"));
    // Ada wrote it before Bob came.
    assert!(!is(&wrote(&conversation, "m-0", 59_000), "bob"));
    // Genesys does not list the user whom the event names.
    let other = AgentId { leg: None, user: Some("eva") };
    assert_eq!(conversation.who_came(other, at(60_500)), Name::Unknown);
    apply(
        &mut conversation,
        &[Transition::AgentLeft { leg: Some("bob".to_owned()), at: at(70_000) }],
    );
    assert_eq!(wrote(&conversation, "m-2", 71_000), Name::Ask);
}

#[test]
fn of_several_the_conversation_names_the_writer() {
    let mut conversation = Conversation::default();
    let message = GenesysMessageId::new("m-1");
    let both = [person("ada", 900), person("bob", 950)];
    ask(&mut conversation, 1_000, told(&both));
    assert_eq!(wrote(&conversation, "m-1", 9_000), Name::Ask);
    let writer = KnownAgent { wrote: Some(message.clone()), ..person("bob", 950) };
    ask(&mut conversation, 9_000, told(&[person("ada", 900), writer]));
    assert!(is(&wrote(&conversation, "m-1", 9_000), "bob"));
    assert_eq!(wrote(&conversation, "m-2", 9_100), Name::Ask);
    // An agent rings who is not listed, and may write.
    let mut conversation = Conversation::default();
    ask(&mut conversation, 1_000, told(&[person("ada", 900)]));
    let rung = Transition::AgentRung { leg: Some("bob".to_owned()), at: at(5_000) };
    apply(&mut conversation, &[rung]);
    assert_eq!(wrote(&conversation, "m-1", 6_000), Name::Ask);
}

#[test]
fn an_answer_may_be_stored_before_its_question() {
    let mut conversation = Conversation::default();
    let both = [person("ada", 900), person("bob", 950)];
    let news = told(&[both[0].clone()]);
    let answered = Transition::RosterAnswered { asked_at: at(1_000), news };
    apply(&mut conversation, &[answered, Transition::RosterAsked { at: at(1_000) }]);
    assert!(is(&wrote(&conversation, "m-1", 1_100), "ada"));
    let rung = Transition::AgentRung { leg: Some("bob".to_owned()), at: at(1_200) };
    apply(&mut conversation, &[rung]);
    assert_eq!(wrote(&conversation, "m-2", 1_300), Name::Ask);
}

#[test]
fn what_is_asked_in_vain_is_asked_ever_more_rarely() {
    let mut conversation = Conversation::default();
    let mut asked = Vec::new();
    for second in 0..600 {
        let time = 1_000_000 + second * 1_000;
        if wrote(&conversation, &second.to_string(), time) == Name::Ask {
            asked.push(second);
            ask(&mut conversation, time, None);
        }
    }
    assert_eq!(asked, [0, 2, 10, 42, 170]);
    // A question that was lost counts for some seconds.
    apply(&mut conversation, &[Transition::RosterAsked { at: at(9_000_000) }]);
    assert_eq!(wrote(&conversation, "m", 9_010_000), Name::Asked { at: at(9_000_000) });
    assert_ne!(wrote(&conversation, "m", 9_016_000), Name::Asked { at: at(9_000_000) });
}

#[test]
fn without_events_an_answer_counts_for_some_minutes_and_an_end_ends_it() {
    let mut conversation = Conversation::default();
    ask(&mut conversation, 1_000, told(&[person("ada", 900)]));
    assert!(is(&wrote(&conversation, "m-1", 120_000), "ada"));
    assert_eq!(wrote(&conversation, "m-2", 122_000), Name::Ask);
    let written = Transition::OutboundMessage {
        id_type: IdType::Opaque,
        conversation: None,
        at: at(2_000),
        by_agent: true,
    };
    let ended = Transition::Ended { conversation: None, at: at(3_000), resumable_until: None };
    apply(&mut conversation, &[written, ended]);
    assert_eq!(wrote(&conversation, "m-3", 4_000), Name::Ask);
}

#[test]
fn nothing_is_stored_of_who_was_not_asked_for_and_no_name_shows() {
    let mut conversation = Conversation::default();
    assert!(!serde_json::to_string(&conversation).unwrap().contains("roster"));
    ask(&mut conversation, 1_000, told(&[person("ada", 900)]));
    let stored = serde_json::to_string(&conversation).unwrap();
    assert_eq!(serde_json::from_str::<Conversation>(&stored).unwrap(), conversation);
    assert!(stored.contains("name of ada"));
    assert!(!format!("{conversation:?}").contains("name of ada"));
}

#[derive(Clone, Debug)]
enum Happening {
    Asked(i64),
    Told(i64, Vec<(usize, i64, bool)>),
    InVain(i64),
    Left(usize, i64),
    Came(i64),
    Ended(i64),
}

const LEGS: [&str; 4] = ["ada", "bob", "eva", "kim"];

fn happening() -> impl Strategy<Value = Happening> {
    let time = || 0i64..60_000;
    let agent = (0..LEGS.len(), time(), any::<bool>());
    prop_oneof![
        time().prop_map(Happening::Asked),
        (time(), prop::collection::vec(agent, 0..4))
            .prop_map(|(at, told)| Happening::Told(at, told)),
        time().prop_map(Happening::InVain),
        (0..LEGS.len(), time()).prop_map(|(leg, at)| Happening::Left(leg, at)),
        time().prop_map(Happening::Came),
        time().prop_map(Happening::Ended),
    ]
}

fn transition(happening: &Happening) -> Transition {
    let answered = |asked: i64, news| Transition::RosterAnswered { asked_at: at(asked), news };
    match happening {
        Happening::Asked(time) => Transition::RosterAsked { at: at(*time) },
        Happening::InVain(time) => answered(*time, None),
        Happening::Told(time, agents) => {
            let agents: Vec<KnownAgent> = agents
                .iter()
                .map(|(leg, since, left)| KnownAgent { left: *left, ..person(LEGS[*leg], *since) })
                .collect();
            answered(*time, told(&agents))
        }
        Happening::Left(leg, time) => {
            Transition::AgentLeft { leg: Some(LEGS[*leg].to_owned()), at: at(*time) }
        }
        Happening::Came(time) => {
            Transition::AgentAnswered { conversation: None, leg: None, at: at(*time) }
        }
        Happening::Ended(time) => {
            Transition::Ended { conversation: None, at: at(*time), resumable_until: None }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happened, an event asks at most once, so that a name delays it at most once.
    #[test]
    fn an_event_asks_at_most_once(
        happenings in prop::collection::vec(happening(), 0..12),
        accepted in 0i64..60_000,
        now in 0i64..120_000,
    ) {
        let mut conversation = Conversation::default();
        happenings.iter().for_each(|it| conversation.apply(&transition(it)));
        let names = |conversation: &Conversation| {
            let queue = conversation.which_queue(None, at(accepted));
            let asks = [
                conversation.who_came(named("ada"), at(accepted)) == Name::Ask,
                conversation.who_came(AgentId::default(), at(accepted)) == Name::Ask,
                conversation.who_wrote(&GenesysMessageId::new("m"), at(accepted), at(accepted))
                    == Name::Ask,
                queue == Name::Ask,
            ];
            asks.contains(&true)
        };
        conversation.apply(&Transition::RosterAsked { at: at(now.max(accepted)) });
        prop_assert!(!names(&conversation));
        let asked_at = at(now.max(accepted));
        conversation.apply(&Transition::RosterAnswered { asked_at, news: None });
        prop_assert!(!names(&conversation));
    }

    /// Who is named as the writer was told of by Genesys, and has not left.
    #[test]
    fn only_a_present_agent_is_named_as_the_writer(
        happenings in prop::collection::vec(happening(), 0..12),
        written in 0i64..60_000,
    ) {
        let mut conversation = Conversation::default();
        happenings.iter().for_each(|it| conversation.apply(&transition(it)));
        if let Name::Known(agent) = wrote(&conversation, "m", written) {
            prop_assert!(!agent.left && agent.name.is_some());
            prop_assert_eq!(conversation.roster.present().count(), 1);
        }
    }
}
