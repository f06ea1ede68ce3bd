//! Observes which objects of a set-up an organisation has, and who made them: one loop over the
//! resources.
//!
//! Rules: an object with a known id is read by its id, because lists show new objects late. If a
//! run was cut off while it made an object, and no list shows the object yet, setup looks again
//! before the object counts as not made. Parts that were not requested are not read, because
//! reading them needs a permission. Parts that may have been made are read nevertheless, so that
//! they are not left behind.

use serde_json::Value;

use crate::organization::{CallError, Kind, Object, Organization};
use crate::proof::{Mark, Ownership, Proof, is_our_role};
use crate::record::Made;
use crate::resource::SetupPart;
use crate::table::identity;
use crate::{Observed, Record, Resource, SetupRun, Wanted};

impl<'a> SetupRun<'a> {
    /// Reads the current state.
    pub async fn begin(
        organization: &'a Organization,
        wanted: &'a Wanted,
        record: Record,
        configured: Option<Value>,
    ) -> Result<Self, CallError> {
        for made in record.made.values().filter(|made| !made.leaving) {
            if let (Some(id), Some(at)) = (made.id.as_deref(), made.made_at()) {
                organization.expect(id, at);
            }
        }
        let observed = Observed::default();
        let mut run = Self { organization, wanted, observed, record, configured };
        for resource in Resource::looked_for() {
            run.observe(resource).await?;
        }
        let division = organization.get("/api/v2/authorization/divisions/home").await?;
        run.observed.division = division;
        if let Some(integration) = run.observed.found(Resource::Integration).ours() {
            run.observed.recipient = organization.recipient(integration).await?;
        }
        if run.wants(SetupPart::IdentitySource) && !wanted.is_removal {
            run.observed.identity = run.identity().await?;
        }
        run.observed.granted = run.is_granted().await?;
        run.observed.timeline = Some(organization.timeline().await?);
        Ok(run)
    }

    /// How Genesys Cloud recognises the contacts of setup's integration, if there is one.
    async fn identity(&self) -> Result<Object, CallError> {
        let Some(integration) = self.observed.found(Resource::Integration).ours() else {
            return Ok(Object::default());
        };
        let path = identity::path(integration.id());
        Ok(self.organization.find(&path).await?.unwrap_or_default())
    }

    /// Whether the administrator's OAuth client has the role. If the client may not read grants,
    /// the record decides.
    async fn is_granted(&self) -> Result<bool, CallError> {
        let role = self.observed.id(Resource::Role);
        if role.is_empty() {
            return Ok(false);
        }
        let seen = self.organization.has_role(self.organization.client_id(), role).await?;
        Ok(seen.unwrap_or_else(|| self.record.id(Resource::Grant) == Some(role)))
    }

    async fn observe(&mut self, resource: Resource) -> Result<(), CallError> {
        let part = resource.part();
        let Some(kind) = resource.kind().filter(|_| self.is_asked(part)) else { return Ok(()) };
        let found = match self.find(resource, kind).await {
            // Without a record it is not known whether such objects exist.
            Err(error) if self.is_lost() && error.is_status(403) && part != SetupPart::Always => {
                let what = match part {
                    SetupPart::PostedEvents => "the objects that let workflows post events",
                    _ => resource.word(),
                };
                if !self.observed.unseen.contains(&what) {
                    self.observed.unseen.push(what);
                }
                return Ok(());
            }
            found => found?,
        };
        if self.wanted.is_removal {
            self.beside(resource, kind, &found).await?;
        }
        self.observed.found.insert(resource, found);
        Ok(())
    }

    /// Whether setup is removed without a record; then all parts are looked for.
    fn is_lost(&self) -> bool {
        self.wanted.is_removal && self.record.made.is_empty()
    }

    fn is_asked(&self, part: SetupPart) -> bool {
        let has_key = self.wanted.is_removal && self.events_key().is_some();
        self.wants(part)
            || part == SetupPart::PostedEvents && has_key
            || self.record.made.keys().any(|made| made.part() == part)
            || self.is_lost() && part.is_recognised()
    }

