//! The instructions of a message, counted by Valgrind in the build of the tests: they do not depend
//! on the machine's load. The bounds are 5 % above the counts; a change that lowers a count lowers
//! its bound.

use std::process::Command;

/// Thousands of instructions for each message.
const BOUNDS: [(&str, f64); 6] = [
    ("accept-lynn", 1_578.0),
    ("accept-genesys", 1_921.0),
    ("inbound", 5_308.0),
    ("outbound", 3_846.0),
    ("inbound-on-sqlite", 5_924.0),
    ("outbound-on-sqlite", 4_211.0),
];
/// Two runs; what both cost is the start.
const RUNS: [usize; 2] = [20, 120];

/// The instructions of a run; `None` without Valgrind.
fn instructions(case: &str, messages: usize) -> Option<f64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=cachegrind", "--cachegrind-out-file=/dev/null"]);
    valgrind.args([env!("CARGO_BIN_EXE_counts"), case, &messages.to_string()]);
    let ended = match valgrind.output() {
        Ok(ended) => ended,
        Err(error) => {
            assert!(std::env::var_os("VALGRIND_REQUIRED").is_none(), "valgrind: {error}");
            return None;
        }
    };
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{case}: {said}");
    let line =
        said.lines().find_map(|line| line.split_once("I   refs:").or(line.split_once("I refs:")));
    let digits: String = line.expect("a count").1.chars().filter(char::is_ascii_digit).collect();
    Some(digits.parse().expect("a number"))
}

#[test]
fn a_message_costs_no_more_instructions_than_it_did() {
    let mut above = Vec::new();
    for (case, bound) in BOUNDS {
        let [Some(few), Some(many)] = RUNS.map(|messages| instructions(case, messages)) else {
            return not_run("instructions of a message: valgrind is not installed");
        };
        let each = (many - few) / (RUNS[1] - RUNS[0]) as f64 / 1000.0;
        println!("{case}: {each:.1} thousand instructions, bound {bound}");
        if each > bound {
            above.push(format!("{case}: {each:.1} thousand instructions, bound {bound}"));
        }
    }
    assert!(above.is_empty(), "{above:#?}");
}

/// Adds a line to the report at the end of `make test`.
fn not_run(what: &str) {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_counts"));
    let target = program.ancestors().find(|folder| folder.ends_with("target")).expect("target");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(target.join("not-run"));
    std::io::Write::write_all(&mut file.expect("a file"), format!("{what}\n").as_bytes())
        .expect("written");
}
