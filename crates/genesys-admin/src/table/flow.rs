//! The inbound message flow: it transfers a customer to the queue of the first branch that fits, or
//! else to the default queue.
//!
//! Sources: GenesysCloudBlueprints, `switch-voice-to-web-messaging` (an inbound message flow with
//! `getParticipantData`, `decision` and `transferToAcd`) and `web-messaging-triage-bot-blueprint`
//! (the outputs of a decision). That custom attributes of Open Messaging are read by `Get
//! Participant Data` under their own names: two other vendors' guides,
//! <https://docs.ada.cx/generative/docs/handoffs/genesys/custom-fields> and
//! <https://developers.parley.io/docs/connector/genesys/use-participant-data-in-flows>.
//!
//! UNVERIFIED: that `Lower` is the name of the function, and that an attribute that is not there
//! leaves its variable not set. If Architect does not know the function, it does not publish the
//! flow, and setup says so.

use std::fmt::Write as _;

use super::*;
use crate::Branch;
use crate::architect::{self, quoted, source};

pub(crate) struct Flow;

#[async_trait]
impl Rules for Flow {
    fn absent(&self, run: &SetupRun<'_>) -> Decision {
        Decision::Create(told(run.wanted))
    }

    fn taken(&self, run: &SetupRun<'_>) -> Decision {
        if run.wanted.use_flow {
            return Decision::used_as_it_is();
        }
        Decision::Blocked(format!(
            "{} exists, and setup did not create it: choose another --label, or route to it with --use-flow",
            run.wanted.label
        ))
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        architect::differs(Resource::Flow, found, self.source(run), run, told(run.wanted))
    }

    /// Names the queues exactly as the queues themselves are named.
    fn source(&self, run: &SetupRun<'_>) -> Option<(Source, Vec<Resource>)> {
        let (wanted, observed) = (run.wanted, &run.observed);
        let name = |queue: &str| {
            let found = observed.object(wanted.queue_resource(queue));
            found.map_or_else(|| queue.to_owned(), |found| found.name().to_owned())
        };
        let named = |branch: &Branch| Branch { queue: name(&branch.queue), ..branch.clone() };
        let branches: Vec<Branch> = wanted.branches.iter().map(named).collect();
        let (queue, division) = (name(&wanted.queue), observed.division.name());
        let text = to_queues(&wanted.label, &wanted.mark(), division, &branches, &queue);
        Some((text, wanted.queue_resources()))
    }
}

/// The flow's task, for messages to the operator.
fn told(wanted: &Wanted) -> String {
    if wanted.branches.is_empty() {
        return format!("transfers to {}", wanted.queue);
    }
    let branch = |branch: &Branch| format!("to {} if {branch}", branch.queue);
    let branches: Vec<String> = wanted.branches.iter().map(branch).collect();
    format!("transfers {}, else to {}", branches.join(", "), wanted.queue)
}

/// The attributes that the branches read, each once.
fn attributes(branches: &[Branch]) -> Vec<&str> {
    let mut attributes: Vec<&str> = Vec::new();
    for branch in branches {
        if !attributes.contains(&branch.attribute.as_str()) {
            attributes.push(&branch.attribute);
        }
    }
    attributes
}

/// An inbound message flow with one state, which transfers and then disconnects. Without branches
/// the text is that of earlier versions, so that a published flow stays as it is.
fn to_queues(name: &str, mark: &str, division: &str, branches: &[Branch], queue: &str) -> Source {
    let attributes = attributes(branches);
    let (variables, decisions) = (variables(&attributes), decisions(&attributes, branches));
    source(mark, |description| {
        let [name, description, division, queue] = [name, description, division, queue].map(quoted);
        format!(
            r#"inboundShortMessage:
  name: {name}
  description: {description}
  division: {division}
  startUpRef: "/inboundShortMessage/states/state[Initial State_10]"
  defaultLanguage: en-us
  supportedLanguages:
    en-us:
      defaultLanguageSkill:
        noValue: true
{variables}  settingsErrorHandling:
    errorHandling:
      disconnect:
        none: true
  states:
    - state:
        name: Initial State
        refId: Initial State_10
        actions:
{decisions}          - transferToAcd:
              name: To the queue
              targetQueue:
                lit:
                  name: {queue}
          - disconnect:
              name: Disconnect
"#
        )
    })
}

