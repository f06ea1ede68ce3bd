//! The KMS key that encrypts secrets, as the operator names it and as Secrets Manager reports it.

use std::str::FromStr;

/// AWS's name for its own key for Secrets Manager.
const OF_AWS: &str = "alias/aws/secretsmanager";

/// A key by its ARN or its id, or AWS's own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsKey(String);

impl FromStr for KmsKey {
    type Err = &'static str;

    /// An alias is refused, because it can be moved to another key and so cannot be compared with
    /// the key of a secret.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = match text.strip_prefix("arn:") {
            Some(arn) => arn.split_once(":key/").map_or("", |(_, id)| id),
            None => text,
        };
        let is_id = !id.is_empty() && id.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        match is_id || text == OF_AWS {
            true => Ok(Self(text.to_owned())),
            false => {
                Err("name a key by its ARN or its id, not by an alias, or alias/aws/secretsmanager")
            }
        }
    }
}

impl KmsKey {
    /// The key for a new secret; `None` is AWS's own key.
    pub(crate) fn of_new(&self) -> Option<&str> {
        (self.0 != OF_AWS).then_some(&self.0)
    }

    /// The key for a secret that has another one; AWS's own key is an empty text.
    pub(crate) fn of_changed(&self) -> &str {
        self.of_new().unwrap_or_default()
    }

    /// Whether a secret with the key `stored` is encrypted with this key.
    pub fn is(&self, stored: Option<&str>) -> bool {
        let id = |key: &str| key.rsplit('/').next().map(str::to_owned);
        let own = stored.filter(|stored| !stored.ends_with(OF_AWS));
        own.and_then(id) == self.of_new().and_then(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_arn_or_its_id() {
        let key = |text: &str| text.parse::<KmsKey>();
        let arn = "arn:aws:kms:eu-west-1:123456789012:key/1b2c-3d";
        let (of_arn, of_id) = (key(arn).unwrap(), key("1b2c-3d").unwrap());
        assert!(of_arn.is(Some("1b2c-3d")) && of_id.is(Some(arn)) && of_id.is(Some("1b2c-3d")));
        assert!(!of_arn.is(None) && !of_arn.is(Some("other")) && !of_arn.is(Some(OF_AWS)));
        let of_aws = key(OF_AWS).unwrap();
        let told = "arn:aws:kms:eu-west-1:123456789012:alias/aws/secretsmanager";
        assert!(of_aws.is(None) && of_aws.is(Some(told)) && !of_aws.is(Some(arn)));
        assert_eq!((of_aws.of_new(), of_aws.of_changed()), (None, ""));
        for wrong in ["", "alias/mine", "arn:aws:kms:eu-west-1:123456789012:alias/mine", "a b"] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }
}
