//! The loop that removes the objects that setup made, in reverse order, and leaves all others.

use std::collections::BTreeSet;

use shared::error::chain;

use crate::organization::{CallError, Object};
use crate::{Ownership, Resource, SetupRun};

/// Objects with their resources, the last resource first.
pub(crate) type Listed = Vec<(Resource, Object)>;

impl SetupRun<'_> {
    /// The objects that setup made, and those that it did not make.
    pub fn removable(&self) -> (Listed, Listed) {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for resource in Resource::ALL.into_iter().rev() {
            match self.observed.found(resource) {
                Ownership::Ours(object) => own.push((resource, object.clone())),
                Ownership::Others(object) => others.push((resource, object.clone())),
                Ownership::Nothing => {}
            }
            let spares = self.observed.spares.iter().filter(|(of, _)| *of == resource);
            own.extend(spares.cloned());
        }
        (own, others)
    }

    /// Removes the objects that can be removed, and reports the beginning and the end of each.
    /// Returns the objects that stay, and why. An object stays if one that stays still uses it.
    pub async fn take_away(
        &mut self,
        own: Listed,
        begins: impl Fn(Resource),
        ends: impl Fn(Resource, &Object),
    ) -> anyhow::Result<Vec<String>> {
        self.note_all(&own)?;
        let mut left: Vec<String> = Vec::new();
        let mut stays: Vec<Resource> = Vec::new();
        let mut is_cut_off = false;
        for (resource, object) in own {
            let what = format!("the {} {} ({})", resource.word(), object.name(), object.id());
            let user = stays.iter().rfind(|user| user.uses(resource));
            let outcome = match user {
                Some(user) => Err(format!("{what} is still used by the {}", user.word())),
                None if is_cut_off => Err(format!("{what} was not tried")),
                None => {
                    begins(resource);
                    self.take_one(resource, &object).await.map_err(|error| {
                        let call = error.downcast_ref::<CallError>();
                        is_cut_off = call.is_some_and(|error| !error.is_answered());
                        format!("{what} is still there: {}", chain(error.as_ref()))
                    })
                }
            };
            match outcome {
                Ok(()) => {
                    if self.record.id(resource) == Some(object.id()) {
                        self.record.disclaim(resource)?;
                    }
                    ends(resource, &object);
                }
                Err(why) => {
                    left.push(why);
                    stays.push(resource);
                }
            }
        }
        Ok(left)
    }

    /// Records the ids of all objects first: the object that proves who made another may be removed
    /// before it.
    fn note_all(&mut self, own: &Listed) -> anyhow::Result<()> {
        let mut noted = BTreeSet::new();
        for (resource, object) in own {
            // Further objects of a resource are recognised by their mark.
            if noted.insert(*resource) && self.record.id(*resource) != Some(object.id()) {
                self.record.set_id(*resource, object.id())?;
            }
        }
        Ok(())
    }

    async fn take_one(&mut self, resource: Resource, object: &Object) -> anyhow::Result<()> {
        let Some(kind) = resource.kind() else { return Ok(()) };
        resource.rules().release(self, object).await?;
        if self.record.id(resource) == Some(object.id()) {
            self.record.leave(resource)?;
        }
        Ok(self.organization.remove(kind, object).await?)
    }
}
