// SPDX-License-Identifier: MIT OR Apache-2.0
// One person: faces are selected, and something is said of them.
import { act, all, begin, chosen, confirmed, named, one, redraw, rename, tell } from "./common.js";

const person = () => one("#person").dataset;
const faces = () => all("#tracks .face");
const number = (face) => +face.dataset.face;

// ---- selection ----

/** Numbers of selected faces, also of such as are not on the page. */
const selected = new Set();
/** Where a range begins. */
let anchor = null;

const list = (text) => (text ? text.split(" ").map(Number) : []);

/** Those selected, with the faces without pictures of tracks that are selected as a whole. */
const meant = () => {
  const numbers = new Set(selected);
  for (const track of all("#tracks .track")) {
    const shown = all(".face", track);
    if (shown.length && shown.every((face) => selected.has(number(face)))) list(track.dataset.rest).forEach((face) => numbers.add(face));
  }
  return [...numbers].sort((a, b) => a - b);
};

const show = () => {
  for (const face of faces()) {
    const is = selected.has(number(face));
    if ((face.getAttribute("aria-selected") === "true") !== is) face.setAttribute("aria-selected", is);
  }
  const count = meant().length;
  one("#count").value = count ? `${count} selected` : "";
  document.body.classList.toggle("with-tray", count > 0);
};

const set = (which, on) => {
  for (const face of which) selected[on ? "add" : "delete"](number(face));
  show();
};
const clear = () => {
  selected.clear();
  show();
};
const range = (to) => {
  const seen = faces();
  const [a, b] = [seen.indexOf(anchor ?? to), seen.indexOf(to)].sort((x, y) => x - y);
  set(seen.slice(Math.max(a, 0), b + 1), true);
};

const focus = (face) => {
  for (const other of all('#tracks .face[tabindex="0"]')) other.tabIndex = -1;
  if (!face) return;
  face.tabIndex = 0;
  face.focus({ preventScroll: true });
  face.scrollIntoView({ block: "nearest" });
};
const current = () => document.activeElement.closest?.(".face") ?? one('#tracks .face[tabindex="0"]');

/** Which faces something is said of: the selected ones, else the one with the focus. */
const these = () => {
  const numbers = meant();
  if (numbers.length) return numbers;
  const face = document.activeElement.closest?.(".face");
  return face ? [number(face)] : [];
};

// ---- box ----

let drag = null;
const tracks = () => one("#tracks");
const page = one("#page");

page.addEventListener("pointerdown", (event) => {
  // A finger scrolls; it selects by tapping.
  if (event.button || event.pointerType === "touch" || !event.target.closest("#tracks")) return;
  drag = { x: event.pageX, y: event.pageY, id: event.pointerId, before: new Set(selected), band: null };
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [dx, dy] = [event.pageX - drag.x, event.pageY - drag.y];
  if (!drag.band) {
    if (Math.hypot(dx, dy) < 6) return;
    drag.band = Object.assign(document.createElement("div"), { className: "band" });
    tracks().append(drag.band);
  }
  event.preventDefault();
  const origin = tracks().getBoundingClientRect();
  const box = { left: Math.min(drag.x, event.pageX) - scrollX, top: Math.min(drag.y, event.pageY) - scrollY, width: Math.abs(dx), height: Math.abs(dy) };
  Object.assign(drag.band.style, { left: `${box.left - origin.left}px`, top: `${box.top - origin.top}px`, width: `${box.width}px`, height: `${box.height}px` });
  selected.clear();
  drag.before.forEach((face) => selected.add(face));
  for (const face of faces()) {
    const at = face.getBoundingClientRect();
    const meets = at.right > box.left && at.left < box.left + box.width && at.bottom > box.top && at.top < box.top + box.height;
    if (meets) selected.add(number(face));
  }
  show();
});
const release = () => {
  if (drag?.band) {
    drag.band.remove();
    // The click that follows is no click.
    addEventListener("click", (event) => event.stopPropagation(), { capture: true, once: true });
    setTimeout(() => dispatchEvent(new Event("click")));
  }
  drag = null;
};
addEventListener("pointerup", release);
addEventListener("pointercancel", release);

page.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (key) return void keys[key]();
  const face = event.target.closest(".face");
  if (!face) return;
  if (event.shiftKey) range(face);
  else set([face], !selected.has(number(face)));
  anchor = face;
  focus(face);
});
page.addEventListener("dblclick", (event) => {
  const face = event.target.closest(".face");
  if (face) moment(face);
});

// ---- what is said ----

const stamps = () => ({ [person().name]: +person().stamp });
const some = (count) => (count === 1 ? "1 face" : `${count} faces`);

const withFaces = (what) => async () => {
  const chosen = these();
  if (!chosen.length) return tell("Select faces first");
  await what(chosen);
};

const said = async (action) => {
  if (await act(action, stamps())) clear();
};

const move = withFaces(async (numbers) => {
  const text = await chosen(`Move ${some(numbers.length)} to`);
  if (!text) return;
  const to = named(text);
  if (to?.name === person().name) return tell(`They are ${to.title}'s already`);
  if (to) return said({ do: "move", faces: numbers, to: to.name });
  if (await confirmed(`Nobody is called ${text}. Make a new person of that name?`, "New person")) await said({ do: "new-person", faces: numbers, name: text });
});

