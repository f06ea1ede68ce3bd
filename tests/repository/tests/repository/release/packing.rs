//! The archives: the same bytes at any time, and in them what belongs there.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{FUNCTIONS, TIME, name, pack, packed, printed, program, unpacked, with_licences};
use crate::files::text;

/// A program that prints manual pages and completions as `bridge` does.
const STAND_IN: &str = r#"#!/bin/sh
case "$*" in
man) printf '.TH bridge 1\nbridge\\-dead\\-letters(1)\nbridge\\-help(1)\n';;
"man dead-letters") printf '.TH bridge-dead-letters 1\nbridge\\-dead\\-letters\\-list(1)\n';;
"man dead-letters list" | completions*) echo "$*, HOME is '$HOME'";;
*) exit 2;;
esac
"#;

/// Prints what a zip file holds, with rights and time.
const UNZIP: &str = "
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
for file in archive.infolist():
    print(file.filename, oct(file.external_attr >> 16)[2:], file.date_time, archive.read(file).decode())
";

/// The files of a build, written now.
fn built() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("bridge");
    std::fs::write(&file, STAND_IN).expect("a file");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o700)).expect("rights");
    for function in FUNCTIONS {
        let own = folder.path().join(format!("{function}Function"));
        std::fs::create_dir(&own).expect("a folder");
        std::fs::write(own.join("bootstrap"), function).expect("a file");
    }
    folder
}

/// Everything, packed.
fn all(built: &Path) -> TempDir {
    let into = with_licences();
    let stand_in = built.join("bridge").display().to_string();
    let built = built.display().to_string();
    let for_x86 = |part: &'static str| [part, "--processor", "x86_64"];
    packed(into.path(), &[&for_x86("program")[..], &["--program", &stand_in]].concat());
    packed(into.path(), &[&for_x86("program")[..], &["--static", "--program", &stand_in]].concat());
    packed(into.path(), &[&for_x86("functions")[..], &["--built", &built]].concat());
    let image = ["--program", &program(), "--commit", "0123456789ab"];
    packed(into.path(), &[&for_x86("image")[..], &image].concat());
    // Of another version, and of another program.
    std::fs::write(into.path().join("bridge-0.1.0-linux-x86_64.tar.gz"), "").expect("a file");
    std::fs::write(into.path().join("notes.txt"), "").expect("a file");
    packed(into.path(), &["sums"]);
    into
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file"));
    let read = |path: &Path| std::fs::read(path).expect("a file");
    files.map(|file| (file.file_name().into_string().expect("UTF-8"), read(&file.path()))).collect()
}

#[test]
fn the_same_input_gives_the_same_bytes_at_any_time() {
    let first = built();
    let before = bytes(all(first.path()).path());
    // Written at another time, in another folder, with other rights.
    let second = built();
    let file = second.path().join("bridge");
    printed(Command::new("touch").args(["-d", "2001-02-03"]).arg(file));
    let open: std::fs::Permissions = PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(second.path().join("bridge"), open).expect("rights");
    let after = bytes(all(second.path()).path());
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    for (file, bytes) in &before {
        assert!(after[file] == *bytes, "{file} differs");
    }
}

#[test]
fn the_digests_are_of_the_files_of_this_version() {
    let built = built();
    let into = all(built.path());
    let sums = std::fs::read_to_string(into.path().join("SHA256SUMS")).expect("a file");
    let named: Vec<&str> =
        sums.lines().map(|line| line.split_once("  ").expect("a name").1).collect();
    let expected = [
        "aws-x86_64.tar.gz",
        "image-x86_64.tar",
        "licences.txt",
        "linux-x86_64-static.tar.gz",
        "linux-x86_64.tar.gz",
    ];
    assert_eq!(named, expected.map(name));
    let check = ["--check", "--strict", "SHA256SUMS"];
    printed(Command::new("sha256sum").args(check).current_dir(into.path()));
}

#[test]
fn the_archive_of_the_program_has_what_belongs_to_it_and_nothing_of_this_machine() {
    let built = built();
    let into = all(built.path());
    let archive = into.path().join(name("linux-x86_64.tar.gz"));
    let listed = printed(
        Command::new("tar")
            .args(["--utc", "--full-time", "--numeric-owner", "-tvzf"])
            .arg(&archive),
    );
    let at = "2026-09-21 14:13:20";
    for line in listed.lines() {
        assert!(line.contains(" 0/0 ") && line.contains(at), "{line}, and {TIME} is {at}");
        let rights = if line.starts_with('d') || line.ends_with("/bridge") {
            "rwxr-xr-x"
        } else {
            "rw-r--r--"
        };
        assert_eq!(&line[1..10], rights, "{line}");
    }
    let inside = name("linux-x86_64/");
    let paths = listed.lines().filter_map(|line| Some(line.split_once(&*inside)?.1));
    let found: Vec<&str> = paths.filter(|path| !path.is_empty() && !path.ends_with('/')).collect();
    let expected = [
        "LICENCES-OF-DEPENDENCIES.txt",
        "LICENSE",
        "bridge",
        "completions/_bridge",
        "completions/bridge.bash",
        "completions/bridge.fish",
        "deploy/compose/Caddyfile",
        "deploy/compose/compose.yaml",
        "deploy/grafana/bridge.json",
        "deploy/kubernetes/examples/ingress.yaml",
        "deploy/kubernetes/examples/secret.yaml",
        "deploy/kubernetes/service.yaml",
        "deploy/kubernetes/statefulset.yaml",
        "deploy/prometheus/bridge.rules.yml",
        "deploy/systemd/bridge-doctor.service",
        "deploy/systemd/bridge-doctor.timer",
        "deploy/systemd/bridge.service",
        "deploy/systemd/bridge.service.d/credentials.conf",
        "man/bridge-dead-letters-list.1",
        "man/bridge-dead-letters.1",
        "man/bridge.1",
    ];
    assert_eq!(found, expected);
    let folder = unpacked(&archive, true);
    let read = |file: &str| std::fs::read_to_string(folder.path().join(file)).expect("a file");
    assert_eq!(read("completions/_bridge"), "completions zsh, HOME is ''\n");
    assert_eq!(read("deploy/systemd/bridge.service"), text("deploy/systemd/bridge.service"));
}

