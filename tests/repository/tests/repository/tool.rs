//! Runs programs that not every machine has. Their skipped checks are in the report at the end of
//! `make test`.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Command, Output};

use crate::files::path;

/// The program's output about files of the repository; it must end with success. `None` if it is
/// not installed, which only continuous integration refuses; `source` says where it comes from.
pub fn passes(program: &str, arguments: &[&str], source: &str) -> Option<Output> {
    let in_repository = path(program);
    let found = if in_repository.exists() { in_repository } else { program.into() };
    match Command::new(found).args(arguments).current_dir(path("")).output() {
        Ok(ended) => {
            let said = [&*ended.stdout, &*ended.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(ended.status.success(), "{program} {arguments:?}: {said}");
            Some(ended)
        }
        Err(error) => {
            assert!(std::env::var_os("GITHUB_ACTIONS").is_none(), "{program}: {error}");
            not_run(&format!("{}: {program} ({source}) is not installed", arguments.join(" ")));
            None
        }
    }
}

/// Adds a line to the report.
fn not_run(what: &str) {
    let program = std::env::current_exe().expect("this program");
    let target = program.ancestors().find(|folder| folder.ends_with("target")).expect("target");
    let file = OpenOptions::new().create(true).append(true).open(target.join("not-run"));
    file.expect("a file").write_all(format!("{what}\n").as_bytes()).expect("written");
}
