//! A headless Chromium, driven over its DevTools protocol through a pipe: JSON messages that end
//! with a zero byte, on the file descriptors 3 and 4.
//!
//! Without a browser the tests of the pages do nothing, and `make test` says so; with
//! `BROWSER_REQUIRED`, as continuous integration sets it, they fail.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The longest wait for an answer of the browser, or for something on the page.
const PATIENCE: Duration = Duration::from_secs(30);

/// Installed by `tools/install`.
const AXE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/axe/node_modules/axe-core/axe.min.js");

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser with one page.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    last: u64,
    /// What the page wrote to its console as an error.
    pub errors: Vec<String>,
    _profile: TempDir,
}

/// The program of a browser, if there is one.
pub fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|file| file.is_file());
    let is_needed = std::env::var_os("BROWSER_REQUIRED").is_some();
    assert!(found.is_some() || !is_needed, "there is no browser");
    found
}

/// axe-core; `None` if it is not installed.
pub fn axe() -> Option<String> {
    let script = std::fs::read_to_string(AXE).ok();
    let is_needed = std::env::var_os("BROWSER_REQUIRED").is_some();
    assert!(script.is_some() || !is_needed, "axe-core is not installed");
    script
}

impl Browser {
    /// Starts it and opens a page.
    pub fn open(program: &Path, url: &str) -> Self {
        let profile = TempDir::new().expect("a folder");
        let mut command = Command::new("sh");
        let script = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;
        command.arg("-c").arg(script).arg(program);
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
            "--no-first-run",
            "--remote-debugging-pipe",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the browser starts");
        let to = child.stdin.take().expect("it is piped");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let parsed = serde_json::from_slice(&message).unwrap_or_default();
                message.clear();
                if sender.send(parsed).is_err() {
                    return;
                }
            }
        });
        let session = String::new();
        let mut browser =
            Self { child, to, from, session, last: 0, errors: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", &attach);
        browser.session = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser.size(1400, 1000);
        browser.go(url);
        browser
    }

    pub fn go(&mut self, url: &str) {
        self.call("Page.navigate", &json!({ "url": url }));
        self.until("document.readyState === 'complete'");
    }

    /// The serious findings of axe-core, each with its places.
    pub fn findings(&mut self) -> Vec<String> {
        let found = self.value(
            "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations
               .filter(one => ['serious', 'critical'].includes(one.impact))
               .map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => `${node.target} ${node.failureSummary}`).join('; ')}`))",
        );
        let found = found.as_array().cloned().unwrap_or_default();
        found.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Ends a test: the page has reported no error.
    pub fn closed(&self) {
        assert!(self.errors.is_empty(), "{:?}", self.errors);
    }

    /// Calls the browser and returns the result.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser reads");
        loop {
            let answer = self.from.recv_timeout(PATIENCE);
            let answer = answer.unwrap_or_else(|_| panic!("{method}: the browser does not answer"));
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.note(&answer);
        }
    }

    fn note(&mut self, event: &Value) {
        let parameters = &event["params"];
        let error = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => parameters["exceptionDetails"].to_string(),
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => {
                parameters["entry"].to_string()
            }
            _ => return,
        };
        self.errors.push(error);
    }

    /// The value of an expression in the page; waits for a promise.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", &parameters);
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        answer["result"]["value"].clone()
    }

    pub fn text(&mut self, selector: &str) -> String {
        let value = self.value(&format!("document.querySelector({selector:?}).textContent"));
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression in the page is true.
    pub fn until(&mut self, expression: &str) {
        let milliseconds = PATIENCE.as_millis() - 5000;
        let waits = format!(
            "new Promise(done => {{ const end = Date.now() + {milliseconds};
               const look = () => {{ let is = false; try {{ is = Boolean({expression}); }} catch {{}}
                 if (is || Date.now() > end) done(is); else setTimeout(look, 30); }}; look(); }})"
        );
        if self.value(&waits) != true {
            let page = self.value("document.body.innerText");
            panic!("not true: {expression}\n{}\n{:?}", page.as_str().unwrap_or(""), self.errors);
        }
    }

    /// Waits until a part of the page contains a text.
    pub fn sees(&mut self, selector: &str, text: &str) {
        self.until(&format!("document.querySelector({selector:?}).textContent.includes({text:?})"));
    }

    /// Clicks the button with this text, once it may be used.
    pub fn press(&mut self, inside: &str, text: &str) {
        let button = format!(
            "[...document.querySelectorAll({:?})].find(one => one.textContent === {text:?} && one.getAttribute('aria-disabled') !== 'true')",
            format!("{inside} button")
        );
        self.until(&button);
        self.value(&format!("{button}.click()"));
    }

    /// Types a text into a field and presses Enter.
    pub fn write(&mut self, selector: &str, text: &str) {
        self.value(&format!("document.querySelector({selector:?}).focus()"));
        self.call("Input.insertText", &json!({ "text": text }));
        self.key("Enter", 13, "\r");
    }

    /// Presses a key.
    pub fn key(&mut self, name: &str, code: u32, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": name, "code": name,
                "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    pub fn size(&mut self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
    }

    pub fn dark(&mut self, is: bool) {
        let value = if is { "dark" } else { "light" };
        let media = json!({ "features": [ { "name": "prefers-color-scheme", "value": value } ] });
        self.call("Emulation.setEmulatedMedia", &media);
    }

    /// Keeps a picture of the page under `target/screenshots`, and returns it.
    pub fn picture(&mut self, name: &str) -> Vec<u8> {
        let picture = self.call("Page.captureScreenshot", &json!({ "format": "png" }));
        let bytes = STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("base64");
        // The program is in the target folder, in `debug`.
        let target = Path::new(crate::process::PROGRAM).ancestors().nth(2).expect("a folder");
        let folder = target.join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), &bytes).expect("it is ours");
        bytes
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
