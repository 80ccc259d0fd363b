// SPDX-License-Identifier: MIT OR Apache-2.0
// Shows a page at several widths, and says what is wrong with it there.
"use strict";

const all = (within, selector) => [...within.querySelectorAll(selector)];
const name = (element) => `${element.className || element.tagName} "${(element.title || element.textContent).trim().slice(0, 40)}"`;

/** The page in a frame of this width, as a window of that width shows it. */
const show = async (page, width) => {
  const frame = document.createElement("iframe");
  frame.style = `width:${width}px;height:1500px;border:0`;
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  frame.srcdoc = page;
  document.body.append(frame);
  await loaded;
  return frame;
};

const overlap = (a, b) =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;

const wrong = (page, width) => {
  const found = [];
  // Pictures and words of people: none lies over another.
  const boxes = all(page, ".cover, .best a:has(img), .shots a:has(img), .moment, .more, .about > :not(.best, .shots)").map((element) => [element, element.getBoundingClientRect()]);
  boxes.forEach(([a, first], index) => {
    for (const [b, second] of boxes.slice(index + 1)) if (overlap(first, second)) found.push(`${name(a)} over ${name(b)}`);
  });
  if (boxes.length < 5) found.push(`only ${boxes.length} boxes`);
  // Names and lengths stand on the time line, beside no other.
  const names = all(page, ".row .who, .row .length, .row svg");
  for (const element of names) {
    const box = element.getBoundingClientRect();
    const line = element.closest(".timeline").getBoundingClientRect();
    const inside = box.left >= line.left && box.right <= line.right && box.top >= line.top && box.bottom <= line.bottom;
    if (box.width < 20 || box.height < 10 || !inside) found.push(`${name(element)} cannot be seen`);
  }
  for (const row of all(page, ".row")) {
    const parts = all(row, ".who, .length, svg").map((part) => part.getBoundingClientRect());
    parts.forEach((a, index) => {
      for (const b of parts.slice(index + 1)) if (overlap(a, b)) found.push(`${name(row)} overlaps`);
    });
  }
  if (names.length < 3) found.push("no names");
  const { scrollWidth } = page.documentElement;
  if (scrollWidth > width) {
    const far = all(page, "body *").filter((element) => element.getBoundingClientRect().right > width);
    found.push(`${scrollWidth} pixels wide by ${far.slice(-3).map(name).join(", ")}`);
  }
  return found.map((what) => `${width}: ${what}`);
};

/** What the form of a page does. */
const find = (page) => {
  const form = page.querySelector(".find");
  const set = (values) => {
    form.reset();
    for (const [key, value] of Object.entries(values)) if (form.elements[key]) form.elements[key].value = value;
    form.dispatchEvent(new Event("input"));
    return {
      people: all(page, ".person").filter((card) => !card.hidden).map((card) => card.querySelector("h3 .name").textContent),
      videos: all(page, ".timeline").filter((line) => !line.hidden).map((line) => line.querySelector("b").textContent),
      found: form.elements.found.value,
    };
  };
  return {
    shown: !form.hidden,
    nothing: set({}),
    name: set({ name: "ZOE" }),
    faces: set({ order: "faces" }),
    names: set({ order: "name" }),
    first: set({ order: "first" }),
    video: set({ video: "1" }),
    both: set({ video: "0", order: "seconds", name: "person" }),
    nobody: set({ name: "nobody of that name" }),
  };
};

/** What a time line shows when it is zoomed, and under the pointer. */
const zoom = (page) => {
  const form = page.querySelector(".find");
  form?.reset();
  form?.dispatchEvent(new Event("input"));
  const line = page.querySelector(".timeline");
  const press = (title) => line.querySelector(`.tools [title="${title}"]`).click();
  const seen = () => ({
    view: line.querySelector(".row svg").getAttribute("viewBox"),
    labels: all(line, ".axis div span").map((label) => label.textContent),
  });
  const whole = seen();
  press("Zoom in");
  const half = seen();
  press("Earlier");
  const first = seen();
  press("All of the film");
  const bar = line.querySelector("rect");
  const { left, top, width, height } = bar.getBoundingClientRect();
  const at = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true };
  bar.dispatchEvent(new PointerEvent("pointermove", at));
  const peek = page.querySelector(".peek");
  const under = { shown: !peek.hidden, words: peek.textContent, image: peek.querySelector("img").src.slice(0, 10) };
  line.querySelector(".row svg").dispatchEvent(new PointerEvent("pointerleave"));
  const person = line.querySelector(".row a");
  person.focus();
  person.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  return { whole, half, first, after: seen().view, under, keyed: peek.textContent, chosen: all(line, "rect.chosen").length };
};

const look = async (page, widths) => {
  const said = { wrong: [] };
  for (const width of widths) {
    const frame = await show(page, width);
    said.wrong.push(...wrong(frame.contentDocument, width));
    said.find = find(frame.contentDocument);
    said.zoom = zoom(frame.contentDocument);
    frame.remove();
  }
  document.getElementById("said").textContent = JSON.stringify(said);
};
