// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages in a real Chromium: clicked, typed on and looked at as a person does.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use testkit::browser::{Browser, Page};

use crate::fixture::{Cast, Server, result};

struct Scene {
    folder: TempDir,
    server: Server,
    browser: Browser,
}

impl Scene {
    fn of(cast: &Cast<'_>) -> Option<Self> {
        let browser = Browser::start()?;
        let folder = result(cast);
        let server = Server::over(&folder);
        Some(Self { folder, server, browser })
    }

    fn new() -> Option<Self> {
        Self::of(&Cast::default())
    }

    fn open(&self, page: &str) -> Page<'_> {
        self.browser.open(&format!("{}0/{page}", self.server.address))
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("out/corrections.jsonl"))
            .unwrap_or_default()
    }
}

/// The names on the wall, as they stand there.
const TITLES: &str =
    "[...document.querySelectorAll('.card:not([hidden])')].map(c => c.dataset.title).join('|')";

fn card(name: &str) -> String {
    format!(".card[data-name=\"{name}\"] ")
}

/// Whether a page scrolls sideways or breaks its policy, at phones' widths and larger, dark and light.
fn fits(page: &Page<'_>, what: &str) {
    for width in [400, 600, 1280] {
        for dark in [false, true] {
            page.size(width, 900, dark);
            let wide = page.eval("document.documentElement.scrollWidth").as_u64().unwrap();
            let far = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 80)).join()";
            assert!(wide <= u64::from(width), "{what} at {width}: {wide}, {}", page.text(far));
            if width != 600 {
                let found = testkit::axe::violations(page).unwrap_or_default();
                assert!(found.is_empty(), "{what} at {width}, dark {dark}:\n{}", found.join("\n"));
            }
            if let Some(folder) = std::env::var_os("REVIEW_SHOTS") {
                std::thread::sleep(Duration::from_millis(150));
                let shade = if dark { "dark" } else { "light" };
                let name = format!("{}-{width}-{shade}.png", what.replace(' ', "-"));
                page.screenshot(&Path::new(&folder).join(name));
            }
        }
    }
    page.size(1280, 900, false);
    let contrast = page.eval(
        "(() => { const lum = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; }; \
         const s = getComputedStyle(document.body); const [a, b] = [lum(s.color), lum(s.backgroundColor)].sort((x, y) => y - x); return (a + .05) / (b + .05); })()",
    );
    assert!(contrast.as_f64().unwrap() > 7.0, "{what}: contrast {contrast}");
    // Whatever can be pressed has a name for a screen reader.
    let nameless = "[...document.querySelectorAll('button, a, input, select, [role=option]')].filter(e => !(e.textContent.trim() || e.ariaLabel || e.getAttribute('aria-labelledby') || e.labels?.length || e.querySelector('img[alt]:not([alt=\"\"])'))).map(e => e.outerHTML).join()";
    assert_eq!(page.text(nameless), "", "{what}");
}

#[test]
fn a_person_is_named_by_typing_and_undone_by_keys() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("");
    assert_eq!(page.text(TITLES), "Person 0|Person 1|Person 2|Person 3|Person 4");
    page.click(&(card("0") + "input"));
    page.write("Phoebe");
    page.key("Enter");
    page.wait(&format!("{TITLES}.startsWith('Phoebe|Person 1')"));
    assert!(scene.said().contains("Phoebe"));
    page.wait("document.activeElement.closest('.card')?.dataset.name === '1'");
    page.key("Escape");
    page.key("Control+z");
    page.wait(&format!("{TITLES}.startsWith('Person 0|')"));
    page.key("Control+Shift+z");
    page.wait(&format!("{TITLES}.startsWith('Phoebe|')"));
    page.click("#undo");
    page.wait(&format!("{TITLES}.startsWith('Person 0|')"));
    page.wait("document.querySelector('#redo').title.includes('Phoebe')");
}

#[test]
fn the_name_of_somebody_else_offers_to_merge() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("");
    page.click(&(card("0") + "input"));
    page.write("Ann");
    page.key("Enter");
    page.wait(&format!("{TITLES}.startsWith('Ann|')"));
    page.click(&(card("1") + "input"));
    page.write("ann");
    page.key("Enter");
    page.wait("document.querySelector('#ask').open");
    assert!(page.text("document.querySelector('#ask-text').textContent").contains("Ann"));
    page.key("Escape");
    page.wait("!document.querySelector('#ask').open");
    assert_eq!(page.eval("document.querySelectorAll('.card').length"), 5, "nothing was done");
    page.click(&(card("1") + "input"));
    page.key("Enter");
    page.wait("document.querySelector('#ask').open");
    page.click("#ask-yes");
    page.wait("document.querySelectorAll('.card').length === 4");
    assert!(
        page.text("document.querySelector('.card[data-name=Ann] .facts').textContent")
            .contains("44 faces")
    );
}

