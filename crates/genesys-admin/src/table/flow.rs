//! The inbound message flow: it transfers every customer to the queue.

use super::*;
use crate::architect::{self, quoted, source};

pub struct Flow;

#[async_trait]
impl Rules for Flow {
    fn absent(&self, run: &SetupRun<'_>) -> Decision {
        Decision::Create(format!("transfers to {}", run.wanted.queue))
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
        let what = format!("transfers to {}", run.wanted.queue);
        architect::differs(Resource::Flow, found, self.source(run), run, what)
    }

    /// Names the queue exactly as the queue itself is named.
    fn source(&self, run: &SetupRun<'_>) -> Option<(Source, Resource)> {
        let (wanted, observed) = (run.wanted, &run.observed);
        let queue = observed.object(Resource::Queue).map_or(wanted.queue.as_str(), Object::name);
        let text = to_queue(&wanted.label, &wanted.mark(), observed.division.name(), queue);
        Some((text, Resource::Queue))
    }
}

/// An inbound message flow with one state, which transfers and then disconnects.
fn to_queue(name: &str, mark: &str, division: &str, queue: &str) -> Source {
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
  settingsErrorHandling:
    errorHandling:
      disconnect:
        none: true
  states:
    - state:
        name: Initial State
        refId: Initial State_10
        actions:
          - transferToAcd:
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_is_what_architect_reads() {
        insta::assert_snapshot!(to_queue("lynn-support", "Made.", "Home", "Agents").yaml);
    }

    #[test]
    fn a_name_cannot_break_out_of_its_place() {
        let source = to_queue("a: b", "Made.", "Home", "Agents \"one\"\nnext: line");
        assert!(source.yaml.contains("\n  name: \"a: b\"\n"));
        assert!(source.yaml.contains(r#"name: "Agents \"one\"\nnext: line""#));
        assert!(source.yaml.contains(&format!("\"Made. Version {}.\"", source.fingerprint)));
    }

    #[test]
    fn the_fingerprint_tells_one_queue_from_another() {
        let of = |queue| to_queue("n", "Made.", "Home", queue).fingerprint;
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
    }
}
