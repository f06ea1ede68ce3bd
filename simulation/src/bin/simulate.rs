//! The program `simulate`: plays many seeds, or plays or prints a single one.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use clap::Parser;
use simulation::{Kept, Mutation, Outcome, campaign};

/// Plays the whole bridge under every fault, on virtual time.
#[derive(Parser)]
struct Arguments {
    /// How many seeds to play.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Play only this seed and print what happens.
    #[arg(long)]
    seed: Option<u64>,
    /// Play only these elements of the seed's scenario, in the form that a failure prints.
    #[arg(long, requires = "seed")]
    keep: Option<Kept>,
    /// Print the scenario of --seed as JSON instead of playing it: a case for simulation/cases.
    #[arg(long, requires = "seed")]
    scenario: bool,
    /// Break this rule on purpose, to check that the simulation finds it.
    #[arg(long)]
    broken_rule: Option<Mutation>,
    /// The number of threads; by default all cores.
    #[arg(long)]
    threads: Option<usize>,
    /// Stop after this many failures.
    #[arg(long, default_value_t = 3)]
    failures: usize,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => one(seed, &arguments),
        None => many(&arguments),
    }
}

fn one(seed: u64, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let drawn = simulation::scenario(seed);
    let scenario = arguments.keep.as_ref().map_or_else(|| drawn.clone(), |kept| kept.of(&drawn));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string_pretty(&scenario)?)?;
    if arguments.scenario {
        return Ok(ExitCode::SUCCESS);
    }
    let report = simulation::play_in_words(&scenario, arguments.broken_rule);
    for line in &report.words {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "digest {:016x}, {} steps", report.digest, report.steps)?;
    Ok(match report.broken {
        Some(broken) => {
            writeln!(out, "BROKEN: {broken}")?;
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    })
}

fn many(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let begin = Instant::now();
    let seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    let threads = arguments.threads.unwrap_or_else(campaign::cores);
    let bar = Bar::new(arguments.seeds);
    let outcome =
        campaign::run(seeds, threads, arguments.broken_rule, arguments.failures, |done| {
            bar.show(done)
        });
    bar.end();
    let seconds = begin.elapsed().as_secs_f64();
    let mut out = std::io::stdout().lock();
    for (what, count) in outcome.coverage.counts() {
        writeln!(out, "{count:>10}  {what}")?;
    }
    let missing = if outcome.failures.is_empty() { outcome.coverage.missing() } else { Vec::new() };
    for what in &missing {
        writeln!(out, "NEVER EXERCISED: {what}")?;
    }
    for failure in &outcome.failures {
        writeln!(out, "seed {}: {}\n    {}", failure.seed, failure.broken, failure.command())?;
    }
    let Outcome { steps, seeds, .. } = outcome;
    writeln!(out, "{seeds} seeds, {steps} steps in {seconds:.1} s on {threads} threads")?;
    let good = missing.is_empty() && outcome.failures.is_empty();
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A progress bar, shown only on a terminal.
struct Bar {
    all: u64,
    shown: Mutex<u64>,
    visible: bool,
}

impl Bar {
    const WIDTH: u64 = 40;

    fn new(all: u64) -> Self {
        Self { all, shown: Mutex::default(), visible: std::io::stderr().is_terminal() }
    }

    fn show(&self, done: u64) {
        let percent = done * 100 / self.all.max(1);
        let Ok(mut shown) = self.shown.lock() else { return };
        if !self.visible || percent <= *shown {
            return;
        }
        *shown = percent;
        let full = usize::try_from(percent * Self::WIDTH / 100).unwrap_or_default();
        let rest = usize::try_from(Self::WIDTH).unwrap_or_default().saturating_sub(full);
        eprint!("\r[{}{}] {percent} % of {} seeds", "#".repeat(full), ".".repeat(rest), self.all);
    }

    fn end(&self) {
        if self.visible {
            eprintln!();
        }
    }
}
