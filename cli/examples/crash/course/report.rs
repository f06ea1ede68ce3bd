//! The table at the end.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use tempfile::TempDir;

use super::moment::{Kill, Moment};
use super::talk::Accepted;
use super::verdict::Judged;

pub struct Report {
    /// The broken promises; empty if every promise held.
    pub breaches: Vec<String>,
    kills: Vec<Kill>,
    from_lynn: usize,
    from_genesys: usize,
    judged: Judged,
    directory: TempDir,
}

impl Report {
    pub(super) fn new(
        directory: TempDir,
        kills: Vec<Kill>,
        accepted: Accepted,
        mut judged: Judged,
    ) -> Self {
        let from_lynn = accepted.values().map(|conversation| conversation.from_lynn.len()).sum();
        let from_genesys =
            accepted.values().map(|conversation| conversation.from_genesys.len()).sum();
        let breaches = std::mem::take(&mut judged.breaches);
        Self { breaches, kills, from_lynn, from_genesys, judged, directory }
    }

    /// The bridge's output on stderr.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Keeps the data and the log for an investigation.
    pub fn keep(self) -> PathBuf {
        self.directory.keep()
    }

    fn moments(&self) -> BTreeMap<Moment, (usize, usize)> {
        let mut moments = BTreeMap::new();
        for (number, kill) in self.kills.iter().enumerate() {
            let (kills, repeats) = moments.entry(kill.moment).or_insert((0, 0));
            *kills += 1;
            *repeats += self.judged.repeats.get(&Some(number)).copied().unwrap_or_default();
        }
        moments
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let judged = &self.judged;
        writeln!(formatter, "{:52} {:>8} {:>8}", "killed", "kills", "repeats")?;
        for (moment, (kills, repeats)) in self.moments() {
            writeln!(formatter, "  {:50} {kills:8} {repeats:8}", moment.words())?;
        }
        let most =
            judged.repeats.iter().filter(|(kill, _)| kill.is_some()).map(|(_, count)| *count);
        let rows = [
            ("parts and receipts accepted from Lynn", self.from_lynn),
            ("messages accepted from Genesys Cloud", self.from_genesys),
            ("arrived at Genesys Cloud, each counted once", judged.at_genesys),
            ("arrived at Lynn, each counted once", judged.at_lynn),
            ("accepted and lost", judged.lost),
            ("conversations out of order", judged.out_of_order),
            ("conversations with a gap in sequence", judged.gaps),
            ("numbers of a cut-off typing given out again", judged.shared_numbers),
            ("repeats, each after a kill", self.moments().values().map(|(_, count)| count).sum()),
            ("  of at most, one for each kill, conversation and way", judged.most_repeats),
            ("repeats after one kill, at most", most.max().unwrap_or_default()),
            ("repeats without a kill", judged.repeats.get(&None).copied().unwrap_or_default()),
        ];
        for (title, number) in rows {
            writeln!(formatter, "{title:52} {number:8}")?;
        }
        write!(formatter, "{:52} {:>8}", "breaches", self.breaches.len())
    }
}
