// SPDX-License-Identifier: MIT OR Apache-2.0
// One moment: the frame and its faces, the film from there, and faces that were missed.
import { begin, one, redraw, say, tell, trouble } from "./common.js";

const moment = () => one("#moment").dataset;
const stage = () => one("#stage");
const drawn = () => one("#drawn");
const page = one("#page");

/** Width and height of the frame in pixels. */
let size = { width: 1, height: 1 };

/** The frame's own size, once it is there: what the run noted may be another stream's. */
const fit = async () => {
  const picture = one("#picture");
  const probe = new Image();
  probe.src = picture.getAttribute("href");
  const view = stage().viewBox.baseVal;
  size = { width: view.width, height: view.height };
  letter();
  try {
    await probe.decode();
  } catch {
    trouble("This frame cannot be decoded: the film may have been moved or changed. The boxes are shown without it.");
    return;
  }
  const { naturalWidth: width, naturalHeight: height } = probe;
  size = { width, height };
  stage().setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("width", width);
  picture.setAttribute("height", height);
  letter();
  stage().dataset.ready = "";
};

/** Names as large on a phone as on a wall. */
const letter = () => {
  const scale = stage().getBoundingClientRect().width / size.width || 1;
  stage().style.setProperty("--text", `${13 / scale}px`);
};
addEventListener("resize", letter);

// ---- play ----

const play = () => {
  const film = one("#film");
  if (!film) return false;
  if (!film.hidden) {
    film.pause();
    film.hidden = true;
    stage().removeAttribute("hidden");
    one("#play").textContent = "Play from here";
    return;
  }
  draw(false);
  if (!film.src) {
    film.addEventListener("error", () => {
      film.hidden = true;
      stage().removeAttribute("hidden");
      one("#play").disabled = true;
      tell("This browser cannot play the film; its frames are shown");
    });
    film.addEventListener("loadedmetadata", () => (film.currentTime = +moment().pts), { once: true });
    film.src = `${film.dataset.src}#t=${moment().pts}`;
  } else {
    film.currentTime = +moment().pts;
  }
  film.hidden = false;
  stage().setAttribute("hidden", "");
  one("#play").textContent = "Back to the frame";
  film.play().catch(() => {});
};

// ---- a face that was missed ----

let drawing = false;
let from = null;
let box = null;

const put = (next) => {
  const { width, height } = size;
  const w = Math.min(Math.max(next.width, 8), width);
  const h = Math.min(Math.max(next.height, 8), height);
  const x = Math.min(Math.max(next.x, 0), width - w);
  const y = Math.min(Math.max(next.y, 0), height - h);
  box = { x, y, width: w, height: h };
  for (const [name, value] of Object.entries(box)) drawn().setAttribute(name, value);
  drawn().setAttribute("visibility", "visible");
  one("#add").hidden = false;
};

const draw = (on) => {
  drawing = on;
  stage().classList.toggle("drawing", on);
  one("#draw").setAttribute("aria-pressed", on);
  one("#hint").hidden = !on;
  if (on) return;
  box = from = null;
  drawn().setAttribute("visibility", "hidden");
  one("#add").hidden = true;
};

/** Where a pointer is, in pixels of the frame. */
const place = (event) => {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(stage().getScreenCTM().inverse());
  return { x: Math.min(Math.max(at.x, 0), size.width), y: Math.min(Math.max(at.y, 0), size.height) };
};

page.addEventListener("pointerdown", (event) => {
  if (!drawing || !event.target.closest("#stage") || event.button) return;
  event.preventDefault();
  stage().setPointerCapture(event.pointerId);
  from = place(event);
});
page.addEventListener("pointermove", (event) => {
  if (!drawing || !from) return;
  const to = place(event);
  put({ x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) });
});
page.addEventListener("pointerup", () => {
  if (from && box) one("#add").focus();
  from = null;
});

const add = async () => {
  if (!box) return;
  const { video, frame } = moment();
  const numbers = [box.x, box.y, box.width, box.height].map((value) => Math.round(value * 100) / 100);
  one("#add").disabled = true;
  tell("Looking at this face…");
  const news = await say("add-face", { video: +video, frame: +frame, box: numbers });
  one("#add").disabled = false;
  if (news) draw(false);
};

const arrow = (dx, dy) => (event) => {
  if (!drawing) {
    if (dy || event.shiftKey) return false;
    const link = one(dx < 0 ? "#before" : "#after");
    if (link) link.click();
    else tell(dx < 0 ? "This is the first one" : "This is the last one");
    return;
  }
  // A step is a hundredth of the frame.
  const by = Math.max(size.width / 100, 1);
  const now = box ?? { x: size.width * 0.4, y: size.height * 0.35, width: size.width * 0.15, height: size.width * 0.18 };
  if (event.shiftKey) put({ ...now, width: now.width + dx * by, height: now.height + dy * by });
  else put({ ...now, x: now.x + dx * by, y: now.y + dy * by });
};

const back = () => {
  if (drawing) return draw(false);
  location.href = `person?name=${encodeURIComponent(moment().name)}`;
};
const toggle = () => {
  if (one("#film") && !one("#film").hidden) play();
  draw(!drawing);
};

page.addEventListener("click", ({ target }) => {
  const id = target.closest("button")?.id;
  if (id === "play") play();
  if (id === "draw") toggle();
  if (id === "add") add();
});

const keys = { p: play, d: toggle, b: back, Escape: back };
for (const [name, dx, dy] of [["Left", -1, 0], ["Right", 1, 0], ["Up", 0, -1], ["Down", 0, 1]]) {
  keys[`Arrow${name}`] = arrow(dx, dy);
  keys[`Shift+Arrow${name}`] = arrow(dx, dy);
}
keys.Enter = (event) => {
  if (!drawing || !box || event.target.closest("button, a")) return false;
  add();
};

const changed = async (news) => {
  // Another numbering of faces: this one's number may be another's.
  if (drawing && !news.all) return;
  if (!(await redraw())) location.replace("./");
};

begin({ changed, keys, drawn: () => void fit(), at: () => +moment().face });
