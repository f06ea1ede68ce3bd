//! The id by which Genesys Cloud knows a customer. It has one conversation for each id, so the id
//! decides whether a contact has one conversation, or one for each session.
//!
//! Rule: contact and session can be read from an id that is made of both. `~` is between them,
//! and in neither: there it is encoded. Pure.

use serde::Deserialize;

use crate::ids::{ContactId, digest};
use crate::wire::debug_shows;

/// Whether each contact or each session gets its own conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConversationPer {
    #[default]
    Contact,
    Session,
}

/// A customer in Lynn's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    pub contact: ContactId,
    /// The session to which the conversation belongs, if it is known.
    pub session: Option<String>,
}

debug_shows!(Customer: contact);

const SEPARATOR: char = '~';
/// The characters that are encoded, and their codes.
const CODES: [(char, &str); 2] = [('%', "%25"), (SEPARATOR, "%7E")];
/// In characters. A longer id has a digest in place of the session.
const LONGEST: usize = 256;
/// The characters that are kept of a session's digest: 128 bits.
const DIGEST: usize = 32;

impl ConversationPer {
    /// The id of a contact, and of the session to which an event belongs.
    pub fn external_id(self, contact: &ContactId, session: Option<&str>) -> ContactId {
        match (self, session) {
            (Self::Contact, _) => contact.clone(),
            (Self::Session, None) => ContactId::new(encoded(contact.as_str())),
            (Self::Session, Some(session)) => of_session(contact, session),
        }
    }
}

fn of_session(contact: &ContactId, session: &str) -> ContactId {
    let contact = encoded(contact.as_str());
    let whole = format!("{contact}{SEPARATOR}{}", encoded(session));
    if whole.chars().count() <= LONGEST {
        return ContactId::new(whole);
    }
    let short: String = digest(&[session]).chars().take(DIGEST).collect();
    ContactId::new(format!("{contact}{SEPARATOR}{short}"))
}

/// The contact and the session of which an id was made. Any other id is a contact's own.
pub fn customer(id: &ContactId) -> Customer {
    let parts = match id.as_str().split_once(SEPARATOR) {
        Some((contact, session)) => decoded(contact).zip(decoded(session).map(Some)),
        None => decoded(id.as_str()).map(|contact| (contact, None)),
    };
    let is_whole = |part: &str| !part.is_empty();
    match parts {
        Some((contact, session))
            if is_whole(&contact) && session.as_deref().is_none_or(is_whole) =>
        {
            Customer { contact: ContactId::new(contact), session }
        }
        _ => Customer { contact: id.clone(), session: None },
    }
}

fn encoded(part: &str) -> String {
    // `%` comes first: it begins the codes.
    CODES.iter().fold(part.to_owned(), |text, (sign, code)| text.replace(*sign, code))
}

/// `None`: no part is encoded like this.
fn decoded(part: &str) -> Option<String> {
    let text = CODES.iter().rev().fold(part.to_owned(), |text, (sign, code)| {
        text.replace(code, sign.encode_utf8(&mut [0; 4]))
    });
    (encoded(&text) == part).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(contact: &str, session: &str) -> ContactId {
        ConversationPer::Session.external_id(&ContactId::new(contact), Some(session))
    }

    fn read(id: &str) -> (String, Option<String>) {
        let Customer { contact, session } = customer(&ContactId::new(id));
        (contact.as_str().to_owned(), session)
    }

    #[test]
    fn contact_and_session_stand_around_a_tilde() {
        assert_eq!(id("5215512345678", "3f0c").as_str(), "5215512345678~3f0c");
        assert_eq!(id("a~b%c", "~%7E").as_str(), "a%7Eb%25c~%7E%257E");
        let per_contact = ConversationPer::Contact;
        let contact = ContactId::new("a~b%c");
        assert_eq!(per_contact.external_id(&contact, Some("s")), contact);
        assert_eq!(ConversationPer::Session.external_id(&contact, None).as_str(), "a%7Eb%25c");
    }

    #[test]
    fn what_was_not_made_of_two_is_a_contact() {
        for whole in ["ana", "a~b~c", "a~", "~s", "~", "", "a%7e~s", "a%~s", "a~50%", "100%"] {
            assert_eq!(read(whole), (whole.to_owned(), None), "{whole}");
        }
        assert_eq!(read("a%7Eb"), ("a~b".to_owned(), None));
    }

    #[test]
    fn of_a_long_session_a_digest_stands_in_the_id() {
        let session = "s".repeat(253);
        assert_eq!(id("an", &session).as_str(), format!("an~{session}"));
        let long = id("ana", &session);
        assert_eq!(long.as_str().len(), "ana~".len() + DIGEST);
        assert_ne!(long, id("ana", &"s".repeat(254)));
        assert_eq!(read(long.as_str()).0, "ana");
        // Counted in characters, after they are encoded.
        let letters = "ñ".repeat(252);
        assert_eq!(read(id("ana", &letters).as_str()).1, Some(letters));
        assert_eq!(id("ana", &"~".repeat(100)).as_str().len(), "ana~".len() + DIGEST);
    }

    /// Texts in which the signs that matter are frequent.
    fn part() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[~%257Ea-c\u{f1}]{0,120}"]
            .prop_filter("an id is not empty", |text| !text.is_empty())
    }

    proptest! {
        #[test]
        fn every_id_can_be_read_back(contact in part(), session in part()) {
            let id = id(&contact, &session);
            let alone = ConversationPer::Session.external_id(&ContactId::new(&*contact), None);
            prop_assert_eq!(read(alone.as_str()), (contact.clone(), None));
            let is_whole = encoded(&contact).chars().count() + encoded(&session).chars().count() < LONGEST;
            let known = read(id.as_str());
            prop_assert_eq!(&known.0, &contact);
            if is_whole {
                prop_assert_eq!(known.1, Some(session));
            }
            let bound = LONGEST.max(encoded(&contact).chars().count() + 1 + DIGEST);
            prop_assert!(id.as_str().chars().count() <= bound);
        }

        #[test]
        fn different_customers_have_different_ids(one in (part(), part()), other in (part(), part())) {
            let are_same = one == other;
            prop_assert_eq!(id(&one.0, &one.1) == id(&other.0, &other.1), are_same);
        }
    }
}
