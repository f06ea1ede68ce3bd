//! Who made an object.
//!
//! Rule: an object is ours only by proof: its id is in the record or in the configuration, it bears
//! our mark, a run that was cut off was just making it, our own integration refers to it, or our
//! own role has its name: setup makes that one later, and none where somebody else has taken the
//! name of the others. A name alone proves nothing.

use crate::organization::{Kind, Object};
use crate::{Found, Wanted};

/// What tells our object from another one of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// This text in its description or in its notes.
    Text(String),
    /// It says nothing of itself, but our marked role of the same name was made after it.
    Role,
    /// Nothing: only its id, or what holds it.
    Nothing,
}

/// What proves that an object is ours.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// Ids that are in the record, in the configuration, or that our integration refers to.
    pub ids: Vec<String>,
    /// The mark in a description; empty for what has none.
    pub mark: String,
    /// Whether a run that was cut off was making one.
    pub intended: bool,
}

impl Proof {
    /// Finds the object of a name among all of a kind. One that is proved to be ours counts under
    /// any name: it may have been renamed.
    pub fn whose(&self, objects: &[Object], kind: Kind, name: &str) -> Found {
        let fitting = || objects.iter().filter(|object| kind.fits(object));
        let named: Vec<&Object> = fitting().filter(|object| object.is_named(name)).collect();
        let ours = fitting().find(|object| self.has_id(object));
        let ours = ours.or_else(|| fitting().find(|object| self.is_marked(object)));
        match (ours, named.as_slice()) {
            (Some(ours), _) => Found::Ours(ours.clone()),
            (None, []) => Found::Nothing,
            (None, [only]) if self.intended => Found::Ours((*only).clone()),
            (None, [first, ..]) => Found::Others((*first).clone()),
        }
    }

    fn has_id(&self, object: &Object) -> bool {
        !object.id().is_empty() && self.ids.iter().any(|id| id == object.id())
    }

    /// Whether an object bears the mark.
    pub fn is_marked(&self, object: &Object) -> bool {
        ["/description", "/notes", "/config/current/notes"]
            .iter()
            .any(|place| !self.mark.is_empty() && object.text(place).contains(&self.mark))
    }
}

/// Whether a role has our name and our mark.
pub fn is_our_role(role: &Found, wanted: &Wanted) -> bool {
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
                Found::Nothing => "nothing".to_owned(),
                Found::Ours(object) => format!("ours {}", object.id()),
                Found::Others(object) => format!("others {}", object.id()),
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
