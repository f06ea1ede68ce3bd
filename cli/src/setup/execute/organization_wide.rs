//! What concerns the whole organisation: the threading timeline, and events to EventBridge.

use serde_json::json;

use super::Work;
use crate::organization::{Kind, Timeline};
use crate::setup::observed::integration_configuration;
use crate::setup::step::Step;

impl Work<'_> {
    /// Reads the timeline again right before it is written: what is left out returns to its default.
    pub(super) async fn set_timeline(&mut self) -> anyhow::Result<()> {
        let Some(minutes) = self.wanted.window_minutes else { return Ok(()) };
        let before = self.organization.timeline().await?;
        if self.record.timeline_before.is_none() {
            self.record.timeline_before = Some(before.open_minutes());
            self.record.save()?;
        }
        let after = before.with_open_minutes(minutes);
        let written = self.organization.put(Timeline::PATH, after.0.clone()).await?;
        self.observed.timeline =
            Some(if written.0.is_null() { after } else { Timeline(written.0) });
        Ok(())
    }

    pub(super) async fn bring_events(&mut self, creates: bool) -> anyhow::Result<()> {
        let Some(events) = &self.wanted.events else { return Ok(()) };
        let kind = Kind::Integration;
        let source = if creates {
            self.make(Step::EventSource, kind, self.wanted.event_source()).await?
        } else {
            self.observed.object(Step::EventSource).cloned().unwrap_or_default()
        };
        let (id, place) = (source.id().to_owned(), kind.one(source.id()));
        self.record.note(Step::EventSource, &id)?;
        let mut current = integration_configuration(self.organization, &id).await?;
        if current.pointer("/properties") != Some(&events.properties()) {
            let body = self.wanted.event_configuration(events, &current["version"]);
            current = self.organization.put(&format!("{place}/config/current"), body).await?.0;
        }
        let enabled = json!({ "intendedState": "ENABLED" });
        let mut source = self.organization.patch(&place, enabled).await?;
        source.0["config"]["current"] = current;
        self.observed.note(Step::EventSource, source);
        Ok(())
    }
}