    /// The object of a resource: by a known id, or else from the list.
    async fn find(&self, resource: Resource, kind: Kind) -> Result<Ownership, CallError> {
        let rules = resource.rules();
        let made = self.record.made.get(&resource);
        if let Some(Made { id: Some(id), leaving: true, .. }) = made {
            // A deleted object may still answer for a while. If it answers after the wait, it still
            // exists.
            let left = self.organization.leaves(kind, id, &rules.name(self.wanted)).await;
            if matches!(&left, Err(error) if error.is_refusal()) {
                left?;
            }
        }
        for id in self.ids(resource) {
            if let Some(object) = self.organization.whole(kind, &id).await?
                && kind.fits(&object)
                && rules.counts(&object, self)
            {
                return Ok(Ownership::Ours(object));
            }
        }
        let mut wait = self.record.attempt(resource, self.organization);
        loop {
            let found = self.among(resource, kind).await?;
            if let (Ownership::Ours(object), Some(at)) = (&found, self.record.attempted(resource)) {
                // The object is as new as the attempt, so its parts may not show yet.
                self.organization.expect(object.id(), at);
            }
            if found != Ownership::Nothing || !wait.goes_on().await {
                return Ok(found);
            }
        }
    }

    /// The known ids of a resource's object: from the record, from the configuration, and from
    /// references of setup's own objects.
    fn ids(&self, resource: Resource) -> Vec<String> {
        let recorded = self.record.id(resource).map(str::to_owned);
        let referred = resource.referred().and_then(|(by, at)| {
            let object = self.observed.found(by).ours()?;
            Some(object.text(at).to_owned())
        });
        let configured = resource.rules().configured(self);
        let ids = recorded.into_iter().chain(referred).chain(configured);
        ids.filter(|id| !id.is_empty()).collect()
    }

    /// The object with the resource's name, and who made it. A list may show deleted objects and
    /// old values, so the object itself is read.
    async fn among(&self, resource: Resource, kind: Kind) -> Result<Ownership, CallError> {
        let rules = resource.rules();
        let name = rules.name(self.wanted);
        let mut objects = self.candidates(resource, kind).await?;
        let held = objects.iter().filter(|object| rules.is_held(object, self));
        let mut proof = self.proof(resource);
        proof.ids = self.ids(resource);
        proof.ids.extend(held.map(|object| object.id().to_owned()));
        loop {
            let found = proof.whose(&objects, kind, &name);
            let Some(listed) = found.object() else { return Ok(Ownership::Nothing) };
            match (self.organization.whole(kind, listed.id()).await?, &found) {
                (Some(object), Ownership::Ours(_)) => return Ok(Ownership::Ours(object)),
                (Some(object), _) => return Ok(Ownership::Others(object)),
                (None, _) => {
                    let gone = listed.id().to_owned();
                    objects.retain(|object| object.id() != gone);
                }
            }
        }
    }

    /// The objects of a list that may belong to the resource. A list does not contain the
    /// configuration of an integration, so it is read separately.
    async fn candidates(&self, resource: Resource, kind: Kind) -> Result<Vec<Object>, CallError> {
        let rules = resource.rules();
        let mut objects = self.organization.all(kind).await?;
        objects.retain(|object| rules.is_candidate(object, self));
        if kind == Kind::Integration {
            let label = &self.wanted.label;
            for integration in objects.iter_mut().filter(|one| one.is_named(label)) {
                self.organization.read_told(integration).await?;
            }
        }
        Ok(objects)
    }

    /// The proof, other than its id, that setup made an object.
    fn proof(&self, resource: Resource) -> Proof {
        let mark = resource.rules().mark(self.wanted);
        let role = self.observed.found(Resource::Role);
        let is_named = mark == Mark::Role && is_our_role(role, self.wanted);
        let intended = self.record.is_intended(resource) || is_named;
        let mark = if let Mark::Text(mark) = mark { mark } else { String::new() };
        Proof { ids: Vec::new(), mark, intended }
    }

    /// Collects further objects beside the found one: an older version made some objects twice
    /// because lists were late.
    async fn beside(
        &mut self,
        resource: Resource,
        kind: Kind,
        found: &Ownership,
    ) -> Result<(), CallError> {
        let Some(ours) = found.ours() else { return Ok(()) };
        let rules = resource.rules();
        let name = rules.name(self.wanted);
        let proof = self.proof(resource);
        for object in self.candidates(resource, kind).await? {
            if object.id() == ours.id() || !kind.fits(&object) {
                continue;
            }
            if proof.is_marked(&object) {
                self.observed.spares.push((resource, object));
            } else if object.is_named(&name) {
                self.observed.namesakes.push((resource, object));
            }
        }
        Ok(())
    }
}
