//! An AWS emulator as a child process, for every test crate that needs one.
//!
//! Rule: the emulator ends with its test, even if the test fails.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// The longest time until the emulator is ready.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Emulator {
    child: Child,
    url: String,
    _directory: TempDir,
}

impl Emulator {
    /// Starts the emulator on a free port and waits until it answers.
    pub async fn start() -> Self {
        let program = program();
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let url = format!("http://127.0.0.1:{port}");
        let directory = TempDir::new().expect("a directory");
        let child = Command::new(program)
            .current_dir(directory.path())
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AWS_ENDPOINT_URL", &url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let started = Self { child, url, _directory: directory };
        let deadline = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "the emulator does not answer");
            sleep(Duration::from_millis(50)).await;
        }
        started
    }

    /// The settings of the test's own AWS clients.
    pub fn config(&self) -> SdkConfig {
        config(&self.url)
    }
}

/// The settings of AWS clients for the emulator at this address.
pub fn config(url: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "the tests");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The child may have ended already; ignore errors.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = folders.find(|folder| folder.join("template.yaml").exists()).expect("the workspace");
    let program = root.join(".tools/ministack/bin/ministack");
    assert!(program.exists(), "{} is missing: run `make tools`", program.display());
    program
}
