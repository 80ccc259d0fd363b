// SPDX-License-Identifier: MIT OR Apache-2.0
// Zooms the time lines, and shows what is on screen under the pointer. Without it the whole film is there.
"use strict";
(() => {
  const WIDTH = 10000;
  const STEPS = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  const LABELS = 7;
  const SHORTEST = 2; // seconds that are seen at least

  const clock = (time) => {
    const whole = Math.max(0, Math.floor(time + 1e-6));
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const part = time % 1 > 0.05 && time % 1 < 0.95 ? (time % 1).toFixed(1).slice(1) : "";
    return (hours ? `${hours}:${two(minutes)}` : `${minutes}`) + `:${two(seconds)}${part}`;
  };

  // What is on screen: the film itself where the browser plays it, else the nearest picture of the person.
  const peek = document.createElement("div");
  peek.className = "peek";
  peek.hidden = true;
  peek.setAttribute("aria-hidden", "true");
  const [image, film, words] = ["img", "video", "span"].map((name) => document.createElement(name));
  image.alt = "";
  film.muted = true;
  film.preload = "auto";
  peek.append(image, film, words);
  document.body.append(peek);
  film.addEventListener("seeked", () => peek.classList.add("plays"));
  film.addEventListener("error", () => peek.classList.remove("plays"));

  const nearest = (group, video, time) => {
    let best = null;
    for (const shot of document.querySelectorAll(`#group-${group} [data-at]`)) {
      const [of, at] = shot.dataset.at.split(":").map(Number);
      const away = of === video ? Math.abs(at - time) : Infinity;
      if (!best || away < best.away) best = { away, image: shot.querySelector("img") };
    }
    return best?.image;
  };

  const show = ({ group, video, source, time, who, x, y }) => {
    const shot = nearest(group, video, time);
    image.hidden = !shot;
    if (shot) image.src = shot.src;
    words.textContent = `${who}, ${clock(time)}`;
    if (source) {
      if (film.dataset.source !== source) {
        peek.classList.remove("plays");
        film.dataset.source = source;
        film.src = source;
      }
      // One frame after the other: what came meanwhile is not waited for.
      if (!film.seeking) film.currentTime = time;
    } else {
      peek.classList.remove("plays");
    }
    peek.hidden = false;
    const { offsetWidth: wide, offsetHeight: high } = peek;
    const left = Math.min(Math.max(8, x - wide / 2), document.documentElement.clientWidth - wide - 8);
    peek.style.left = `${left + scrollX}px`;
    peek.style.top = `${(y > high + 12 ? y - high - 10 : y + 26) + scrollY}px`;
  };
  const hide = () => {
    peek.hidden = true;
  };

  const begin = (line) => {
    const [start, end] = [+line.dataset.start, +line.dataset.end];
    const rows = [...line.querySelectorAll(".row:not(.axis)")];
    const axis = line.querySelector(".axis div");
    if (!rows.length || !axis) return;
    const second = WIDTH / (end - start);
    let [from, to] = [0, WIDTH];

    const draw = () => {
      const span = (to - from) / second;
      const step = STEPS.find((step) => span / step <= LABELS) ?? span / LABELS;
      const ticks = [];
      for (let n = Math.ceil((start + from / second) / step - 1e-6); ; n++) {
        const at = (n * step - start) * second;
        if (at > to + 1e-6) break;
        ticks.push({ at, time: n * step });
      }
      const grid = ticks.map(({ at }) => `M${at.toFixed(0)} 0V20`).join("");
      for (const row of rows) {
        const svg = row.querySelector("svg");
        svg.setAttribute("viewBox", `${from} 0 ${to - from} 20`);
        svg.querySelector("path").setAttribute("d", grid);
      }
      axis.replaceChildren(
        ...ticks.map(({ at, time }) => {
          const label = document.createElement("span");
          const percent = ((at - from) / (to - from)) * 100;
          label.style.left = `${percent}%`;
          if (percent > 93) label.className = "last";
          label.textContent = clock(time);
          return label;
        }),
      );
      less.disabled = back.disabled = forth.disabled = all.disabled = to - from >= WIDTH;
      more.disabled = (to - from) / second <= SHORTEST;
    };
    const look = (middle, width) => {
      width = Math.min(WIDTH, Math.max(Math.min(WIDTH, SHORTEST * second), width));
      from = Math.min(Math.max(0, middle - width / 2), WIDTH - width);
      to = from + width;
      draw();
    };
    const zoom = (factor, at = (from + to) / 2) => {
      const width = Math.min(WIDTH, Math.max(Math.min(WIDTH, SHORTEST * second), (to - from) * factor));
      look(at + ((from + to) / 2 - at) * (width / (to - from)), width);
    };
    const pan = (by) => look((from + to) / 2 + by, to - from);

    const tools = document.createElement("div");
    tools.className = "tools";
    tools.setAttribute("role", "group");
    tools.setAttribute("aria-label", "Zoom");
    const button = (text, title, act) => {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", textContent: text, title });
      made.setAttribute("aria-label", title);
      made.addEventListener("click", act);
      tools.append(made);
      return made;
    };
    const back = button("‹", "Earlier", () => pan((from - to) / 2));
    const forth = button("›", "Later", () => pan((to - from) / 2));
    const less = button("−", "Zoom out", () => zoom(2));
    const more = button("+", "Zoom in", () => zoom(0.5));
    const all = button("All", "All of the film", () => look(WIDTH / 2, WIDTH));
    line.querySelector("figcaption").append(tools);

    for (const row of rows) {
      const svg = row.querySelector("svg");
      const place = (event) => {
        const { left, width } = svg.getBoundingClientRect();
        return from + ((event.clientX - left) / width) * (to - from);
      };
      const seen = (time, x, y) =>
        show({
          group: row.dataset.group,
          video: +line.dataset.video,
          source: line.dataset.film,
          who: row.querySelector(".who").textContent,
          time,
          x,
          y,
        });
      svg.addEventListener(
        "wheel",
        (event) => {
          if (!event.ctrlKey && !event.shiftKey) return;
          event.preventDefault();
          zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, place(event));
        },
        { passive: false },
      );
      let drag = null;
      svg.addEventListener("pointerdown", (event) => {
        drag = { x: event.clientX, middle: (from + to) / 2, moved: false };
      });
      svg.addEventListener("pointermove", (event) => {
        if (drag && event.buttons && to - from < WIDTH) {
          const by = event.clientX - drag.x;
          if (!drag.moved && Math.abs(by) < 5) return;
          if (!drag.moved) svg.setPointerCapture(event.pointerId);
          drag.moved = true;
          hide();
          look(drag.middle - (by / svg.getBoundingClientRect().width) * (to - from), to - from);
          return;
        }
        if (event.target.tagName !== "rect") return hide();
        seen(start + place(event) / second, event.clientX, svg.getBoundingClientRect().top);
      });
      svg.addEventListener("pointerleave", hide);
      svg.addEventListener(
        "click",
        (event) => {
          if (drag?.moved) event.preventDefault();
          drag = null;
        },
        true,
      );
      // By keys: from one stretch to the next, and into the film.
      const bars = [...svg.querySelectorAll("rect")].sort((a, b) => a.x.baseVal.value - b.x.baseVal.value);
      let chosen = -1;
      const choose = (next) => {
        bars[chosen]?.classList.remove("chosen");
        chosen = Math.min(Math.max(0, next), bars.length - 1);
        const bar = bars[chosen];
        if (!bar) return;
        bar.classList.add("chosen");
        const [x, width] = [bar.x.baseVal.value, bar.width.baseVal.value];
        if (x < from || x > to) look(x + width / 2, to - from);
        const { left, top } = bar.getBoundingClientRect();
        seen(start + x / second, left, top);
      };
      const keyed = row.querySelector("a");
      keyed.addEventListener("keydown", (event) => {
        const moves = { ArrowRight: 1, ArrowLeft: -1 };
        if (event.key in moves) choose(chosen + moves[event.key]);
        else if (event.key === "+" || event.key === "=") zoom(0.5);
        else if (event.key === "-") zoom(2);
        else if (event.key === "Enter" && chosen >= 0) bars[chosen].closest("a")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
        else return;
        event.preventDefault();
      });
      keyed.addEventListener("blur", () => {
        bars[chosen]?.classList.remove("chosen");
        chosen = -1;
        hide();
      });
    }
    draw();
  };
  for (const line of document.querySelectorAll(".timeline")) begin(line);
})();