#[test]
fn people_are_found_sorted_and_hidden() {
    let Some(scene) = Scene::new() else { return };
    scene.server.post("say", &json!({ "action": { "do": "name", "person": "3", "name": "Zoë" } }));
    let page = scene.open("");
    page.key("/");
    page.write("zoe");
    page.wait(&format!("{TITLES} === 'Zoë'"));
    assert_eq!(page.text("document.querySelector('.find output').value"), "1 of 5 people");
    page.eval("document.querySelector('.find').reset()");
    let set = |field: &str, value: &str| {
        page.eval(&format!("(() => {{ const f = document.querySelector('.find').elements.{field}; f.value = '{value}'; f.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"));
    };
    set("order", "name");
    assert!(page.text(TITLES).starts_with("Zoë|Person 0|"));
    set("show", "unnamed");
    assert_eq!(page.text(TITLES), "Person 0|Person 1|Person 2|Person 4");
    set("show", "");
    page.eval("document.querySelector('.card[data-name=\"2\"] .cover').focus()");
    page.key("h");
    page.wait(&format!("!{TITLES}.includes('Person 2')"));
    set("show", "hidden");
    assert_eq!(page.text(TITLES), "Person 2");
    fits(&scene.open(""), "people");
}

#[test]
fn faces_are_selected_and_made_a_person_of_their_own() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("person?name=0");
    assert_eq!(page.eval("document.querySelectorAll('.track').length"), 6);
    let count = "document.querySelector('#count').value";
    page.click("#track-1 .face");
    page.click_with("#track-2 .face:nth-child(2)", true);
    page.wait(&format!("{count} === '6 selected'"));
    page.key("Escape");
    page.wait(&format!("{count} === ''"));
    // A box around the first two rows.
    let from = page.place("#track-1 .face:nth-child(4)");
    let top = page.eval("document.querySelector('#track-0 .face').getBoundingClientRect().y");
    let left = page.eval("document.querySelector('#track-0 .face').getBoundingClientRect().x");
    page.drag(from, (left.as_f64().unwrap() + 20.0, top.as_f64().unwrap() + 20.0));
    page.wait(&format!("{count} === '8 selected'"));
    page.key("Control+a");
    page.wait(&format!("{count} === '24 selected'"));
    page.key("Escape");
    page.click("#track-0 .face");
    page.key("t");
    page.wait(&format!("{count} === '4 selected'"));
    fits(&page, "person");
    page.key("n");
    page.wait("document.querySelectorAll('.track').length === 5");
    page.wait(&format!("{count} === ''"));
    let wall = scene.open("");
    assert_eq!(wall.eval("document.querySelectorAll('.card:not([data-unsure])').length"), 6);
    page.key("Control+z");
    page.wait("document.querySelectorAll('.track').length === 6");
}

#[test]
fn faces_go_to_others_to_nobody_and_away() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("person?name=1");
    page.click("#track-0 .face");
    page.key("t");
    page.key("m");
    page.wait("document.querySelector('#choose').open");
    page.write("person 0");
    page.key("Enter");
    page.wait("document.querySelectorAll('.track').length === 4");
    page.click("#track-0 .face");
    page.key("w");
    page.wait("document.querySelectorAll('.face').length === 15");
    page.click("#track-1 .face");
    page.key("x");
    page.wait("document.querySelectorAll('.face').length === 14");
    page.click("#track-1 .face");
    page.key("c");
    page.wait("document.querySelector('#track-1 .face.is-cover')");
    page.key("h");
    page.wait("document.querySelector('#person').dataset.hidden !== undefined");
    let unsure = scene.open("person?name=unsure");
    assert_eq!(unsure.eval("document.querySelectorAll('.face').length"), 1);
    assert_eq!(scene.said().lines().count(), 5, "{}", scene.said());
}

#[test]
fn a_person_of_two_is_split() {
    // Two people so alike that they are one group.
    let Some(scene) = Scene::of(&Cast { tracks: &[6, 4], alike: 1.1, together: false }) else {
        return;
    };
    let page = scene.open("person?name=0");
    let all = page.eval("document.querySelectorAll('.track').length");
    assert_eq!(all, 10, "one group");
    page.key("s");
    page.wait("document.querySelector('#count').value === '16 selected'");
    page.key("n");
    page.wait("document.querySelectorAll('.track').length === 6");
    assert_eq!(page.eval("document.querySelectorAll('.face').length"), 24);
}

