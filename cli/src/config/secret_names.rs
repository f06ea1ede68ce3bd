//! The names of the secrets: `{prefix}/{integration}/receive` and `{prefix}/{integration}/send`.

use shared::ports::SecretPart;

/// As in the template.
const LONGEST_PREFIX: usize = 256;

/// Reads a prefix by the same rules as the template's SecretPrefix, so that the functions of the
/// stack find what is stored.
pub fn prefix(text: &str) -> Result<String, &'static str> {
    let is_part = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=.@-".contains(&byte);
        !part.is_empty() && part.bytes().all(fits)
    };
    let is_prefix = text.len() <= LONGEST_PREFIX && text.split('/').all(is_part);
    is_prefix.then(|| text.to_owned()).ok_or(
        "letters, digits and _+=.@- in parts separated by slashes, as the stack's parameter SecretPrefix",
    )
}

pub fn word(part: SecretPart) -> &'static str {
    match part {
        SecretPart::Receive => "receive",
        SecretPart::Send => "send",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_one_that_the_template_takes() {
        let template = include_str!("../../../template.yaml");
        let parameter = template.split("  SecretPrefix:").nth(1).unwrap();
        let stated = parameter.lines().take(7).collect::<Vec<_>>().join("\n");
        assert!(stated.contains("AllowedPattern: ^$|^[A-Za-z0-9_+=.@-]+(/[A-Za-z0-9_+=.@-]+)*$"));
        assert!(stated.contains(&format!("MaxLength: {LONGEST_PREFIX}")));
        for right in ["bridge", "a/b/c", "a.b_c+d=e@f-g", "zz/../x"] {
            assert_eq!(prefix(right).as_deref(), Ok(right));
        }
        for wrong in ["", "/", "bt/", "/bt", "a//b", "a b", "ä", "a:b", &"x".repeat(257)] {
            assert!(prefix(wrong).is_err(), "{wrong}");
        }
    }
}
