//! Decides who made an object.
//!
//! Rule: an object counts as made by setup only with a proof. Each of these is a proof:
//!
//! - Its id is in the record or in the configuration.
//! - It has setup's mark.
//! - A run that was cut off was just making it.
//! - Setup's own integration refers to it.
//! - Setup's own role has its name: setup makes the role later, and does not make it if
//!   an object that setup did not make has the name of one of the others.
//!
//! A name alone proves nothing.

use crate::organization::{Kind, Object};
use crate::wanted::Wanted;

/// The object of a resource, and who made it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Ownership {
    /// There is no object.
    #[default]
    Nothing,
    /// Setup made it.
    Ours(Object),
    /// Setup did not make it.
    Others(Object),
}

impl Ownership {
    /// The object, whether setup made it or not.
    pub fn object(&self) -> Option<&Object> {
        match self {
            Self::Nothing => None,
            Self::Ours(object) | Self::Others(object) => Some(object),
        }
    }

    /// The object, if setup made it.
    pub fn ours(&self) -> Option<&Object> {
        match self {
            Self::Ours(object) => Some(object),
            _ => None,
        }
    }
}

/// Distinguishes setup's object from another one with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// This text in its description or in its notes.
    Text(String),
    /// It has no text for a mark, but setup's marked role with the same name was made after it.
    Role,
    /// No mark: only its id or the object that holds it is a proof.
    Nothing,
}

/// The proof that setup made an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proof {
    /// Ids from the record, from the configuration, or from references of setup's integration.
    pub ids: Vec<String>,
    /// The mark in a description; empty for objects without a mark.
    pub mark: String,
    /// Whether a run that was cut off was making one.
    pub intended: bool,
}

impl Proof {
    /// Finds the object with a name among all of a kind. An object that is proved to be made by
    /// setup counts under any name, because it may have been renamed.
    pub(crate) fn whose(&self, objects: &[Object], kind: Kind, name: &str) -> Ownership {
        let fitting = || objects.iter().filter(|object| kind.fits(object));
        let named: Vec<&Object> = fitting().filter(|object| object.is_named(name)).collect();
        let ours = fitting().find(|object| self.has_id(object));
        let ours = ours.or_else(|| fitting().find(|object| self.is_marked(object)));
        match (ours, named.as_slice()) {
            (Some(ours), _) => Ownership::Ours(ours.clone()),
            (None, []) => Ownership::Nothing,
            (None, [only]) if self.intended => Ownership::Ours((*only).clone()),
            (None, [first, ..]) => Ownership::Others((*first).clone()),
        }
    }

    fn has_id(&self, object: &Object) -> bool {
        !object.id().is_empty() && self.ids.iter().any(|id| id == object.id())
    }

    pub(crate) fn is_marked(&self, object: &Object) -> bool {
        ["/description", "/notes", "/config/current/notes"]
            .iter()
            .any(|place| !self.mark.is_empty() && object.text(place).contains(&self.mark))
    }
}

/// Whether setup made the role: it has setup's name and mark.
pub(crate) fn is_our_role(role: &Ownership, wanted: &Wanted) -> bool {
    role.ours().is_some_and(|role| {
        role.is_named(&wanted.label) && role.text("/description").contains(&wanted.mark())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn queue(id: &str, name: &str, description: &str) -> Object {
        Object(json!({ "id": id, "name": name, "description": description }))
    }

    #[test]
    fn a_name_proves_nothing() {
        let objects = [
            queue("1", "Agents", ""),
            queue("2", "agents", "Made by us."),
            queue("3", "Other", ""),
        ];
        let whose = |objects: &[Object], ids: &[&str], intended| {
            let ids = ids.iter().map(ToString::to_string).collect();
            let proof = Proof { ids, mark: "Made by us.".to_owned(), intended };
            match proof.whose(objects, Kind::Queue, "Agents") {
                Ownership::Nothing => "nothing".to_owned(),
                Ownership::Ours(object) => format!("ours {}", object.id()),
                Ownership::Others(object) => format!("others {}", object.id()),
            }
        };
        assert_eq!(whose(&objects[..1], &[], false), "others 1");
        assert_eq!(whose(&objects[..1], &["1"], false), "ours 1");
        assert_eq!(whose(&objects[..1], &[], true), "ours 1");
        assert_eq!(whose(&objects, &[], false), "ours 2");
        assert_eq!(whose(&objects, &["3"], false), "ours 3");
        assert_eq!(whose(&objects[2..], &[], true), "nothing");
        assert_eq!(whose(&[objects[0].clone(), queue("4", "Agents", "")], &[], true), "others 1");
        assert_eq!(whose(&objects, &[""], false), "ours 2");
    }
}
