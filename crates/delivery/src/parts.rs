//! Builds the reason that the originating side reads when only parts of an event were delivered;
//! pure.
//!
//! Rule: the reason names each lost part and says why it was lost. If the whole event is lost for
//! one reason, the text is that reason alone.

use shared::error::{Class, Failure};
use shared::file_failure;
use shared::file_refusal::RefusedFile;

use super::record::RefusedPart;

/// The lost parts and files of one event.
pub(super) struct Lost<'a> {
    pub refused: Vec<&'a RefusedPart>,
    /// The names of the parts that were not sent.
    pub open: Vec<String>,
    /// The files that the delivered parts were sent without.
    pub files: Vec<&'a RefusedFile>,
    /// The number of parts of the event.
    pub of: usize,
}

/// A reason, and the names of the parts that it applies to.
type Reason = (String, Vec<String>);

/// Returns the failure of the whole event. `failure` says why the open parts were not sent, if
/// there are open parts.
pub(super) fn about_parts(lost: &Lost<'_>, failure: Option<Failure>) -> Failure {
    let told_of_open =
        failure.as_ref().map(|failure| failure.user_reason.0.clone()).unwrap_or_default();
    let refused = lost.refused.iter().map(|part| (part.user_reason.0.clone(), part.name.clone()));
    let open = lost.open.iter().map(|name| (told_of_open.clone(), name.clone()));
    let reasons = reasons(refused.chain(open).chain(lost_files(lost)));
    let first = lost.refused.first();
    let mut whole = failure.unwrap_or_else(|| {
        let code = first.map(|part| part.code.clone()).unwrap_or_default();
        let summary = first.map(|part| part.summary.clone()).unwrap_or_default();
        // The history already contains each attempt.
        Failure::new(Class::Permanent, code, summary).not_attempted()
    });
    whole.user_reason.0 = user_reason(&reasons, lost.of);
    let names: Vec<&str> = lost.refused.iter().map(|part| part.name.as_str()).collect();
    if lost.of > 1 && !names.is_empty() {
        whole.summary = format!("{} (refused: {})", whole.summary, names.join(", "));
    }
    whole
}

/// Returns the failure of the files alone. Everything else of the event was delivered.
pub(super) fn about_files(lost: &Lost<'_>) -> Option<Failure> {
    let first = lost.files.first()?;
    let mut failure = file_failure::of(first.refusal, false);
    failure.user_reason.0 = user_reason(&reasons(lost_files(lost)), lost.of);
    Some(failure)
}

fn lost_files(lost: &Lost<'_>) -> impl Iterator<Item = (String, String)> {
    lost.files.iter().filter_map(|file| {
        Some((file_failure::of(file.refusal, false).user_reason.0, file.name.clone()?))
    })
}

fn reasons(each: impl Iterator<Item = (String, String)>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for (reason, name) in each {
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            // Several texts have the same name, and so do several messages of a transcript.
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    reasons
}

/// Returns `part: attachments[1]: <reason>` for each reason. An event with one part gets the reason
/// alone.
fn user_reason(reasons: &[Reason], of: usize) -> String {
    let named = |(reason, names): &Reason| format!("part: {}: {reason}", names.join(", "));
    match reasons {
        [(reason, _)] if of <= 1 => reason.clone(),
        reasons => reasons.iter().map(named).collect::<Vec<_>>().join("; "),
    }
}

#[cfg(test)]
mod tests {
    use shared::error::UserReason;
    use shared::file_refusal::Refusal;

    use super::*;

    fn refused(position: u32, name: &str, told: &str) -> RefusedPart {
        RefusedPart {
            position,
            name: name.to_owned(),
            code: "bad.request".to_owned(),
            summary: "post a message: answered 400 bad.request".to_owned(),
            user_reason: UserReason(told.to_owned()),
            uncertain: false,
            life: 0,
        }
    }

    #[test]
    fn each_reason_names_its_parts_once() {
        let parts = [
            refused(0, "history", "Too many words."),
            refused(1, "history", "Too many words."),
            refused(2, "text", "No."),
        ];
        let file = RefusedFile {
            place: "m-1.2".to_owned(),
            name: Some("attachments[0]".to_owned()),
            refusal: Refusal::Empty,
            life: 0,
        };
        let mut lost =
            Lost { refused: parts.iter().collect(), open: Vec::new(), files: vec![&file], of: 5 };
        let failure = about_parts(&lost, None);
        let told = "part: history: Too many words.; part: text: No.; \
                    part: attachments[0]: A file was not passed on: it is empty.";
        assert_eq!(failure.user_reason.0, told);
        assert_eq!((failure.code.as_str(), failure.attempted), ("bad.request", false));
        lost.open = vec!["attachments[1]".to_owned()];
        let expired =
            Failure::new(Class::Permanent, "expired", "late").with_user_reason("Too late.");
        let failure = about_parts(&lost, Some(expired));
        assert_eq!(failure.code, "expired");
        assert!(
            failure
                .user_reason
                .0
                .contains("; part: attachments[1]: Too late.; part: attachments[0]: ")
        );
    }

    #[test]
    fn of_one_part_the_reason_is_enough() {
        let part = refused(0, "text", "No.");
        let lost = Lost { refused: vec![&part], open: Vec::new(), files: Vec::new(), of: 1 };
        assert_eq!(about_parts(&lost, None).user_reason.0, "No.");
        assert!(about_files(&lost).is_none());
    }
}
