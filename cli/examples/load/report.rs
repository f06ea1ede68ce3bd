//! The table that is printed, in Markdown.

use crate::cell::Cell;
use crate::measure::Measure;

pub const TITLES: &str = "\
| way, connections, conversations | messages/s | ratio | CPU µs | ratio | load's CPU µs | p50 ms | p99 ms | memory MB | bytes written |
|---|---|---|---|---|---|---|---|---|---|";

pub const KEY: &str = "\
Each pair: bridge serve, or the floor / the Node middleware, medians of runs in turn. Ratio: the first to Node.
CPU: of the measured process alone, for each message; the load's, with that of the vendors, is given besides. p50, p99: from post to vendor. Bytes written: to a disk, for each message.";

/// The machine, since an absolute figure holds on one machine only.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |line| line.trim_start_matches([' ', '\t', ':']));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    format!("{model}, {cores} cores, load {load} at the start\n")
}

pub fn row(cell: &Cell, bridge: &Measure, node: &Measure) -> String {
    let pair = |value: fn(&Measure) -> f64, digits: usize| {
        format!("{:.digits$} / {:.digits$}", value(bridge), value(node))
    };
    let ratio = |value: fn(&Measure) -> f64| format!("{:.2}", value(bridge) / value(node));
    format!(
        "| {}, {}, {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        cell.way.name(),
        cell.connections,
        cell.conversations,
        pair(|it| it.throughput, 0),
        ratio(|it| it.throughput),
        pair(|it| it.cpu_microseconds, 0),
        ratio(|it| it.cpu_microseconds),
        pair(|it| it.load_microseconds, 0),
        pair(|it| it.p50, 1),
        pair(|it| it.p99, 1),
        pair(|it| it.memory, 0),
        pair(|it| it.written, 0),
    )
}
