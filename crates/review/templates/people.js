// SPDX-License-Identifier: MIT OR Apache-2.0
// The wall: finds, sorts, names, merges and hides people.
import { act, all, begin, chosen, named, one, redraw, rename, tell } from "./common.js";

const wall = () => one("#wall");
const form = () => one(".find");
const cards = () => all(".card", wall());
const cardOf = (name) => cards().find((card) => card.dataset.name === name);

// ---- find and sort ----

// Marks beside letters do not count: zoe finds Zoë.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare;
const orders = {
  seconds: (a, b) => b.dataset.seconds - a.dataset.seconds,
  faces: (a, b) => b.dataset.faces - a.dataset.faces,
  // Who has a name comes before who has a number only.
  name: (a, b) => ("unnamed" in a.dataset) - ("unnamed" in b.dataset) || byName(a.dataset.title, b.dataset.title),
  first: (a, b) => a.dataset.first - b.dataset.first,
};
const shows = {
  "": (card) => !("hidden" in card),
  unnamed: (card) => "unnamed" in card && !("hidden" in card) && !("unsure" in card),
  named: (card) => !("unnamed" in card) && !("hidden" in card),
  unsure: (card) => "unsure" in card,
  hidden: (card) => "hidden" in card,
};

const apply = () => {
  const { word, order, show, video, found } = form().elements;
  const wanted = plain(word.value);
  const fits = ({ dataset }) =>
    shows[show.value](dataset) && plain(dataset.title).includes(wanted) && (!video?.value || dataset.videos.split(" ").includes(video.value));
  const before = cards();
  let seen = 0;
  for (const card of before) {
    card.hidden = !fits(card);
    seen += !card.hidden && !("unsure" in card.dataset);
  }
  const compare = orders[order.value];
  // Faces that are nobody's stand at the end, whatever the order.
  const sorted = [...before].sort((a, b) => ("unsure" in a.dataset) - ("unsure" in b.dataset) || compare(a, b));
  if (sorted.some((card, place) => card !== before[place])) wall().append(...sorted);
  const count = before.filter((card) => !("unsure" in card.dataset)).length;
  found.value = seen === count ? `${count} people` : `${seen} of ${count} people`;
};

// ---- what changed ----

/** Puts new cards where the old ones are; what is being typed there is kept. */
const replace = (changed) => {
  const gone = [];
  const fresh = [];
  for (const [name, html] of Object.entries(changed)) {
    const old = cardOf(name);
    if (!html) {
      if (old) gone.push(old);
      continue;
    }
    const card = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (!old) {
      fresh.push(card);
      continue;
    }
    keep(old, card);
    old.replaceWith(card);
  }
  // Who got another name stays where they were.
  for (const card of fresh) {
    const old = gone.length === 1 && fresh.length === 1 ? gone.pop() : null;
    const hadFocus = old?.contains(document.activeElement);
    if (old) old.replaceWith(card);
    else wall().append(card);
    if (hadFocus) card.querySelector(".name, .cover").focus();
  }
  for (const card of gone) {
    const next = card.contains(document.activeElement) && neighbour(card, 1);
    card.remove();
    if (next) focus(next);
  }
  apply();
  names(changed);
};

const keep = (old, card) => {
  const [from, to] = [old, card].map((part) => part.querySelector("input.name"));
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  if (from && to && from.value !== from.defaultValue) to.value = from.value;
  // It has the focus once it is on the page.
  if (active) queueMicrotask(() => (active === from ? to : card.querySelector(".cover"))?.focus());
};

/** The names to choose from, after these changed. */
const names = (changed) => {
  for (const option of all("#names option")) if (option.dataset.name in changed) option.remove();
  for (const card of cards()) {
    const { name, title, unsure } = card.dataset;
    if (!(name in changed) || unsure !== undefined) continue;
    const option = Object.assign(document.createElement("option"), { value: title });
    option.dataset.name = name;
    one("#names").append(option);
  }
};

const changed = async (news) => {
  if (news.all || !news.cards) await redraw();
  else replace(news.cards);
};

// ---- keys ----

const visible = () => cards().filter((card) => !card.hidden);
const focus = (card) => card?.querySelector(".cover").focus();
const current = () => document.activeElement.closest?.(".card");
const neighbour = (card, step) => {
  const seen = visible();
  return seen[seen.indexOf(card) + step];
};
const step = (by) => () => {
  const seen = visible();
  focus(current() ? seen[Math.min(Math.max(seen.indexOf(current()) + by, 0), seen.length - 1)] : seen[0]);
};
const columns = () => {
  const seen = visible();
  const top = seen[0]?.offsetTop;
  return Math.max(seen.findIndex((card) => card.offsetTop !== top), 1);
};
const withCard = (what) => () => (current() ? what(current()) : false);

const hide = ({ dataset }) => {
  if ("unsure" in dataset) return;
  act({ do: "hide", person: dataset.name, hidden: !("hidden" in dataset) }, { [dataset.name]: +dataset.stamp });
};

const merge = async ({ dataset }) => {
  if ("unsure" in dataset) return;
  const text = await chosen(`Merge ${dataset.title} into`);
  if (!text) return;
  const into = named(text);
  if (!into || into.name === dataset.name) return tell(`Nobody else is called ${text}`);
  await act({ do: "merge", person: dataset.name, into: into.name }, { [dataset.name]: +dataset.stamp });
};

const commit = (field) => {
  const { dataset } = field.closest(".card");
  return rename(field, dataset.name, dataset.title, +dataset.stamp);
};

const page = one("#page");
page.addEventListener("input", ({ target }) => {
  if (target.closest(".find")) apply();
});
// One field has the list at a time: a browser tells every field that has it of every name in it.
page.addEventListener("focusin", ({ target }) => {
  if (target.matches?.(".card input.name")) target.setAttribute("list", "names");
});
page.addEventListener("submit", (event) => event.preventDefault());
page.addEventListener("keydown", (event) => {
  const field = event.target.closest("input.name");
  if (!field || event.isComposing) return;
  if (event.key === "Enter") {
    event.preventDefault();
    const next = neighbour(field.closest(".card"), 1)?.querySelector("input.name");
    // Without a change it only goes on.
    commit(field);
    if (!one("dialog[open]")) next?.focus();
  } else if (event.key === "Escape") {
    field.value = field.defaultValue;
    focus(field.closest(".card"));
  }
});
page.addEventListener("focusout", ({ target }) => {
  if (target.matches?.(".card input.name")) target.removeAttribute("list");
  if (target.matches?.(".card input.name") && target.isConnected && !one("dialog[open]")) commit(target);
});

begin({
  cards: true,
  changed,
  drawn: apply,
  keys: {
    ArrowRight: step(1),
    ArrowLeft: step(-1),
    ArrowDown: () => step(columns())(),
    ArrowUp: () => step(-columns())(),
    n: withCard((card) => card.querySelector("input.name")?.select()),
    m: withCard((card) => void merge(card)),
    h: withCard(hide),
    "/": () => form().elements.word.select(),
  },
});
