//! A real browser, if the machine has one, spoken to by its own debugging protocol over a pair of pipes.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than a loaded machine takes for anything here; what takes longer never ends.
const PATIENCE: Duration = Duration::from_secs(90);

/// A browser with one page. It ends with this.
pub(crate) struct Chromium {
    process: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    sent: u64,
    session: String,
    /// What it keeps, which goes with it.
    _profile: TempDir,
}

impl Chromium {
    /// The browser that `ATLAS_TEST_CHROMIUM` names, or else the first of those that PATH has.
    pub(crate) fn find() -> Option<PathBuf> {
        if let Some(named) = env::var_os("ATLAS_TEST_CHROMIUM") {
            let named = PathBuf::from(named);
            assert!(
                named.is_file(),
                "ATLAS_TEST_CHROMIUM names {}, which is no file",
                named.display()
            );
            return Some(named);
        }
        let path = env::var_os("PATH").unwrap_or_default();
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let folders: Vec<PathBuf> = env::split_paths(&path).collect();
        names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|program| program.is_file())
    }

    /// Opens a page in it.
    pub(crate) fn open(program: &Path, url: &str) -> Self {
        let profile = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        // It wants its pipes as the descriptors 3 and 4, which only a shell gives away without unsafe code.
        let mut process = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 1>&2"#])
            .arg(program)
            .args(["--headless=new", "--remote-debugging-pipe", "--disable-gpu"])
            // It starts as root, too, as in a container, and all that it is shown is ours.
            .args(["--no-sandbox", "--no-first-run", "--no-proxy-server"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It complains of a desktop that is not there.
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let commands = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let (told, answers) = mpsc::channel();
        thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).unwrap_or_default();
                if told.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            process,
            commands,
            answers,
            sent: 0,
            session: String::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({ "url": url }));
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", target);
        let session = attached["sessionId"].as_str().expect("a session");
        session.clone_into(&mut browser.session);
        browser
    }

    /// The value of an expression on the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(
            answer.get("exceptionDetails").is_none(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true on the page.
    pub(crate) fn wait_for(&mut self, what: &str) {
        // Evaluated anew until it holds: it may be about what is not there yet.
        let tries = PATIENCE.as_millis() / 50;
        for _ in 0..tries {
            let holds =
                format!("(() => {{ try {{ return !!({what}); }} catch {{ return false; }} }})()");
            if self.value(&holds) == json!(true) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let page = self.value("document.body.innerText");
        panic!(
            "{what} never came true on the page:\n{}",
            page.as_str().unwrap_or_default()
        );
    }

    /// Clicks as a mouse does, in the middle of the first element of a selector.
    pub(crate) fn click(&mut self, selector: &str) {
        let middle = format!(
            "(() => {{ const element = document.querySelector({}); element.scrollIntoView({{ block: 'center' }}); \
             const box = element.getBoundingClientRect(); \
             return {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }}; }})()",
            json!(selector)
        );
        let mut event = self.value(&middle);
        (event["button"], event["clickCount"]) = (json!("left"), json!(1));
        for kind in ["mousePressed", "mouseReleased"] {
            event["type"] = json!(kind);
            self.call("Input.dispatchMouseEvent", event.clone());
        }
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut command = json!({ "id": self.sent, "method": method, "params": parameters });
        if !self.session.is_empty() {
            command["sessionId"] = json!(self.session);
        }
        self.send(&command).expect("the browser is there");
        loop {
            let answer = self.answers.recv_timeout(PATIENCE);
            let answer = answer.unwrap_or_else(|error| panic!("{method}: no answer: {error}"));
            // What has no number is an event, for those who asked to be told.
            if answer["id"] == json!(self.sent) {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    fn send(&mut self, command: &Value) -> io::Result<()> {
        self.commands.write_all(format!("{command}\0").as_bytes())?;
        self.commands.flush()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Asked to, it takes its own processes with it; after that there is nothing left to kill, most of the time.
        let _ = self.send(&json!({ "id": 0, "method": "Browser.close" }));
        for _ in 0..100 {
            if self.process.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