#[test]
fn a_moment_shows_everybody_on_the_frame() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("person?name=0");
    page.click("#track-0 .face:nth-child(2)");
    page.key("Enter");
    page.wait("document.querySelector('#stage')?.dataset.ready !== undefined");
    assert_eq!(
        page.text("document.querySelector('#stage').getAttribute('viewBox')"),
        "0 0 320 240"
    );
    assert_eq!(page.eval("document.querySelectorAll('.box').length"), 2);
    assert_eq!(page.eval("document.querySelectorAll('.box.asked').length"), 1);
    fits(&page, "moment");
    let face = page.text("document.querySelector('#moment').dataset.face");
    page.key("ArrowRight");
    page.wait(&format!("document.querySelector('#moment')?.dataset.face > {face}"));
    page.wait("document.querySelector('#before')");
    // What is no film cannot be played, and the frame stays.
    page.key("p");
    page.wait("document.querySelector('#film').hidden && document.querySelector('#play').disabled");
    page.wait("document.querySelector('#stage').getClientRects().length");
    page.key("b");
    page.wait("document.querySelector('#tracks')");
}

#[test]
fn a_missed_face_is_drawn_by_mouse_or_keys() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("moment?face=0");
    page.wait("document.querySelector('#stage').dataset.ready !== undefined");
    page.key("d");
    page.wait("document.querySelector('#stage.drawing')");
    let at = page.eval("(() => { const m = document.querySelector('#stage').getScreenCTM(); const p = (x, y) => { const q = new DOMPoint(x, y).matrixTransform(m); return [q.x, q.y]; }; return [...p(200, 40), ...p(240, 90)]; })()");
    let at: Vec<f64> = at.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    page.drag((at[0], at[1]), (at[2], at[3]));
    page.wait("!document.querySelector('#add').hidden");
    page.click("#add");
    let file = scene.folder.path().join("out/drawn.json");
    page.wait("document.querySelector('#said').textContent.includes('added')");
    let drawn: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for (value, wanted) in drawn["box"].as_array().unwrap().iter().zip([200.0, 40.0, 40.0, 50.0]) {
        assert!((value.as_f64().unwrap() - wanted).abs() < 1.5, "{drawn}");
    }
    std::fs::remove_file(&file).unwrap();
    page.wait("document.querySelector('#stage')?.dataset.ready !== undefined && document.querySelector('#add').hidden");
    page.key("d");
    page.key("ArrowRight");
    page.key("Shift+ArrowRight");
    page.key("Enter");
    page.wait("document.querySelector('#said').textContent.includes('added')");
    assert!(file.exists());
}

#[test]
fn questions_are_answered_by_keys() {
    let Some(scene) =
        Scene::of(&Cast { tracks: &[3, 3, 3, 3, 3, 3], alike: 0.55, together: false })
    else {
        return;
    };
    let page = scene.open("queue");
    let open = page.eval("document.querySelectorAll('.question').length").as_u64().unwrap();
    assert!(open >= 3, "{open} questions");
    fits(&page, "queue");
    let key = "document.querySelector('.question[aria-current=true]')?.dataset.key";
    let answered = |what: &str| {
        let before = page.text(key);
        page.key(what);
        page.wait(&format!("{key} !== '{before}'"));
        before
    };
    answered("n");
    page.wait("document.querySelector('#progress').textContent.includes('1 answered')");
    assert!(scene.said().contains("different"), "{}", scene.said());
    let skipped = answered("s");
    page.go(&format!("{}0/queue", scene.server.address));
    assert!(
        !page
            .text("[...document.querySelectorAll('.question')].map(q => q.dataset.key).join('|')")
            .split('|')
            .any(|key| key == skipped)
    );
    let people = || scene.server.get("").body.matches("<article").count();
    let before = people();
    answered("y");
    page.wait("document.querySelector('#progress').textContent.includes('2 answered')");
    assert_eq!(people(), before - 1);
    page.key("Control+z");
    page.wait("document.querySelector('#progress').textContent.includes('1 answered')");
    assert_eq!(people(), before);
}

