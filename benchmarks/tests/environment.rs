//! Checks that the environment of a measured function has the variables that its needs declare.

const DECLARED: [(&str, &[&str]); 6] = [
    (conversation_scheduler::REQUIREMENTS.function, conversation_scheduler::REQUIREMENTS.variables),
    (genesys_events::REQUIREMENTS.function, genesys_events::REQUIREMENTS.variables),
    (genesys_sender::REQUIREMENTS.function, genesys_sender::REQUIREMENTS.variables),
    (genesys_webhook::REQUIREMENTS.function, genesys_webhook::REQUIREMENTS.variables),
    (lynn_inbound::REQUIREMENTS.function, lynn_inbound::REQUIREMENTS.variables),
    (lynn_sender::REQUIREMENTS.function, lynn_sender::REQUIREMENTS.variables),
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
