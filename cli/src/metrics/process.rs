//! Reads from /proc what the process uses. A value that cannot be read stays as it was.

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

use super::series::Process;

pub fn read(process: &Process) {
    if let Some(stat) =
        std::fs::read_to_string("/proc/self/stat").ok().and_then(|it| Stat::read(&it))
    {
        let ticks = clock_ticks_per_second() as f64;
        process.cpu.inc_by((stat.cpu / ticks - process.cpu.get()).max(0.0));
        process.resident.set(stat.resident * page_size() as f64);
        process.virtual_memory.set(stat.virtual_memory);
        if let Some(boot) = boot() {
            process.started.set(boot + stat.started / ticks);
        }
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        // The listing itself takes one.
        process.open_files.set(open.count().saturating_sub(1) as f64);
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        process.most_files.set(most as f64);
    }
}

/// Some fields of `/proc/self/stat`; times are in ticks.
#[derive(Debug, PartialEq)]
struct Stat {
    cpu: f64,
    started: f64,
    virtual_memory: f64,
    resident: f64,
}

impl Stat {
    /// The name of the program, in parentheses, may contain anything.
    fn read(text: &str) -> Option<Self> {
        let (_, fields) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |position: usize| fields.get(position)?.parse::<f64>().ok();
        Some(Self {
            cpu: number(11)? + number(12)?,
            started: number(19)?,
            virtual_memory: number(20)?,
            resident: number(21)?,
        })
    }
}

/// When the machine was started, in seconds since 1970.
fn boot() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_counted_after_the_name() {
        let text = "7 (a ) name) S 1 2 3 4 5 6 7 8 9 10 110 120 13 14 15 16 17 18 190 200 210 22";
        let stat = Stat { cpu: 230.0, started: 190.0, virtual_memory: 200.0, resident: 210.0 };
        assert_eq!(Stat::read(text), Some(stat));
        let own = std::fs::read_to_string("/proc/self/stat").unwrap();
        assert!(Stat::read(&own).unwrap().resident > 0.0);
        assert!(boot().unwrap() > 1e9);
    }
}
