//! Checks that the environment of a measured function has the variables that its needs declare.

const DECLARED: [(&str, &[&str]); 6] = [
    (conversation_scheduler::NEEDS.function, conversation_scheduler::NEEDS.variables),
    (genesys_events::NEEDS.function, genesys_events::NEEDS.variables),
    (genesys_sender::NEEDS.function, genesys_sender::NEEDS.variables),
    (genesys_webhook::NEEDS.function, genesys_webhook::NEEDS.variables),
    (lynn_inbound::NEEDS.function, lynn_inbound::NEEDS.variables),
    (lynn_sender::NEEDS.function, lynn_sender::NEEDS.variables),
];

#[test]
fn every_declared_variable_is_set_and_no_other() {
    let set = benchmarks::fake::variables(([127, 0, 0, 1], 1).into());
    for (function, variables) in DECLARED {
        for variable in variables {
            assert!(set.contains_key(variable), "{function} needs {variable}");
        }
    }
    for variable in set.keys() {
        let declared = DECLARED.iter().any(|(_, variables)| variables.contains(variable));
        assert!(declared, "no function declares {variable}");
    }
}