#[test]
fn yes_to_all_of_these() {
    let Some(scene) =
        Scene::of(&Cast { tracks: &[3, 3, 3, 3, 3, 3], alike: 0.55, together: false })
    else {
        return;
    };
    let page = scene.open("queue");
    page.wait("document.querySelectorAll('.question').length > 1");
    page.key("Shift+Y");
    page.wait("document.querySelector('#ask').open");
    page.click("#ask-yes");
    page.wait("document.querySelector('#said').textContent.includes('answers were kept')");
    assert!(scene.server.get("").body.matches("<article").count() < 6);
}

#[test]
fn two_windows_follow_each_other() {
    let Some(scene) = Scene::new() else { return };
    let (here, there) = (scene.open(""), scene.open(""));
    // Something is being typed there.
    there.click(&(card("1") + "input"));
    there.write("Half a na");
    here.click(&(card("0") + "input"));
    here.write("Ann");
    here.key("Enter");
    there.wait(&format!("{TITLES}.startsWith('Ann|Person 1')"));
    let typed = "document.querySelector('.card[data-name=\"1\"] input').value";
    assert_eq!(there.text(typed), "Half a na");
    there.write("me");
    there.key("Enter");
    here.wait(&format!("{TITLES}.startsWith('Ann|Half a name|')"));
}

#[test]
fn an_old_page_is_told_and_keeps_what_was_typed() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("");
    // This window sleeps, as behind others: it hears nothing.
    page.eval("Object.defineProperty(document, 'hidden', { get: () => true })");
    let renamed = json!({ "action": { "do": "move", "faces": [0], "to": "1" } });
    assert_eq!(scene.server.post("say", &renamed).status, 200);
    page.click(&(card("0") + "input"));
    page.write("Ann");
    page.key("Enter");
    page.wait("!document.querySelector('#trouble').hidden");
    assert!(page.text("document.querySelector('#trouble').textContent").contains("in between"));
    assert!(!scene.said().contains("Ann"));
    assert_eq!(page.text("document.querySelector('.card[data-name=\"0\"] input').value"), "Ann");
    // As it is now; until then the card may be replaced under the pointer.
    page.wait("document.querySelector('.card[data-name=\"0\"]').textContent.includes('23 faces')");
    page.click(&(card("0") + "input"));
    page.key("Enter");
    page.wait(&format!("{TITLES}.includes('Ann')"));
    page.wait("document.querySelector('#trouble').hidden");
}

#[test]
fn an_expired_address_is_told_and_keeps_what_was_typed() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("");
    page.click(&(card("0") + "input"));
    page.write("Ann");
    let Scene { folder, server, browser: _browser } = &scene;
    let other = format!("{}0/", server.address).replace(&server.token, &"0".repeat(32));
    page.eval(&format!(
        "window.fetch = ((f) => (a, o) => f(new URL(a, '{other}'), o))(window.fetch)"
    ));
    page.key("Enter");
    page.wait("document.querySelector('#trouble').textContent.includes('not valid any more')");
    assert_eq!(page.text("document.querySelector('.card[data-name=\"0\"] input').value"), "Ann");
    assert!(!folder.path().join("out/corrections.jsonl").exists());
    page.go(&other);
    assert!(page.text("document.body.innerText").contains("facegroup review"));
}

#[test]
fn a_server_that_went_away_is_told() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("");
    let Scene { server, .. } = &scene;
    server.post("say", &json!({ "action": { "do": "name", "person": "0", "name": "Ann" } }));
    page.wait(&format!("{TITLES}.startsWith('Ann|')"));
    page.eval("window.fetch = () => Promise.reject(new TypeError('gone'))");
    page.wait("document.querySelector('#trouble').textContent.includes('does not answer')");
}

#[test]
fn keys_are_listed_and_lead_on() {
    let Some(scene) = Scene::new() else { return };
    let page = scene.open("");
    page.key("?");
    page.wait("document.querySelector('#help').open");
    fits(&page, "keys");
    page.key("Escape");
    page.wait("!document.querySelector('#help').open");
    page.key("ArrowRight");
    page.key("ArrowRight");
    page.wait("document.activeElement.closest('.card')?.dataset.name === '1'");
    page.key("Enter");
    page.wait("document.querySelector('#person')?.dataset.name === '1'");
    page.wait("document.readyState === 'complete'");
    page.key("g");
    page.key("q");
    page.wait("location.pathname.endsWith('/queue')");
    page.wait("document.readyState === 'complete'");
    page.key("g");
    page.key("u");
    page.wait("location.search === '?name=unsure'");
    page.wait("document.readyState === 'complete'");
    page.key("g");
    page.key("g");
    page.wait("document.querySelector('#said').textContent.includes('Grouped again')");
}
