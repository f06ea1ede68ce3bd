//! A number with its noun.

use std::fmt::Display;

/// `1 message`, `2 messages`.
pub fn counted<N: Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let ending = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_is_singular() {
        let counts = [0_usize, 1, 2].map(|number| counted(number, "message"));
        assert_eq!(counts, ["0 messages", "1 message", "2 messages"]);
    }
}
