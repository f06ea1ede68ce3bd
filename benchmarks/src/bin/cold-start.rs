//! `make cold-start`: measures start time, answer time, processor time, memory and size of each
//! function, and the same for the webhook function written in Node and in Python.
//!
//! Rule: the exit code is 1 when a receiver of the bridge exceeds its budget. The other programs do
//! not affect the exit code.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use benchmarks::fake::Fake;
use benchmarks::function::Program;
use benchmarks::process::{Log, Process};
use benchmarks::statistics::{Samples, milliseconds};
use benchmarks::{events, machine};
use serde_json::Value;

/// The number of starts of each program.
const STARTS: usize = 25;
/// Events that warm a process before the measurement.
const WARMING: usize = 300;
/// The warm processor time is the median of this many rounds, so that a round disturbed by other
/// work on the machine does not count.
const ROUNDS: u32 = 30;
const EVENTS: u32 = 100;
/// From exec to the first request for an event.
const START_BUDGET: Duration = Duration::from_millis(15);
/// For the deployed archive, in bytes.
const ZIP_BUDGET: u64 = 4 * 1000 * 1000;
/// Processor time of an accepted webhook, over all threads of the process.
const PROCESSOR_BUDGET: Duration = Duration::from_micros(100);

/// A program and the event that it is sent.
struct Subject {
    program: Program,
    /// The event and the expected status of the answer; `None` for a sender, which is only started.
    question: Option<(Value, u16)>,
    /// True for a receiver of the bridge: its figures are compared with the budgets.
    budgeted: bool,
    starts: Samples,
    first: Samples,
    memory: u64,
}

impl Subject {
    fn new(program: Program, question: Option<(Value, u16)>, budgeted: bool) -> Self {
        let (starts, first) = (Samples::default(), Samples::default());
        Self { program, question, budgeted, starts, first, memory: 0 }
    }

    /// Starts the program once and sends the first event.
    fn start(&mut self, fake: &Fake) -> Result<()> {
        let process = Process::start(&self.program, fake.address, Log::Dropped)?;
        self.starts.add(process.start);
        if let Some((event, status)) = &self.question {
            self.first.add(answered(&process, event, *status)?);
        }
        self.memory = self.memory.max(process.peak_memory()?);
        Ok(())
    }
}

struct Warm {
    time: Samples,
    processor: Samples,
    memory: u64,
}

fn main() -> Result<ExitCode> {
    let machine = machine::described();
    let (build, installed) = (Path::new(".aws-sam/release"), Path::new(".tools/benchmarks"));
    let bridge = |name, resource| Program::of_the_bridge(build, name, resource);
    let webhook = || Some((events::webhook(&events::contact(0), "warm"), 200));
    let lynn = Some((events::lynn_message_of(&events::contact(0), "warm"), 202));
    let mut subjects = vec![
        Subject::new(bridge("genesys-webhook", "GenesysWebhookFunction")?, webhook(), true),
        Subject::new(bridge("lynn-inbound", "LynnInboundFunction")?, lynn, true),
        Subject::new(bridge("genesys-sender", "GenesysSenderFunction")?, None, false),
        Subject::new(bridge("lynn-sender", "LynnSenderFunction")?, None, false),
        Subject::new(Program::in_node(installed)?, webhook(), false),
        Subject::new(Program::in_python(installed)?, webhook(), false),
    ];
    let fake = Fake::serve()?;
    // The programs take turns, so that other work on the machine affects all of them alike.
    for _ in 0..STARTS {
        for subject in &mut subjects {
            subject.start(&fake)?;
        }
    }
    report(&machine, &subjects, &fake)
}

/// Returns the time of one event. An unexpected answer ends the measurement.
fn answered(process: &Process, event: &Value, status: u16) -> Result<Duration> {
    let (time, answer) = process.lambda.invoke(event)?;
    ensure!(answer["statusCode"] == status, "an answer other than {status}: {answer}");
    Ok(time)
}

