//! Describes the machine on which the figures were measured.

/// Its processor, cores, memory and load, in one line.
pub fn described() -> String {
    let model =
        line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = line("/proc/meminfo", "MemTotal").and_then(|text| kilobytes(&text)).unwrap_or(0);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let gigabytes = memory.div_ceil(1024 * 1024);
    format!("{model}, {cores} cores, {gigabytes} GB; load before the run: {load}")
}

/// A value from a file of `name: value` lines.
pub fn line(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The number in `12345 kB`.
pub fn kilobytes(text: &str) -> Option<u64> {
    text.split(' ').next()?.parse().ok()
}