/// The variable of the attribute at a place.
fn variable(place: usize) -> String {
    format!("Flow.attribute{}", place + 1)
}

fn variables(attributes: &[&str]) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    let mut text = "  variables:\n".to_owned();
    for place in 0..attributes.len() {
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "    - stringVariable:
        name: {}
        initialValue:
          noValue: true
        isOutput: false
",
            variable(place)
        );
    }
    text
}

/// Reads the attributes, then decides for one branch after the other.
fn decisions(attributes: &[&str], branches: &[Branch]) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    let mut text = "          - getParticipantData:
              name: Read the attributes
              attributes:
"
    .to_owned();
    for (place, attribute) in attributes.iter().enumerate() {
        let (attribute, variable) = (quoted(attribute), variable(place));
        let _ = write!(
            text,
            "                - attribute:
                    name:
                      lit: {attribute}
                    variable: {variable}
"
        );
    }
    for (number, branch) in branches.iter().enumerate() {
        let place = attributes.iter().position(|known| *known == branch.attribute);
        let condition = quoted(&condition(&variable(place.unwrap_or_default()), branch));
        let (number, queue) = (number + 1, quoted(&branch.queue));
        let _ = write!(
            text,
            r#"          - decision:
              name: Branch {number}
              condition:
                exp: {condition}
              outputs:
                "yes":
                  actions:
                    - transferToAcd:
                        name: To the queue of branch {number}
                        targetQueue:
                          lit:
                            name: {queue}
"#
        );
    }
    text
}

/// The expression that is true if a branch fits.
fn condition(variable: &str, branch: &Branch) -> String {
    let fits = match &branch.value {
        Some(value) => format!("Lower({variable}) == \"{value}\""),
        None => format!("If(Lower({variable}) == \"false\", false, true)"),
    };
    format!("If(IsNotSetOrEmpty({variable}), false, {fits})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_queue(name: &str, mark: &str, division: &str, queue: &str) -> Source {
        to_queues(name, mark, division, &[], queue)
    }

    fn branches(texts: &[&str]) -> Vec<Branch> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_flow_is_what_architect_reads() {
        insta::assert_snapshot!(to_queue("lynn-support", "Made.", "Home", "Agents").yaml);
    }

    #[test]
    fn a_flow_with_branches_is_what_architect_reads() {
        let branches = branches(&["topic:Billing=Billing", "vip=Priority", "topic:sales=Sales"]);
        insta::assert_snapshot!(
            to_queues("lynn-support", "Made.", "Home", &branches, "Agents").yaml
        );
    }

    #[test]
    fn a_name_cannot_break_out_of_its_place() {
        let source = to_queue("a: b", "Made.", "Home", "Agents \"one\"\nnext: line");
        assert!(source.yaml.contains("\n  name: \"a: b\"\n"));
        assert!(source.yaml.contains(r#"name: "Agents \"one\"\nnext: line""#));
        assert!(source.yaml.contains(&format!("\"Made. Version {}.\"", source.fingerprint)));
        let branches = branches(&["a\"\nb:c'd=\"Q\"\nr"]);
        let yaml = to_queues("n", "Made.", "Home", &branches, "Agents").yaml;
        assert!(yaml.contains(r#"lit: "a\"\nb""#), "{yaml}");
        assert!(yaml.contains(r#"Lower(Flow.attribute1) == \"c'd\")""#), "{yaml}");
        assert!(yaml.contains(r#"name: "\"Q\"\nr""#), "{yaml}");
    }

    #[test]
    fn the_fingerprint_tells_one_flow_from_another() {
        let of = |texts: &[&str], queue| {
            to_queues("n", "Made.", "Home", &branches(texts), queue).fingerprint
        };
        assert_eq!(of(&["x=a"], "a"), of(&["x=a"], "a"));
        let all = [
            of(&[], "a"),
            of(&[], "b"),
            of(&["x=a"], "a"),
            of(&["x:1=a"], "a"),
            of(&["x:1=a", "y=b"], "a"),
            of(&["y=b", "x:1=a"], "a"),
        ];
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn the_plan_says_what_the_flow_does() {
        let branches = branches(&["topic:Billing=Billing", "vip=Priority"]);
        let wanted = Wanted { branches, ..crate::wanted::tests::wanted() };
        assert_eq!(
            told(&wanted),
            "transfers to Billing if topic is billing, to Priority if vip is set, else to Agents"
        );
    }
}
