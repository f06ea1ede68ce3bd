//! The key of one run: only who knows the address that was printed may ask.
//!
//! Rule: other users of this machine reach the port too, and so do pages of other programs in the
//! same browser. The key is in the part of the address that a browser sends to no server, and the
//! page sends it in a header, which a foreign page cannot.

use http::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use shared::secret_text;
use uuid::Uuid;

/// The header of every request to the routes that answer with data.
pub const HEADER: &str = "x-console-key";

#[derive(Clone)]
pub struct Key(SecretString);

impl Key {
    pub fn random() -> Self {
        Self(SecretString::from(Uuid::new_v4().simple().to_string()))
    }

    /// For the address that is printed.
    pub fn text(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether a request carries the key, once.
    pub fn opens(&self, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(HEADER).iter();
        match (given.next(), given.next()) {
            (Some(given), None) => secret_text::matches(&self.0, given.as_bytes()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_key_of_this_run_opens() {
        let (key, other) = (Key::random(), Key::random());
        let with = |texts: &[&str]| {
            let mut headers = HeaderMap::new();
            for text in texts {
                headers.append(HEADER, HeaderValue::from_str(text).unwrap());
            }
            headers
        };
        assert!(key.opens(&with(&[key.text()])));
        for wrong in [vec![], vec![""], vec![other.text()], vec![key.text(), key.text()]] {
            assert!(!key.opens(&with(&wrong)), "{wrong:?}");
        }
        assert_eq!(key.text().len(), 32);
    }
}
