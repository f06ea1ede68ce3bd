//! Many seeds keep all promises, every rule that is broken on purpose is found, and the same seed
//! gives the same run.

use simulation::{Mutation, campaign, play, play_in_words, scenario};

/// The number that `make test` plays.
const SEEDS: u64 = 2_000;

fn say(failures: &[simulation::Failure]) -> String {
    let line = |failure: &simulation::Failure| {
        format!("seed {}: {}\n    {}\n", failure.seed, failure.broken, failure.command())
    };
    failures.iter().map(line).collect()
}

#[test]
fn what_is_promised_holds_for_every_seed() {
    let outcome = campaign::run(0..SEEDS, campaign::cores(), None, 3, |_| {});
    assert!(outcome.failures.is_empty(), "{}", say(&outcome.failures));
    assert_eq!(outcome.coverage.missing(), Vec::<String>::new(), "never exercised");
}

#[test]
fn every_rule_that_is_broken_on_purpose_is_found() {
    let mut unfound = Vec::new();
    for mutation in Mutation::ALL {
        let outcome = campaign::run(0..SEEDS, campaign::cores(), Some(mutation), 1, |_| {});
        let Some(failure) = outcome.failures.first() else {
            unfound.push(mutation);
            continue;
        };
        println!("{mutation:?}: seed {}, {}, {}", failure.seed, failure.kept, failure.broken);
    }
    assert!(unfound.is_empty(), "not found: {unfound:?}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..40 {
        let [one, other] = [0, 1].map(|_| play_in_words(&scenario(seed), None));
        assert_eq!(one.words, other.words, "seed {seed}");
        assert_eq!((one.digest, one.steps), (other.digest, other.steps));
    }
    // Also on another thread, after other runs.
    let here = play(&scenario(7), None).digest;
    let there = std::thread::spawn(|| play(&scenario(7), None).digest).join();
    assert_eq!(there.ok(), Some(here));
}

#[test]
fn what_is_left_of_a_scenario_can_be_named() {
    let drawn = scenario(3);
    let kept: simulation::Kept = "a0,a2,f0,orderly".parse().unwrap();
    assert_eq!(kept.to_string(), "a0,a2,f0,orderly");
    assert_eq!(kept.of(&drawn).actions.len(), 2.min(drawn.actions.len()));
    assert!("b1".parse::<simulation::Kept>().is_err());
}

#[test]
fn a_failure_is_shrunk_and_its_shortest_form_still_fails() {
    let mutation = Some(Mutation::LogText);
    let outcome = campaign::run(0..50, 1, mutation, 1, |_| {});
    let failure = outcome.failures.first().unwrap();
    let drawn = scenario(failure.seed);
    let shortest = failure.kept.of(&drawn);
    assert_eq!(shortest.actions.len(), 1, "{}", failure.command());
    assert!(shortest.faults.is_empty());
    assert!(play(&shortest, mutation).broken.is_some());
}

/// Cases that once broke a promise of the product.
#[test]
fn no_known_case_breaks_a_promise_again() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let scenario: simulation::Scenario = serde_json::from_str(&text).unwrap();
        let broken = play(&scenario, None).broken;
        assert_eq!(broken, None, "{}", path.display());
        cases += 1;
    }
    assert!(cases > 0);
}
