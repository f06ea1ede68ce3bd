//! What is in use cannot be deleted. What the platform answers is not documented; 409 is this simulator's choice.

use super::super::refusal::{Checked, Refusal};
use super::inspection::ObjectKind;
use super::organization::{Organization, text_at};

impl Organization {
    /// Refuses when an object of the kind names `id` at a pointer.
    pub(super) fn check_unused(&self, id: &str, by: ObjectKind, pointer: &str) -> Checked<()> {
        if self.objects(by).iter().any(|object| text_at(object, pointer) == id) {
            return Err(Refusal::in_use(format!("{id} is used by a {}", by.word())));
        }
        if self.named_lately(id, by, pointer) {
            return Err(Refusal::in_use(format!("{id} is still in use by a {}", by.word())));
        }
        Ok(())
    }
}
