//! The table that a bench prints: what, measured, to reach, beside.

use std::io::Write as _;

use super::Outcome;

/// Rows are printed together, at the end.
pub(crate) struct Table {
    title: String,
    rows: Vec<[String; 4]>,
}

impl Table {
    pub(crate) fn new(title: String) -> Self {
        let head = ["what", "measured", "to reach", "beside"];
        Self {
            title,
            rows: vec![head.map(str::to_owned)],
        }
    }

    /// `reach` is empty where nothing was promised.
    pub(crate) fn row(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<String>,
        reach: &str,
        beside: impl Into<String>,
    ) {
        let row = [
            what.into(),
            measured.into(),
            reach.to_owned(),
            beside.into(),
        ];
        // What a peer says of itself may have lines and bars.
        self.rows
            .push(row.map(|text| text.replace('\n', " ").replace('|', "\\|")));
    }

    /// In Markdown, to standard output.
    pub(crate) fn print(&self) -> Outcome {
        let width = |column: usize| {
            let widths = self.rows.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or_default()
        };
        let widths: [usize; 4] = std::array::from_fn(width);
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{}\n", self.title)?;
        for (index, row) in self.rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(widths) {
                write!(out, "| {cell:width$} ")?;
            }
            writeln!(out, "|")?;
            if index == 0 {
                for width in widths {
                    write!(out, "|{}", "-".repeat(width + 2))?;
                }
                writeln!(out, "|")?;
            }
        }
        Ok(())
    }
}

/// How many cores there are, and how busy they were a minute ago: what every figure depends on.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    format!("{cores} cores, load {load}")
}
