//! An object in use cannot be deleted. The platform's answer is not documented; 409 is this
//! simulator's choice.

use super::super::refusal::{Checked, Refusal};
use super::inspection::ObjectKind;
use super::organization::{Organization, text_at};

impl Organization {
    /// Refuses if an object of the kind names `id` at a pointer, or did until a short while ago.
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