const merge = async () => {
  if ("unsure" in person()) return;
  const { name, title } = person();
  const text = await chosen(`Merge ${title} into`);
  if (!text) return;
  const into = named(text);
  if (!into || into.name === name) return tell(`Nobody else is called ${text}`);
  await said({ do: "merge", person: name, into: into.name });
};

const split = () => {
  const proposed = list(person().split);
  if (!proposed.length) return tell("These faces look like one person; select some, and make a new person of them");
  clear();
  proposed.forEach((face) => selected.add(face));
  show();
  one('#tray [data-key="n"]').focus();
  tell(`${some(proposed.length)} fit together apart from the others: n makes a new person of them`);
};

const moment = (face) => {
  if (face) location.href = `moment?face=${number(face)}`;
};

const hide = () => {
  const { name, hidden, unsure } = person();
  if (unsure === undefined) said({ do: "hide", person: name, hidden: hidden === undefined });
};

const cover = withFaces(async ([face]) => said({ do: "cover", face }));

// ---- keys ----

const step = (by, extend) => () => {
  const seen = faces();
  const from = current();
  const place = from ? seen.indexOf(from) : -1;
  const to = from ? seen[Math.min(Math.max(place + by, 0), seen.length - 1)] : seen[0];
  go(from, to, extend);
};
const rows = (down, extend) => () => {
  const from = current();
  if (!from) return step(1, extend)();
  const at = from.getBoundingClientRect();
  const [x, y] = [at.left + at.width / 2, at.top];
  // The nearest of the next row that there is.
  let [best, least] = [null, Infinity];
  for (const face of faces()) {
    const box = face.getBoundingClientRect();
    const far = down ? box.top - y : y - box.top;
    if (far < at.height / 2) continue;
    const cost = far * 4 + Math.abs(box.left + box.width / 2 - x);
    if (cost < least) [best, least] = [face, cost];
  }
  go(from, best ?? from, extend);
};
const go = (from, to, extend) => {
  if (extend) {
    anchor ??= from ?? to;
    range(to);
  } else {
    anchor = to;
  }
  focus(to);
};

const keys = {
  Enter: () => {
    const target = document.activeElement;
    // A button or a link is pressed by it.
    if (target.closest?.("button, a, summary") && !target.closest("#tray")) return false;
    const face = faces().find((face) => selected.has(number(face)) && face === current()) ?? faces().find((face) => selected.has(number(face))) ?? current();
    moment(face);
  },
  " ": () => {
    const face = document.activeElement.closest?.(".face");
    if (!face) return false;
    set([face], !selected.has(number(face)));
    anchor = face;
  },
  Escape: clear,
  "Control+a": () => set(faces(), true),
  t: () => {
    const track = current()?.closest(".track");
    if (track) set(all(".face", track), true);
  },
  m: () => void move(),
  n: () => void withFaces((numbers) => said({ do: "new-person", faces: numbers, name: null }))(),
  w: () => void ("unsure" in person() || withFaces((numbers) => said({ do: "unsure", faces: numbers }))()),
  x: () => void withFaces((numbers) => said({ do: "not-a-face", faces: numbers }))(),
  Delete: () => keys.x(),
  c: () => void ("unsure" in person() || cover()),
  s: () => void ("unsure" in person() || split()),
  j: () => void merge(),
  h: () => void hide(),
  r: () => one("#name")?.select(),
  ArrowRight: step(1),
  ArrowLeft: step(-1),
  "Shift+ArrowRight": step(1, true),
  "Shift+ArrowLeft": step(-1, true),
  ArrowDown: rows(true),
  ArrowUp: rows(false),
  "Shift+ArrowDown": rows(true, true),
  "Shift+ArrowUp": rows(false, true),
};

const commit = (field) => rename(field, person().name, person().title, +person().stamp);
page.addEventListener("keydown", (event) => {
  if (event.target.id !== "name" || event.isComposing) return;
  if (event.key === "Enter") {
    event.preventDefault();
    commit(event.target);
  } else if (event.key === "Escape") {
    event.target.value = event.target.defaultValue;
    focus(current() ?? faces()[0]);
  }
});
page.addEventListener("focusout", ({ target }) => {
  if (target.id === "name" && target.isConnected && !one("dialog[open]")) commit(target);
});

// ---- what changed ----

const changed = async (news, mine) => {
  const { name } = person();
  if (!news.all && !news.changed.includes(name)) return;
  const place = scrollY;
  if (await redraw()) {
    scrollTo(0, place);
    return;
  }
  // Merged, renamed, or emptied: where the first face went, or back to all.
  const here = news.here && news.here !== name && faces().length && !selected.has(number(faces()[0])) ? news.here : null;
  const address = here ? `person?name=${encodeURIComponent(here)}` : "./";
  if (mine) location.replace(address);
  else tell("This person is not here any more");
  if (!mine) setTimeout(() => location.replace(address), 2500);
};

const drawn = () => {
  const there = new Set(faces().map(number));
  for (const face of [...selected]) if (!there.has(face)) selected.delete(face);
  const first = faces()[0];
  if (first && !one('#tracks .face[tabindex="0"]')) first.tabIndex = 0;
  show();
};

begin({ changed, drawn, keys, at: () => (faces()[0] ? number(faces()[0]) : undefined) });
