// SPDX-License-Identifier: MIT OR Apache-2.0
//! A headless Chromium that clicks and types, driven over the DevTools protocol through a pipe: no port, no driver.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::skip;

/// How long the browser may take for anything; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is tried.
const STEP: Duration = Duration::from_millis(30);

/// Where Chromium is; skips and gives `None` where there is none.
#[track_caller]
pub fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut found =
        std::env::split_paths(&paths).flat_map(|path| names.map(|name| path.join(name)));
    let found = found.find(|path| path.exists());
    if found.is_none() {
        skip("browser", "no Chromium");
    }
    found
}

/// A running browser; it ends when this is dropped.
pub struct Browser {
    child: Child,
    wire: Mutex<Wire>,
    _profile: TempDir,
}

struct Wire {
    input: ChildStdin,
    messages: Receiver<Value>,
    next: u64,
}

/// A page in a window of its own.
pub struct Page<'b> {
    browser: &'b Browser,
    session: String,
}

impl Browser {
    /// Starts one; skips and gives `None` where there is none.
    #[track_caller]
    pub fn start() -> Option<Self> {
        let path = chromium()?;
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        // The protocol's pipes are descriptors 3 and 4.
        command.args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#]).arg(path);
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]);
        command.args(["--remote-debugging-pipe", "--no-first-run", "--disable-dev-shm-usage"]);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = child.stdout.take().unwrap();
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let parts = BufReader::new(output).split(0);
            for part in parts.map_while(Result::ok) {
                let message = serde_json::from_slice(&part).unwrap_or(Value::Null);
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let wire = Mutex::new(Wire { input, messages, next: 0 });
        Some(Self { child, wire, _profile: profile })
    }

    fn call(&self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        let mut wire = self.wire.lock().unwrap();
        wire.next += 1;
        let id = wire.next;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        wire.input.write_all(&bytes).unwrap();
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match wire.messages.recv_timeout(left) {
                Ok(answer) if answer["id"] == id => {
                    assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                    return answer["result"].clone();
                }
                Ok(_) => (),
                Err(RecvTimeoutError::Timeout) => panic!("{method}: no answer in {PATIENCE:?}"),
                Err(error) => panic!("{method}: the browser ended: {error}"),
            }
        }
    }

    /// Opens an address in a new window of 1280 by 900 pixels, and waits until it is there.
    pub fn open(&self, address: &str) -> Page<'_> {
        let target = json!({ "url": "about:blank", "newWindow": true });
        let target = self.call(None, "Target.createTarget", target)["targetId"].clone();
        let attach = json!({ "targetId": target, "flatten": true });
        let session = self.call(None, "Target.attachToTarget", attach)["sessionId"].clone();
        let page = Page { browser: self, session: session.as_str().unwrap().to_owned() };
        page.call("Page.enable", json!({}));
        page.size(1280, 900, false);
        page.go(address);
        page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Page<'_> {
    fn call(&self, method: &str, parameters: Value) -> Value {
        self.browser.call(Some(&self.session), method, parameters)
    }

    /// Goes to an address and waits until it is drawn.
    pub fn go(&self, address: &str) {
        let gone = self.call("Page.navigate", json!({ "url": address }));
        assert!(gone["errorText"].is_null(), "{address}: {gone}");
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// What an expression of JavaScript comes to; a promise is awaited.
    ///
    /// # Panics
    /// Where it throws.
    #[track_caller]
    pub fn eval(&self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", asked);
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        answer["result"]["value"].clone()
    }

    /// The same as text.
    #[track_caller]
    pub fn text(&self, expression: &str) -> String {
        let value = self.eval(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// Waits until an expression is true; pages may be replaced meanwhile.
    #[track_caller]
    pub fn wait(&self, expression: &str) {
        let begun = Instant::now();
        loop {
            let asked = json!({ "expression": format!("!!({expression})"), "returnByValue": true });
            let answer = self.call("Runtime.evaluate", asked);
            if answer["result"]["value"] == true {
                return;
            }
            let there = || self.eval("document.body.innerText.slice(0, 2000)");
            assert!(
                begun.elapsed() < PATIENCE,
                "never: {expression}; {answer}; the page: {}",
                there()
            );
            std::thread::sleep(STEP);
        }
    }

    /// Sets the size of the window, and whether it is dark.
    pub fn size(&self, width: u32, height: u32, dark: bool) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Presses a key by its name, with modifiers before it: `y`, `Enter`, `Control+Shift+z`.
    pub fn key(&self, keys: &str) {
        let mut parts: Vec<&str> = keys.split('+').collect();
        let name = parts.pop().unwrap_or_default();
        let bit = |part: &str| match part {
            "Alt" => 1,
            "Control" => 2,
            "Shift" => 8,
            other => panic!("{other} is no modifier"),
        };
        let modifiers: u32 = parts.iter().map(|part| bit(part)).sum();
        let code = match name {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            "Delete" => 46,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            letter => letter.bytes().next().unwrap_or_default().to_ascii_uppercase().into(),
        };
        let text = match name {
            "Enter" => "\r",
            letter if letter.len() == 1 && modifiers & 3 == 0 => letter,
            _ => "",
        };
        let key = if name == "Space" { " " } else { name };
        let mut down = json!({ "type": "keyDown", "modifiers": modifiers, "key": key, "windowsVirtualKeyCode": code });
        if !text.is_empty() {
            down["text"] = text.into();
        }
        self.call("Input.dispatchKeyEvent", down);
        let up = json!({ "type": "keyUp", "modifiers": modifiers, "key": key, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", up);
    }

    /// Types a text where the focus is.
    pub fn write(&self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// The middle of an element that is there and seen, once it is.
    #[track_caller]
    pub fn place(&self, selector: &str) -> (f64, f64) {
        let quoted = Value::from(selector);
        self.wait(&format!("document.querySelector({quoted})?.getClientRects().length"));
        let at = self.eval(&format!(
            "(() => {{ const e = document.querySelector({quoted}); e.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        ));
        (at[0].as_f64().unwrap(), at[1].as_f64().unwrap())
    }

    fn mouse(&self, kind: &str, (x, y): (f64, f64), held: bool, shift: bool) {
        let button = if kind == "mouseMoved" && !held { "none" } else { "left" };
        self.call(
            "Input.dispatchMouseEvent",
            json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": u32::from(held), "clickCount": 1, "modifiers": if shift { 8 } else { 0 } }),
        );
    }

    /// Clicks on the middle of an element.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.click_with(selector, false);
    }

    /// The same, maybe with the shift key.
    #[track_caller]
    pub fn click_with(&self, selector: &str, shift: bool) {
        let at = self.place(selector);
        self.mouse("mouseMoved", at, false, shift);
        self.mouse("mousePressed", at, true, shift);
        self.mouse("mouseReleased", at, false, shift);
    }

    /// Drags with the mouse from one place of the window to another.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        self.mouse("mouseMoved", from, false, false);
        self.mouse("mousePressed", from, true, false);
        for step in 1..=5 {
            let part = f64::from(step) / 5.0;
            let at = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            self.mouse("mouseMoved", at, true, false);
        }
        self.mouse("mouseReleased", to, false, false);
    }

    /// Saves what the window shows as PNG.
    pub fn screenshot(&self, file: &Path) {
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        let data = shot["data"].as_str().unwrap();
        std::fs::write(file, decode_base64(data)).unwrap();
    }
}

/// Bytes of a base64 text without line breaks.
fn decode_base64(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let plain: Vec<u8> = text.bytes().filter(|c| *c != b'=').collect();
    let mut bytes = Vec::new();
    for part in plain.chunks(4) {
        let bits = part.iter().fold(0, |bits, c| bits << 6 | value(*c)) << (6 * (4 - part.len()));
        bytes.extend(bits.to_be_bytes().iter().skip(1).take(part.len() - 1));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        assert_eq!(decode_base64("UGhvZWJl"), b"Phoebe");
        assert_eq!(decode_base64("UGhvZWI="), b"Phoeb");
        assert_eq!(decode_base64("Kw=="), b"+");
    }
}