fn warm(program: &Program, fake: &Fake, event: &Value, status: u16) -> Result<Warm> {
    let process = Process::start(program, fake.address, Log::Dropped)?;
    for _ in 0..WARMING {
        answered(&process, event, status)?;
    }
    let (mut time, mut processor) = (Samples::default(), Samples::default());
    for _ in 0..ROUNDS {
        let before = process.processor_time()?;
        for _ in 0..EVENTS {
            time.add(answered(&process, event, status)?);
        }
        processor.add(process.processor_time()?.saturating_sub(before) / EVENTS);
    }
    fake.take_entries();
    Ok(Warm { time, processor, memory: process.peak_memory()? })
}

fn report(machine: &str, subjects: &[Subject], fake: &Fake) -> Result<ExitCode> {
    println!("{machine}\n");
    println!(
        "| | zipped | program | start, exec to ready | first event | warm event | processor time, warm | memory |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let (mut broken, mut accepted) = (Vec::new(), Duration::ZERO);
    for subject in subjects {
        let (size, zipped) = (subject.program.size()?, subject.program.zipped()?);
        let measured = match &subject.question {
            Some((event, status)) => Some(warm(&subject.program, fake, event, *status)?),
            None => None,
        };
        println!("{}", row(subject, size, zipped, measured.as_ref()));
        if subject.program.name == "genesys-webhook" {
            accepted = measured.map(|warm| warm.processor.median()).unwrap_or_default();
        }
        if subject.budgeted && subject.starts.median() >= START_BUDGET {
            let time = milliseconds(subject.starts.median(), 1);
            broken.push(format!("{} starts in {time} ms", subject.program.name));
        }
        if subject.budgeted && zipped >= ZIP_BUDGET {
            broken.push(format!("{} has {zipped} bytes zipped", subject.program.name));
        }
    }
    let webhook = &subjects[0].program;
    let health = warm(webhook, fake, &events::health(), 200)?.processor.median();
    println!("\n{}", processor_time(accepted, health));
    for budget in &broken {
        eprintln!("Over its budget: {budget}.");
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(subject: &Subject, size: u64, zipped: u64, warm: Option<&Warm>) -> String {
    let (starts, first) = (&subject.starts, &subject.first);
    let start = format!(
        "{} ms ({}–{})",
        milliseconds(starts.median(), 1),
        milliseconds(starts.smallest(), 1),
        milliseconds(starts.largest(), 1)
    );
    let none = || "–".to_owned();
    let first = warm.map_or_else(none, |_| format!("{} ms", milliseconds(first.median(), 1)));
    let time = warm.map_or_else(none, |warm| format!("{} ms", milliseconds(warm.time.median(), 2)));
    let processor = warm.map_or_else(none, |warm| in_microseconds(&warm.processor));
    let memory = warm.map_or(0, |warm| warm.memory).max(subject.memory);
    format!(
        "| {} | {} | {} | {start} | {first} | {time} | {processor} | {} |",
        subject.program.name,
        bytes(zipped),
        bytes(size),
        bytes(memory)
    )
}

/// The median with the smallest and the largest value.
fn in_microseconds(times: &Samples) -> String {
    let [median, smallest, largest] =
        [times.median(), times.smallest(), times.largest()].map(|time| time.as_micros());
    format!("{median} µs ({smallest}–{largest})")
}

/// Every function pays for Lambda's loop. The rest is the bridge's own work and the SDK's call.
fn processor_time(accepted: Duration, health: Duration) -> String {
    let own = accepted.saturating_sub(health);
    let word = if accepted < PROCESSOR_BUDGET { "within" } else { "over" };
    format!(
        "Processor time of an accepted webhook of 1 KB, warm: {} µs, {word} the budget of {} µs. It holds Lambda's loop and the \
         event's JSON (`GET /health`, measured apart: {} µs), and the signature, the queue entry, the SDK's signed call without \
         TLS, and the log line (the difference: {} µs, only as good as the machine was equally busy both times).",
        accepted.as_micros(),
        PROCESSOR_BUDGET.as_micros(),
        health.as_micros(),
        own.as_micros()
    )
}

fn bytes(number: u64) -> String {
    match number {
        0..10_000 => format!("{number} B"),
        10_000..1_000_000 => format!("{} KB", number / 1000),
        _ => format!("{}.{} MB", number / 1_000_000, number % 1_000_000 / 100_000),
    }
}
