//! The workflow of a topic, as YAML: it passes the trigger's values to the data action.

use std::fmt::Write as _;

use super::events_action::{FIELDS, TOPIC, taken};
use super::*;
use crate::architect::{self, quoted, source};
use crate::organization::Topic;

/// The outputs of a failed data action; the workflow ignores them.
const FAILURES: [&str; 5] = ["errorCode", "status", "correlationId", "entityId", "entityName"];

pub(crate) struct Workflow(pub Topic);

#[async_trait]
impl Rules for Workflow {
    fn name(&self, wanted: &Wanted) -> String {
        wanted.name_of(self.0)
    }

    fn mark(&self, wanted: &Wanted) -> Mark {
        Mark::Text(wanted.mark_of(self.0))
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let me = Resource::Workflow(self.0);
        architect::differs(me, found, self.source(run), run, String::new())
    }

    /// Passes the inputs that the action accepts.
    fn source(&self, run: &SetupRun<'_>) -> Option<(Source, Vec<Resource>)> {
        let taken = taken(run.observed.object(Resource::EventsAction));
        let text = workflow(run.wanted, self.0, run.observed.division.name(), &taken);
        Some((text, vec![Resource::EventsAction]))
    }
}

fn workflow(wanted: &Wanted, topic: Topic, division: &str, taken: &[&str]) -> Source {
    source(&wanted.mark_of(topic), |description| {
        text(wanted, topic, [division, description], taken)
    })
}

/// UNVERIFIED: that a time in milliseconds arrives as an Integer of Architect. If it does not, the
/// workflow does not get the time, and the time of arrival is used instead.
fn text(
    wanted: &Wanted,
    topic: Topic,
    [division, description]: [&str; 2],
    taken: &[&str],
) -> String {
    let [name, division, description, action, word] =
        [&wanted.name_of(topic), division, description, &wanted.label, topic.word()].map(quoted);
    let (mut variables, mut inputs, mut failures) = (String::new(), String::new(), String::new());
    for (field, kind) in FIELDS.into_iter().filter(|(field, _)| taken.contains(field)) {
        // Writing into a string cannot fail.
        let _ = write!(
            variables,
            "    - {kind}Variable:
        name: Flow.{field}
        initialValue:
          noValue: true
        isInput: true
        isOutput: false
"
        );
        let _ = write!(
            inputs,
            "                        {field}:
                          exp: Flow.{field}
"
        );
    }
    for failure in FAILURES {
        let _ = write!(
            failures,
            "                        {failure}:
                          noValue: true
"
        );
    }
    format!(
        r#"workflow:
  name: {name}
  description: {description}
  division: {division}
  startUpRef: "/workflow/states/state[Initial State_10]"
  defaultLanguage: en-us
  variables:
{variables}  settingsErrorHandling:
    errorHandling:
      endWorkflow:
        none: true
  states:
    - state:
        name: Initial State
        refId: Initial State_10
        actions:
          - callData:
              name: To the bridge
              timeout:
                lit:
                  minutes: 1
              category:
                {action}:
                  dataAction:
                    {action}:
                      inputs:
                        {TOPIC}:
                          lit: {word}
{inputs}                      failureOutputs:
{failures}          - endWorkflow:
              name: End
              exitReason:
                noValue: true
"#
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(label: &str) -> Wanted {
        Wanted { label: label.to_owned(), posted_events: true, ..crate::wanted::tests::wanted() }
    }

    #[test]
    fn the_workflow_is_what_architect_reads() {
        insta::assert_snapshot!(
            workflow(&wanted("lynn-support"), Topic::CustomerEnd, "Home", &taken(None)).yaml
        );
    }

    #[test]
    fn the_action_takes_what_the_workflow_hands_over() {
        let wanted = wanted("lynn-support");
        let action = events_action::whole(&wanted, "i-1");
        insta::assert_json_snapshot!("action", action);
        let yaml = workflow(&wanted, Topic::AcdEnd, "Home", &taken(None)).yaml;
        let takes = action.pointer("/contract/input/inputSchema/properties").unwrap();
        for input in takes.as_object().unwrap().keys() {
            assert!(yaml.contains(&format!("                        {input}:\n")), "{input}");
        }
    }

    #[test]
    fn an_action_of_an_older_version_is_given_what_it_takes() {
        let properties = json!({ "topicName": {}, "conversationId": {}, "eventTime": {} });
        let action =
            json!({ "contract": { "input": { "inputSchema": { "properties": properties } } } });
        let taken = taken(Some(&Object(action)));
        assert_eq!(taken, ["topicName", "conversationId", "eventTime"]);
        let yaml = workflow(&wanted("lynn-support"), Topic::AcdEnd, "Home", &taken).yaml;
        assert!(yaml.contains("Flow.eventTime") && !yaml.contains("acdOutcome"), "{yaml}");
    }

    #[test]
    fn a_name_cannot_break_out_of_its_place() {
        let yaml = workflow(&wanted("a: \"b\"\nc"), Topic::AcdEnd, "Home", &taken(None)).yaml;
        assert!(yaml.contains(r#"                "a: \"b\"\nc":"#), "{yaml}");
        assert!(yaml.lines().all(|line| line != "c"), "{yaml}");
    }

    #[test]
    fn each_topic_has_a_workflow_of_its_own() {
        let of = |topic| workflow(&wanted("lynn-support"), topic, "Home", &taken(None)).fingerprint;
        let all: std::collections::BTreeSet<String> = Topic::ALL.into_iter().map(of).collect();
        assert_eq!(all.len(), Topic::ALL.len());
    }
}
