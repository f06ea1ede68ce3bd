//! How long after its end a conversation can be continued, for the whole organisation.

use super::*;
use crate::organization::Timeline as Whole;

pub struct Timeline;

#[async_trait]
impl Rules for Timeline {
    fn name(&self, _: &Wanted) -> String {
        String::new()
    }

    fn decide(&self, _: &Ownership, run: &SetupRun<'_>) -> Decision {
        let now = run.observed.open_minutes();
        match run.wanted.window_minutes {
            Some(minutes) if minutes != now => Decision::NeedsYes(
                format!(
                    "{} for every Open Messaging integration of the organisation; {} now",
                    window(minutes),
                    window(now)
                ),
                Question::Timeline,
            ),
            _ => Decision::Exists(window(now)),
        }
    }

    /// Reads the timeline again right before it is written, because a PUT resets everything it
    /// leaves out to its default.
    async fn apply(&self, _: Resource, run: &mut SetupRun<'_>, _: bool) -> anyhow::Result<()> {
        let Some(minutes) = run.wanted.window_minutes else { return Ok(()) };
        let before = run.organization.timeline().await?;
        if run.record.timeline_before.is_none() {
            run.record.timeline_before = Some(before.open_minutes());
            run.record.save()?;
        }
        let after = before.with_open_minutes(minutes);
        let written = run.organization.put(Whole::PATH, after.0.clone()).await?;
        run.observed.timeline = Some(if written.0.is_null() { after } else { Whole(written.0) });
        Ok(())
    }
}

/// Minutes in words for the operator.
pub fn window(minutes: u64) -> String {
    match minutes {
        0 => "no resuming".to_owned(),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn minutes_are_said_as_a_person_says_them() {
        assert_eq!([0, 90, 4320].map(window), ["no resuming", "90 min", "72 h"]);
    }
}
