//! The flow of Architect, as YAML: everybody who writes is handed to the queue.

use sha2::{Digest as _, Sha256};

/// A flow to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The YAML.
    pub yaml: String,
    /// Tells this text from another; it stands in the description, and so in what the API shows.
    pub fingerprint: String,
}

/// An inbound message flow with one state and one action.
pub fn to_queue(name: &str, mark: &str, division: &str, queue: &str) -> Source {
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

/// A flow whose description is the mark and the fingerprint; `text` writes the YAML around a description.
pub fn source(mark: &str, text: impl Fn(&str) -> String) -> Source {
    let digest = Sha256::digest(text(mark));
    let fingerprint: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Source { yaml: text(&format!("{mark} Version {fingerprint}.")), fingerprint }
}

/// Double-quoted YAML takes what a JSON string is.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
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
