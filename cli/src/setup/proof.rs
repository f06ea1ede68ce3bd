//! Who made an object.
//!
//! Rule: an object is ours only by proof: its id is in the record or in the configuration, it bears our mark, a run that was cut
//! off was just making it, our own integration refers to it, or our own role has its name: setup makes that one later, and none
//! where somebody else has taken the name of the others. A name alone proves nothing.

use super::observed::Found;
use super::step::Step;
use crate::organization::{Kind, Object};

/// What proves that an object is ours.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// Ids that are in the record, in the configuration, or that our integration refers to.
    pub ids: &'a [&'a str],
    /// The mark in a description; empty for what has none.
    pub mark: &'a str,
    /// Whether a run that was cut off was making one.
    pub intended: bool,
}

/// Finds the object of a name among all of a kind. `known` ones count under any name: they may have been renamed.
pub fn whose(objects: &[Object], kind: Kind, name: &str, proof: Proof<'_>) -> Found {
    let is_known = |object: &&Object| has_id(object, proof);
    let is_marked = |object: &&Object| has_mark(object, proof);
    let fits = |object: &&Object| kind.fits(object);
    let named: Vec<&Object> =
        objects.iter().filter(fits).filter(|object| object.is_named(name)).collect();
    let ours = objects.iter().filter(fits).find(is_known);
    let ours = ours.or_else(|| objects.iter().filter(fits).find(is_marked));
    match (ours, named.as_slice()) {
        (Some(ours), _) => Found::Ours(ours.clone()),
        (None, []) => Found::Nothing,
        (None, [only]) if proof.intended => Found::Ours((*only).clone()),
        (None, [first, ..]) => Found::Others((*first).clone()),
    }
}

fn has_id(object: &Object, proof: Proof<'_>) -> bool {
    let id = object.id();
    !id.is_empty() && proof.ids.contains(&id)
}

fn has_mark(object: &Object, proof: Proof<'_>) -> bool {
    ["/description", "/notes", "/config/current/notes"]
        .iter()
        .any(|place| !proof.mark.is_empty() && object.text(place).contains(proof.mark))
}

/// Whether an object is ours by its id or by its mark.
pub fn is_proved(object: &Object, proof: Proof<'_>) -> bool {
    has_id(object, proof) || has_mark(object, proof)
}

/// Whether a role has our name and our mark.
pub fn is_marked(role: &Found, label: &str, mark: &str) -> bool {
    matches!(role, Found::Ours(role) if role.is_named(label) && role.text("/description").contains(mark))
}

/// What setup makes before the role, and what says nothing of itself but its name.
pub fn bears_no_mark(step: Step) -> bool {
    matches!(step, Step::SupportedContent | Step::MessagingSetting | Step::Integration)
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
            let proof = Proof { ids, mark: "Made by us.", intended };
            match whose(objects, Kind::Queue, "Agents", proof) {
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
