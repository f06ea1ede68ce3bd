//! Rows of text in aligned columns, safe for a terminal.

/// Aligns rows under their titles; the last column is not padded.
pub fn layout<const COLUMNS: usize>(
    titles: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> Vec<String> {
    let titles = titles.map(str::to_owned);
    let lines = || std::iter::once(&titles).chain(rows);
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        lines().map(|row| row[column].chars().count()).max().unwrap_or_default()
    });
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| {
            let cell = printable(cell);
            format!("{cell:width$}")
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines().map(line).collect()
}

/// Replaces control characters, which would disturb a terminal.
pub fn printable(text: &str) -> String {
    text.replace(char::is_control, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_breaks_the_terminal() {
        let row = |one: &str, two: &str| [one.to_owned(), two.to_owned()];
        let rows = [row("é\u{1b}[2J", "last"), row("x", "")];
        assert_eq!(layout(["A", "B"], &rows), ["A      B", "é?[2J  last", "x"]);
        assert_eq!(layout(["A", "B"], &[]), ["A  B"]);
    }
}
