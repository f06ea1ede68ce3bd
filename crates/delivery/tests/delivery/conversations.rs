//! The transitions of a conversation, and the times that it gives to its messages.

use conversation::{BeforeCall, Conversation, LastWord, Transition};
use proptest::prelude::*;
use shared::contact::IdType;
use shared::ids::{GenesysConversationId, GenesysMessageId};
use shared::time::Timestamp;

fn instant() -> impl Strategy<Value = Timestamp> {
    (0i64..100).prop_map(Timestamp::from_milliseconds)
}

fn word() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec!["a".to_owned(), "b".to_owned()]))
}

fn conversation_id() -> impl Strategy<Value = Option<GenesysConversationId>> {
    word().prop_map(|id| id.map(GenesysConversationId::new))
}

fn transition() -> impl Strategy<Value = Transition> {
    let id_type = || prop::sample::select(vec![IdType::Phone, IdType::Email, IdType::Opaque]);
    let seen = (
        id_type(),
        word(),
        prop::option::of((word(), word())),
        prop::option::of((instant(), instant())),
    );
    prop_oneof![
        seen.prop_map(|(id_type, lynn_contact_id, session, spoken)| Transition::CustomerActivity {
            contact: None,
            id_type,
            lynn_contact_id,
            session,
            spoken
        }),
        (word(), prop::option::of(instant())).prop_map(|(session, until)| {
            Transition::SessionEnded { after: LastWord { session, until } }
        }),
        instant().prop_map(|time| Transition::Typed { dedup_key: time.to_text() }),
        instant().prop_map(|at| Transition::HighWaterMark { at }),
        instant().prop_map(|at| Transition::GivenUp { at }),
        (instant(), prop::option::of(instant()), conversation_id(), word()).prop_map(
            |(time, message, conversation, id)| Transition::GenesysAccepted {
                time,
                message,
                conversation,
                id: id.map(GenesysMessageId::new),
                before: BeforeCall::default(),
            }
        ),
        (id_type(), conversation_id(), instant(), any::<bool>()).prop_map(
            |(id_type, conversation, at, by_agent)| Transition::OutboundMessage {
                id_type,
                conversation,
                at,
                by_agent,
            }
        ),
        (word(), instant()).prop_map(|(leg, at)| Transition::AgentRung { leg, at }),
        (conversation_id(), word(), instant()).prop_map(|(conversation, leg, at)| {
            Transition::AgentAnswered { conversation, leg, at }
        }),
        instant().prop_map(|at| Transition::AgentCame { leg: "a".to_owned(), at }),
        (word(), instant()).prop_map(|(leg, at)| Transition::AgentLeft { leg, at }),
        (instant(), prop::option::of(instant())).prop_map(|(at, resumable_until)| {
            let conversation = Some(GenesysConversationId::new("a"));
            Transition::Ended { conversation, at, resumable_until }
        }),
        instant().prop_map(|at| Transition::WindowOver { at }),
        (instant(), any::<bool>(), prop::option::of(instant()))
            .prop_map(|(at, inconclusive, end)| Transition::Reconciled { at, inconclusive, end }),
        (0u64..9, instant()).prop_map(|(sequence, at)| Transition::LynnAccepted { sequence, at }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_transition_changes_nothing_the_second_time(
        before in prop::collection::vec(transition(), 0..8),
        group in prop::collection::vec(transition(), 1..4),
    ) {
        let mut conversation = Conversation::default();
        before.iter().for_each(|transition| conversation.apply(transition));
        for transition in &group {
            conversation.apply(transition);
            let once = conversation.clone();
            conversation.apply(transition);
            prop_assert_eq!(&once, &conversation);
        }
        // Transitions that are written together are applied again together. A customer's message
        // and news about an agent are never written together.
        let once = conversation.clone();
        group.iter().for_each(|transition| conversation.apply(transition));
        let ends = |transition: &Transition| matches!(transition, Transition::SessionEnded { .. });
        let several_words = group.iter().filter(|other| matches!(other, Transition::CustomerActivity { .. } | Transition::OutboundMessage { .. } | Transition::GenesysAccepted { .. }
            | Transition::AgentAnswered { .. } | Transition::AgentRung { .. } | Transition::AgentCame { .. } | Transition::AgentLeft { .. } | Transition::Ended { .. } | Transition::WindowOver { .. })).count() > 1;
        prop_assert!(once == conversation || several_words || group.iter().any(ends));
    }

    #[test]
    fn the_count_and_the_times_never_fall(transitions in prop::collection::vec(transition(), 0..12)) {
        let mut conversation = Conversation::default();
        for transition in &transitions {
            let before = conversation.clone();
            conversation.apply(transition);
            prop_assert!(conversation.sequence >= before.sequence);
            prop_assert!(conversation.last_inbound_time >= before.last_inbound_time);
            prop_assert!(conversation.last_activity >= before.last_activity);
            prop_assert!(conversation.session.spoke_at >= before.session.spoke_at);
            // This holds whatever the clock of the process that gives up says.
            let now = Timestamp::from_milliseconds(0);
            prop_assert!(Some(conversation.next_given_up(now)) > conversation.last_given_up);
        }
    }

    #[test]
    fn every_message_is_later_than_the_one_before_and_a_repeat_is_not(
        messages in prop::collection::vec((prop::option::of(instant()), instant(), 1i64..4), 1..12),
        others in prop::collection::vec(transition(), 12),
    ) {
        let mut conversation = Conversation::default();
        let mut last = None;
        for ((own, accepted_at, parts), other) in messages.into_iter().zip(others) {
            let time = conversation.next_inbound_time(own, accepted_at);
            prop_assert!(last.is_none_or(|last| time > last));
            prop_assert!(last.is_some() || time <= accepted_at);
            // A write of the other sender in between does not change the time.
            if !matches!(other, Transition::GenesysAccepted { .. }) {
                conversation.apply(&other);
            }
            prop_assert_eq!(conversation.next_inbound_time(own, accepted_at), time);
            for part in 0..parts {
                let time = Timestamp::from_milliseconds(time.milliseconds() + part);
                conversation.apply(&Transition::GenesysAccepted { time, message: Some(time), conversation: None, id: None, before: BeforeCall::default() });
                last = Some(time);
            }
        }
    }
}

/// Genesys began another conversation with the customer's message. The agent's message of the
/// earlier conversation is redriven, or late.
#[test]
fn a_message_from_before_the_end_does_not_name_the_present_conversation() {
    let at = Timestamp::from_milliseconds;
    let [first, second] = ["a", "b"].map(GenesysConversationId::new);
    let mut conversation = Conversation::default();
    let agent_says = Transition::OutboundMessage {
        id_type: IdType::Opaque,
        conversation: Some(first.clone()),
        at: at(5),
        by_agent: true,
    };
    conversation.apply(&agent_says);
    conversation.apply(&Transition::Ended {
        conversation: Some(first),
        at: at(10),
        resumable_until: None,
    });
    conversation.apply(&Transition::GenesysAccepted {
        time: at(20),
        message: Some(at(20)),
        conversation: Some(second.clone()),
        id: None,
        before: BeforeCall::from(&conversation),
    });
    conversation.apply(&agent_says);
    assert_eq!(conversation.genesys_conversation, Some(second));
}
