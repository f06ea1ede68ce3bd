//! The image that is packed without an engine.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{name, packed, printed, program, unpacked, version, with_licences};
use crate::files::text;

fn json(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    serde_json::from_str(&text).expect("JSON")
}

/// Where a part of the layout is.
fn blob(description: &Value) -> String {
    format!("blobs/{}", description["digest"].as_str().expect("a digest").replace(':', "/"))
}

fn image() -> tempfile::TempDir {
    let into = with_licences();
    let arguments =
        ["image", "--processor", "x86_64", "--program", &program(), "--commit", "0123456789ab"];
    packed(into.path(), &arguments);
    unpacked(&into.path().join(name("image-x86_64.tar")), false)
}

#[test]
fn the_image_is_a_layout_whose_parts_have_their_digests() {
    let image = image();
    let folder = image.path();
    assert_eq!(json(&folder.join("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let index = json(&folder.join("index.json"));
    let manifest = json(&folder.join(blob(&index["manifests"][0])));
    let parts = [&index["manifests"][0], &manifest["config"], &manifest["layers"][0]];
    for part in parts {
        let file = folder.join(blob(part));
        let sum = printed(Command::new("sha256sum").arg(&file));
        let digest = part["digest"].as_str().expect("a digest").trim_start_matches("sha256:");
        assert!(sum.starts_with(digest), "{part}");
        assert_eq!(part["size"], std::fs::metadata(file).expect("a file").len(), "{part}");
    }
    let layer = folder.join(blob(&manifest["layers"][0]));
    let sum = printed(Command::new("sh").arg("-c").arg("gzip -dc \"$0\" | sha256sum").arg(layer));
    let config = json(&folder.join(blob(&manifest["config"])));
    let diff = config["rootfs"]["diff_ids"][0].as_str().expect("a digest");
    assert!(sum.starts_with(diff.trim_start_matches("sha256:")), "{diff}");
    // What an engine reads that does not read the layout.
    let docker = &json(&folder.join("manifest.json"))[0];
    assert_eq!(docker["RepoTags"][0], format!("bridge:{}", version()));
    assert_eq!(docker["Config"], blob(&manifest["config"]));
    assert_eq!(docker["Layers"][0], blob(&manifest["layers"][0]));
}

#[test]
fn the_image_starts_as_the_one_that_is_built_from_the_sources() {
    let image = image();
    let folder = image.path();
    let manifest = json(&folder.join(blob(&json(&folder.join("index.json"))["manifests"][0])));
    let config = json(&folder.join(blob(&manifest["config"])));
    assert_eq!((&config["architecture"], &config["os"]), (&"amd64".into(), &"linux".into()));
    let config = &config["config"];
    let recipe = text("deploy/oci/Containerfile");
    let of = |word: &str| {
        let line = recipe
            .lines()
            .filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '))
            .next_back();
        line.unwrap_or_else(|| panic!("no {word}")).to_owned()
    };
    let list = |word: &str| serde_json::from_str::<Value>(&of(word)).expect("a list");
    assert_eq!(config["User"], of("USER"));
    assert_eq!(config["Entrypoint"], list("ENTRYPOINT"));
    assert_eq!(config["Cmd"], list("CMD"));
    assert_eq!(config["StopSignal"], of("STOPSIGNAL"));
    let variables: Vec<String> = serde_json::from_value(config["Env"].clone()).expect("a list");
    assert_eq!(variables.join(" "), of("ENV"));
    assert!(config["Volumes"][of("VOLUME")].is_object());
    let exposed: Vec<String> = of("EXPOSE").split(' ').map(|port| format!("{port}/tcp")).collect();
    assert_eq!(
        config["ExposedPorts"].as_object().expect("ports").keys().collect::<Vec<_>>(),
        exposed.iter().collect::<Vec<_>>()
    );
    let health = of("HEALTHCHECK");
    let (options, command) = health.split_once(" CMD ").expect("a command");
    let command: Vec<String> = serde_json::from_str(command).expect("a list");
    let test: Vec<String> =
        serde_json::from_value(config["Healthcheck"]["Test"].clone()).expect("a list");
    assert_eq!((&*test[0], &test[1..]), ("CMD", &*command));
    for (option, key) in
        [("interval", "Interval"), ("timeout", "Timeout"), ("start-period", "StartPeriod")]
    {
        let seconds = config["Healthcheck"][key].as_u64().expect("a number") / 1_000_000_000;
        assert!(options.contains(&format!("--{option}={seconds}s")), "{option}");
    }
}

#[test]
fn the_image_has_a_folder_for_the_data_and_no_shell() {
    let image = image();
    let folder = image.path();
    let manifest = json(&folder.join(blob(&json(&folder.join("index.json"))["manifests"][0])));
    let listed = printed(
        Command::new("tar")
            .args(["--numeric-owner", "-tvzf"])
            .arg(folder.join(blob(&manifest["layers"][0]))),
    );
    let line = |end: &str| {
        let line = listed.lines().find(|line| line.ends_with(end));
        line.unwrap_or_else(|| panic!("{end} is missing: {listed}"))
    };
    assert!(line(" var/lib/bridge/").starts_with("drwx------ 65532/65532 "));
    assert!(line(" usr/local/bin/bridge").starts_with("-rwxr-xr-x 0/0 "));
    for file in
        [" etc/ssl/certs/ca-certificates.crt", "/libc.so.6", " usr/share/doc/bridge/LICENSE"]
    {
        assert!(line(file).starts_with('-'), "{file}");
    }
    // The versions of the libraries, for scanners, and their licences.
    if Path::new("/usr/bin/dpkg-query").exists() {
        assert!(line(" var/lib/dpkg/status.d/libc6").starts_with('-'));
        assert!(line(" usr/share/doc/libc6/copyright").starts_with('-'));
    }
    let programs = listed.lines().filter(|line| line.contains("/bin/")).count();
    assert_eq!(programs, 2, "the folder and the program: {listed}");
}
