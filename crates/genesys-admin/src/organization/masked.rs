//! Tells whether an answer shows a secret or masks it.

/// The fewest characters that Genesys Cloud accepts as the secret of a webhook.
const SHORTEST: usize = 16;
/// This many asterisks in a row mask a part.
const RUN: usize = 4;

/// The secret that a field shows; `None` if the field is empty, cut short, or masked as a whole or
/// in part.
pub(crate) fn shown(field: &str) -> Option<&str> {
    let is_bullet = |letter: char| "…•●∙·".contains(letter);
    let is_masked = field.chars().count() < SHORTEST
        || field.contains(is_bullet)
        || field.ends_with("...")
        || field.chars().all(|letter| "xX*".contains(letter))
        || field.contains(&"*".repeat(RUN));
    (!is_masked).then_some(field)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_is_masked_as_a_whole_or_in_part_is_not_shown() {
        for masked in [
            "",
            "short",
            "****************",
            "xxxxxxxxxxxxxxxx",
            "••••••••••••••••",
            "abcd************",
            "************wxyz",
            "0123************cdef",
            "abcd…",
            "abcdefghijklmnop…",
            "abcdefghijklmnop...",
            "abcd••••••••••••",
        ] {
            assert_eq!(shown(masked), None, "{masked}");
        }
        for secret in
            ["0123456789abcdef", "a*b*c*d*e*f*g*h*i", "xxxxxxxxxxxxxxxy", "the secret of today"]
        {
            assert_eq!(shown(secret), Some(secret));
        }
    }
}