#[test]
fn the_packaged_template_names_the_zip_files_and_builds_nothing() {
    let built = built();
    let into = all(built.path());
    let folder = unpacked(&into.path().join(name("aws-x86_64.tar.gz")), true);
    let template = std::fs::read_to_string(folder.path().join("template.yaml")).expect("a file");
    let mut named = Vec::new();
    for line in template.lines().filter_map(|line| line.trim().strip_prefix("CodeUri: ")) {
        named.push(line.to_owned());
        let unpack = ["-c", UNZIP];
        let code = printed(Command::new("python3").args(unpack).arg(folder.path().join(line)));
        let camel: String = line.trim_end_matches(".zip").split('-').map(capital).collect();
        assert_eq!(code, format!("bootstrap 755 (1980, 1, 1, 0, 0, 0) {camel}\n"), "{line}");
    }
    assert_eq!(named.len(), FUNCTIONS.len(), "{named:?}");
    assert!(!template.contains("BuildMethod") && !template.contains("functions/"));
    assert!(template.contains("    AllowedValues: [x86_64]\n    Default: x86_64\n"));
    for file in ["LICENSE", "README.md", "LICENCES-OF-DEPENDENCIES.txt", "deploy/terraform/main.tf"]
    {
        assert!(folder.path().join(file).exists(), "{file}");
    }
    // The canary is of these zip files, too.
    let canary = printed(&mut Command::new(folder.path().join("tools/canary")));
    assert!(canary.contains("CodeUri: genesys-webhook.zip\n"), "{canary}");
    assert_eq!(canary.matches("AutoPublishAlias: live").count(), 2, "{canary}");
}

/// Prints by how much a zip file is larger than its content at the best compression.
const EXCESS: &str = "
import sys, zipfile, zlib
archive = zipfile.ZipFile(sys.argv[1])
file = archive.infolist()[0]
best = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
print(file.compress_size - len(best.compress(archive.read(file)) + best.flush()))
";

/// Lambda loads the zip of a function before its first answer.
#[test]
fn a_function_is_packed_as_small_as_it_can_be() {
    let built = built();
    let file = built.path().join("LynnInboundFunction/bootstrap");
    std::fs::write(file, text("Cargo.lock")).expect("a file");
    let into = with_licences();
    let folder = built.path().display().to_string();
    packed(into.path(), &["functions", "--processor", "x86_64", "--built", &folder]);
    let folder = unpacked(&into.path().join(name("aws-x86_64.tar.gz")), true);
    let zip = folder.path().join("lynn-inbound.zip");
    assert_eq!(printed(Command::new("python3").args(["-c", EXCESS]).arg(zip)), "0\n");
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

#[test]
fn the_functions_of_another_processor_fit_no_other_value_of_the_parameter() {
    let built = built();
    let into = with_licences();
    let folder = built.path().display().to_string();
    packed(into.path(), &["functions", "--processor", "arm64", "--built", &folder]);
    let folder = unpacked(&into.path().join(name("aws-arm64.tar.gz")), true);
    let template = std::fs::read_to_string(folder.path().join("template.yaml")).expect("a file");
    assert!(template.contains("    AllowedValues: [arm64]\n    Default: arm64\n"));
    assert!(!template.contains("x86_64]") && !template.contains("Default: x86_64"));
}

#[test]
fn without_the_time_of_the_commit_nothing_is_packed() {
    let into = with_licences();
    let mut command = Command::new("python3");
    command.arg(crate::files::path("tools/packing")).arg("--into").arg(into.path()).arg("sums");
    let ended = command.env_remove("SOURCE_DATE_EPOCH").output().expect("Python");
    assert!(!ended.status.success());
    assert!(String::from_utf8_lossy(&ended.stderr).contains("SOURCE_DATE_EPOCH"), "{ended:?}");
    assert!(pack(into.path(), &["sums"]).status.success());
}

#[test]
fn a_receiver_that_has_grown_is_not_packed() {
    let built = built();
    // Bytes that cannot be compressed.
    let mut number = 1_u32;
    let grown = std::iter::repeat_with(|| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        number.to_be_bytes()[0]
    });
    let grown: Vec<u8> = grown.take(4_100_000).collect();
    let file = built.path().join("LynnInboundFunction/bootstrap");
    std::fs::write(file, grown).expect("a file");
    let folder = built.path().display().to_string();
    let functions = ["functions", "--processor", "x86_64", "--built", &folder];
    let ended = pack(with_licences().path(), &functions);
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success() && said.contains("lynn-inbound.zip has"), "{said}");
    packed(with_licences().path(), &[&functions[..], &["--tested"]].concat());
}
