//! Shortens a scenario that breaks a promise, as long as it still breaks one.

use std::fmt;
use std::str::FromStr;

use crate::mutation::Mutation;
use crate::run::play;
use crate::scenario::Scenario;

/// The elements of a drawn scenario that were kept: short enough for a command line, as
/// `a0,a3,f1,orderly`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    actions: Vec<usize>,
    faults: Vec<usize>,
    orderly: bool,
}

/// A text that does not name kept elements.
#[derive(Debug, thiserror::Error)]
#[error("{0}: this is neither a0, f0 nor orderly")]
pub struct NotKept(String);

impl Kept {
    fn all(scenario: &Scenario) -> Self {
        Self {
            actions: (0..scenario.actions.len()).collect(),
            faults: (0..scenario.faults.len()).collect(),
            orderly: scenario.orderly,
        }
    }

    /// The scenario with only these elements.
    pub fn of(&self, scenario: &Scenario) -> Scenario {
        let mut kept = scenario.clone();
        kept.orderly = self.orderly;
        kept.actions =
            self.actions.iter().filter_map(|n| scenario.actions.get(*n).cloned()).collect();
        kept.faults = self.faults.iter().filter_map(|n| scenario.faults.get(*n).copied()).collect();
        kept
    }

    /// Every way to leave something out, the largest omissions first.
    fn shorter(&self) -> Vec<Self> {
        let mut shorter = Vec::new();
        if !self.orderly {
            shorter.push(Self { orderly: true, ..self.clone() });
        }
        for actions in without(&self.actions) {
            shorter.push(Self { actions, ..self.clone() });
        }
        for faults in without(&self.faults) {
            shorter.push(Self { faults, ..self.clone() });
        }
        shorter
    }
}

/// The list without each of its halves, each of its quarters, and so on to each single element.
fn without(elements: &[usize]) -> Vec<Vec<usize>> {
    let mut lists = Vec::new();
    let mut size = elements.len();
    while size > 0 {
        for start in (0..elements.len()).step_by(size) {
            let end = (start + size).min(elements.len());
            lists.push([&elements[..start], &elements[end..]].concat());
        }
        size /= 2;
    }
    lists
}

impl fmt::Display for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actions = self.actions.iter().map(|n| format!("a{n}"));
        let faults = self.faults.iter().map(|n| format!("f{n}"));
        let orderly = self.orderly.then(|| "orderly".to_owned());
        let words: Vec<String> = actions.chain(faults).chain(orderly).collect();
        formatter.write_str(&words.join(","))
    }
}

impl FromStr for Kept {
    type Err = NotKept;

    fn from_str(text: &str) -> Result<Self, NotKept> {
        let mut kept = Self::default();
        for word in text.split(',').filter(|word| !word.is_empty()) {
            let number = word.get(1..).and_then(|number| number.parse().ok());
            match (word, word.get(..1), number) {
                ("orderly", ..) => kept.orderly = true,
                (_, Some("a"), Some(number)) => kept.actions.push(number),
                (_, Some("f"), Some(number)) => kept.faults.push(number),
                _ => return Err(NotKept(word.to_owned())),
            }
        }
        Ok(kept)
    }
}

/// The shortest form of a scenario that still breaks a promise.
pub fn shrink(scenario: &Scenario, mutation: Option<Mutation>) -> Kept {
    let mut kept = Kept::all(scenario);
    let breaks = |kept: &Kept| play(&kept.of(scenario), mutation).broken.is_some();
    while let Some(shorter) = kept.shorter().into_iter().find(&breaks) {
        kept = shorter;
    }
    kept
}
