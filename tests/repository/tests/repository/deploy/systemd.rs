//! The unit of systemd.

use std::fs;

use super::seconds;
use crate::files::{path, text};
use crate::tool;

const UNIT: &str = "deploy/systemd/bridge.service";
const CREDENTIALS: &str = "deploy/systemd/bridge.service.d/credentials.conf";
const DOCTOR: &str = "deploy/systemd/bridge-doctor.service";
const TIMER: &str = "deploy/systemd/bridge-doctor.timer";
const PAGE: &str = "docs/run-one-machine.md";
/// Where the page installs the program.
const PROGRAM: &str = "/usr/local/bin/bridge";
/// The exposure of the service by systemd's own measure, in tenths; 100 is everything.
const MOST_EXPOSED: &str = "15";

fn value(key: &str) -> String {
    let unit = text(UNIT);
    let line = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{key} is missing")).to_owned()
}

#[test]
fn the_unit_fits_the_program_and_its_page() {
    let page = text(PAGE);
    assert!(page.contains(UNIT), "the page names the file");
    let command = value("ExecStart");
    assert_eq!(command, format!("{PROGRAM} serve --config /etc/bridge/bridge.json"));
    assert!(page.contains(PROGRAM));
    let data = format!("\"dataDir\": \"/var/lib/{}\"", value("StateDirectory"));
    assert!(page.contains(&data) && text(UNIT).contains(&data));
    let stop: u64 = value("TimeoutStopSec").parse().expect("seconds");
    assert!(stop > seconds("cli/src/bridge.rs", "LAST_DELIVERIES") * 2);
    // 2,048 connections are half of the limit, less 256: docs/http-limits.md.
    let files: u64 = value("LimitNOFILE").parse().expect("a number");
    assert!(files >= 2 * (2048 + 256));
    // A file that is copied at the start would hide a changed configuration from the bridge.
    assert!(!text(UNIT).contains("\nLoadCredential"));
    // The example's credential is the file that its comment tells to configure.
    let credentials = text(CREDENTIALS);
    let name = credentials.split("\nLoadCredentialEncrypted=").nth(1).expect("a credential");
    let name = name.split(':').next().expect("its name");
    assert!(credentials.contains(&format!("\"/run/credentials/bridge.service/{name}\"")));
}

#[test]
fn systemd_takes_the_unit_and_finds_it_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join("bridge.service");
    // systemd looks for the program, which is not installed here.
    fs::write(&unit, text(UNIT).replace(PROGRAM, "/usr/bin/env")).expect("written");
    fs::create_dir(folder.path().join("bridge.service.d")).expect("a folder");
    fs::copy(path(CREDENTIALS), folder.path().join("bridge.service.d/credentials.conf"))
        .expect("copied");
    let unit = unit.to_str().expect("UTF-8");
    let threshold = format!("--threshold={MOST_EXPOSED}");
    for arguments in [
        &["verify", "--man=no", unit][..],
        &["security", "--offline=true", "--no-pager", &threshold, unit],
    ] {
        let said = tool::passes("systemd-analyze", arguments, "Debian's package systemd");
        // An unknown key is a warning only. Other lines are about this machine's own units.
        let warnings = said.map(|said| String::from_utf8_lossy(&said.stderr).into_owned());
        let warnings = warnings.unwrap_or_default();
        let own: Vec<&str> = warnings.lines().filter(|it| it.contains("bridge.service")).collect();
        assert!(own.is_empty(), "{own:?}");
    }
}

#[test]
fn the_timer_runs_doctor_as_the_page_says() {
    let (service, timer) = (text(DOCTOR), text(TIMER));
    let page = text("docs/operations.md");
    assert!(page.contains(DOCTOR) && page.contains(TIMER), "the page names the files");
    let command =
        format!("ExecStart={PROGRAM} doctor --config /etc/bridge/bridge.json --failed-only");
    assert!(service.lines().any(|line| line == command), "{service}");
    assert!(service.contains("\nType=oneshot\n") && service.contains("\nUser=bridge\n"));
    let variables = "/etc/bridge/doctor.env";
    assert!(service.contains(&format!("EnvironmentFile=-{variables}")) && page.contains(variables));
    assert!(timer.contains("\nOnCalendar=hourly\n"), "{timer}");
    let folder = tempfile::tempdir().expect("a folder");
    for (name, file) in [("bridge-doctor.service", &service), ("bridge-doctor.timer", &timer)] {
        let file = file.replace(PROGRAM, "/usr/bin/env");
        fs::write(folder.path().join(name), file).expect("written");
    }
    let unit = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let threshold = format!("--threshold={MOST_EXPOSED}");
    for arguments in [
        vec!["verify", "--man=no", &unit("bridge-doctor.timer"), &unit("bridge-doctor.service")],
        vec![
            "security",
            "--offline=true",
            "--no-pager",
            &threshold,
            &unit("bridge-doctor.service"),
        ],
    ] {
        let said = tool::passes("systemd-analyze", &arguments, "Debian's package systemd");
        let warnings = said.map(|said| String::from_utf8_lossy(&said.stderr).into_owned());
        let warnings = warnings.unwrap_or_default();
        let own: Vec<&str> = warnings.lines().filter(|it| it.contains("bridge-doctor")).collect();
        assert!(own.is_empty(), "{own:?}");
    }
}
