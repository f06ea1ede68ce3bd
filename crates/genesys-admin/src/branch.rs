//! The branches of the inbound message flow: by an attribute of the conversation to a queue.

use std::fmt;
use std::str::FromStr;

/// The longest name of an attribute and the longest value, as Lynn's contract has them.
const LONGEST_ATTRIBUTE: usize = 256;
const LONGEST_VALUE: usize = 2000;
/// How a branch is written.
const FORMS: &str = "write ATTRIBUTE=QUEUE or ATTRIBUTE:VALUE=QUEUE";

/// Whether two queues have the same name. Genesys Cloud ignores upper and lower case.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// If the attribute fits, the flow transfers to the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The name of the attribute; upper and lower case count.
    pub attribute: String,
    /// The value that the attribute must have, in lower case. `None`: any value but `false`.
    pub value: Option<String>,
    pub queue: String,
}

impl Branch {
    /// Whether both branches have the same condition.
    pub fn has_condition_of(&self, other: &Self) -> bool {
        (&self.attribute, &self.value) == (&other.attribute, &other.value)
    }
}

/// The condition, for messages to the operator.
impl fmt::Display for Branch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(formatter, "{} is {value}", self.attribute),
            None => write!(formatter, "{} is set", self.attribute),
        }
    }
}

/// Why a text is not a branch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongBranch(String);

/// `ATTRIBUTE=QUEUE` or `ATTRIBUTE:VALUE=QUEUE`. The first `=` ends the condition, and the first
/// `:` before it ends the attribute's name, so a queue may have any name.
impl FromStr for Branch {
    type Err = WrongBranch;

    fn from_str(text: &str) -> Result<Self, WrongBranch> {
        let wrong = |why: &str| WrongBranch(format!("{why}; {FORMS}"));
        let (condition, queue) = text.split_once('=').ok_or_else(|| wrong("it has no ="))?;
        let (attribute, value) = match condition.split_once(':') {
            Some((attribute, value)) => (attribute.trim(), Some(value.trim())),
            None => (condition.trim(), None),
        };
        let queue = queue.trim();
        for (part, what) in
            [(Some(attribute), "attribute"), (value, "value"), (Some(queue), "queue")]
        {
            if part.is_some_and(str::is_empty) {
                return Err(wrong(&format!("it names no {what}")));
            }
        }
        if attribute.chars().count() > LONGEST_ATTRIBUTE {
            return Err(wrong(&format!("an attribute has at most {LONGEST_ATTRIBUTE} characters")));
        }
        if let Some(value) = value {
            if value.chars().count() > LONGEST_VALUE {
                return Err(wrong(&format!("a value has at most {LONGEST_VALUE} characters")));
            }
            // How Architect's expressions escape these is not documented.
            if value.contains(|letter: char| letter.is_control() || matches!(letter, '"' | '\\')) {
                return Err(wrong("a value has no quotation mark, backslash or line break"));
            }
        }
        Ok(Self {
            attribute: attribute.to_owned(),
            value: value.map(str::to_lowercase),
            queue: queue.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(attribute: &str, value: Option<&str>, queue: &str) -> Branch {
        let (attribute, queue) = (attribute.to_owned(), queue.to_owned());
        Branch { attribute, value: value.map(str::to_owned), queue }
    }

    #[test]
    fn a_branch_names_an_attribute_perhaps_a_value_and_a_queue() {
        for (text, expected) in [
            ("vip=Priority", branch("vip", None, "Priority")),
            ("topic:Billing=Billing 1", branch("topic", Some("billing"), "Billing 1")),
            (" topic : a:b = Q:1=x ", branch("topic", Some("a:b"), "Q:1=x")),
            ("session.channel:whatsapp=W", branch("session.channel", Some("whatsapp"), "W")),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_branch_is_said() {
        for (text, why) in [
            ("Billing", "no ="),
            ("=Billing", "no attribute"),
            (":a=Billing", "no attribute"),
            ("topic:=Billing", "no value"),
            ("topic=", "no queue"),
            ("topic: =  ", "no value"),
            ("topic:a\"b=Q", "no quotation mark"),
            ("topic:a\\=Q", "no quotation mark"),
            (&format!("{}=Q", "a".repeat(257)), "at most 256"),
            (&format!("a:{}=Q", "b".repeat(2001)), "at most 2000"),
        ] {
            let error = text.parse::<Branch>().unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("ATTRIBUTE:VALUE=QUEUE"), "{error}");
        }
    }
}
