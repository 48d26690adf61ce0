//! What a command prints: sentences and listings, for people or as JSON.
//!
//! Standard output is for what was asked, standard error for everything else.
//! A closed pipe (`facteur account list | head`) ends the command quietly.

use std::io::{self, Write};

use serde::Serialize;

use crate::say::say;

/// Prints a line to standard output.
pub(crate) fn line(text: impl std::fmt::Display) {
    if let Err(error) = writeln!(io::stdout().lock(), "{text}")
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}

/// Prints a line to standard error, where the loss of one harms nobody.
pub(crate) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A line of a listing.
pub(crate) trait Row: Serialize {
    /// The sentences that head the columns.
    const HEADINGS: &'static [&'static str];

    /// What stands in each column.
    fn cells(&self) -> Vec<String>;
}

/// Prints a listing: a table, or with `json` one array.
///
/// An empty one prints the sentence `empty` to standard error, so that a
/// program that counts lines counts none.
pub(crate) fn list<R: Row>(rows: &[R], json: bool, empty: &str) {
    if json {
        return as_json(&rows);
    }
    if rows.is_empty() {
        return note(say(empty));
    }
    let headings = R::HEADINGS.iter().map(|id| say(id)).collect();
    let table: Vec<Vec<String>> =
        [headings].into_iter().chain(rows.iter().map(Row::cells)).collect();
    for text in aligned(&table) {
        line(text);
    }
}

/// Prints one value as JSON.
pub(crate) fn as_json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text),
        Err(error) => note(error),
    }
}

/// Columns two spaces apart, each as wide as its widest cell.
fn aligned(table: &[Vec<String>]) -> Vec<String> {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|c| {
            table.iter().filter_map(|row| row.get(c)).map(|cell| width(cell)).max().unwrap_or(0)
        })
        .collect();
    let text = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let padded = cells.map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    table.iter().map(text).collect()
}

/// Characters; what is shown here is addresses and numbers.
fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let row = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        let table = [row(&["Adresse", "é"]), row(&["a@b", ""]), row(&["long@example.org", "x"])];
        assert_eq!(aligned(&table), ["Adresse           é", "a@b", "long@example.org  x"]);
    }
}
