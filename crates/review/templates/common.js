// SPDX-License-Identifier: MIT OR Apache-2.0
// What every page does: say things to the server, follow what others said, keys.

export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const one = (selector) => document.querySelector(selector);

/** Whether somebody is typing, whose keys are not ours. */
const isTyping = (target) => target.closest?.("input:not([type=checkbox]), select, textarea, [contenteditable]");

/** The version of the dataset that the page shows, and of the faces' numbers. */
export const shown = { version: +document.body.dataset.version, edition: +document.body.dataset.edition };

// ---- what is told ----

let fading;
/** A short word at the bottom, also for screen readers. */
export const tell = (text) => {
  const line = one("#said");
  line.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (line.textContent = ""), 6000);
};

/** What stays until it is over; nothing takes it away. */
export const trouble = (text) => {
  const line = one("#trouble");
  line.hidden = !text;
  if (line.textContent !== text) line.textContent = text ?? "";
};

const EXPIRED = "This address is not valid any more: the review was started again. Open the new address that facegroup review printed. What was said before is kept; what you are typing stays here.";
const AWAY = "The server does not answer: facegroup review may have ended. What was said is kept. This page goes on when it answers again.";

// ---- what is said ----

/** What the server refused, and whether because the page was old. */
export class Refused extends Error {
  constructor(text, stale) {
    super(text);
    this.stale = stale;
  }
}

const ask = async (address, options) => {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    trouble(AWAY);
    throw new Refused("The server does not answer");
  }
  if (answer.status === 403) {
    trouble(EXPIRED);
    throw new Refused("This address is not valid any more");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Refused(said.error ?? `The server answers ${answer.status}`, answer.status === 409);
};

let chain = Promise.resolve();
/** Says something; one thing after the other. Shows what follows from it, and gives that; nothing where it was refused. */
export const say = (path, what = {}) => {
  const body = () => JSON.stringify({ since: shown.version, edition: shown.edition, cards: !!page.cards, at: page.at?.(), ...what });
  const run = async () => {
    try {
      const answer = await ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: body() });
      const news = await answer.json();
      take(news);
      tell(news.text);
      await page.changed(news, true);
      return news;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      tell(error.message);
      if (error.stale) {
        trouble(`${error.message} in between: nothing was changed. The page shows how it is now; look, and say it again.`);
        await refresh();
      }
      return null;
    }
  };
  chain = chain.then(run, run);
  return chain;
};

/** An action on people; `stamps` is what the page shows of them. */
export const act = (action, stamps) => say("say", { action, stamps });

const take = (news) => {
  trouble("");
  shown.version = news.version;
  for (const [id, word] of [["undo", "Undo"], ["redo", "Redo"]]) {
    const button = one(`#${id}`);
    button.disabled = !news[id];
    button.title = news[id] ? `${word}: ${news[id]}` : `Nothing to ${id}`;
  }
  one("#file").disabled = news.filed;
};

// ---- what others say ----

/** What a page does with news; set by `begin`. */
let page = { changed: async () => {} };

/** Loads this page anew and puts its contents here; `false` where it is no more. */
export const redraw = async () => {
  const answer = await fetch(location.href);
  if (!answer.ok) return false;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  const typed = all("#page input[type=text]").filter((field) => field.value !== field.defaultValue);
  const kept = typed.map((field) => [field.closest("[data-name]")?.dataset.name, field.value, field === document.activeElement]);
  for (const id of ["page", "names"]) one(`#${id}`).replaceChildren(...drawn.getElementById(id).childNodes);
  document.title = drawn.title;
  const { version, edition } = drawn.body.dataset;
  Object.assign(shown, { version: +version, edition: +edition });
  for (const id of ["undo", "redo", "file"]) {
    one(`#${id}`).disabled = drawn.getElementById(id).disabled;
    one(`#${id}`).title = drawn.getElementById(id).title;
  }
  for (const [name, value, active] of kept) {
    const field = all("#page [data-name]").find((part) => part.dataset.name === name)?.querySelector("input[type=text]");
    if (!field) continue;
    field.value = value;
    if (active) field.focus();
  }
  page.drawn?.();
  return true;
};

const refresh = async () => {
  const news = await (await ask(`news?since=${shown.version}&cards=${!!page.cards}${at()}`)).json();
  // What is stale may be the page as a whole.
  await page.changed({ ...news, all: news.all || !news.changed.length }, false);
  shown.version = news.version;
};

const at = () => (page.at?.() === undefined ? "" : `&at=${page.at()}`);

const follow = async () => {
  try {
    if (document.hidden) return;
    const before = shown.version;
    const news = await (await ask(`news?since=${before}&cards=${!!page.cards}${at()}`)).json();
    if (news.busy) return;
    if (shown.version !== before) return;
    if (one("#trouble").textContent === AWAY) trouble("");
    if (news.version === before && !news.all) return;
    take(news);
    tell(news.text ? `Elsewhere: ${news.text}` : "Changed elsewhere");
    await page.changed(news, false);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  } finally {
    setTimeout(follow, 2000);
  }
};

// ---- dialogs ----

const closed = (dialog) => new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));

/** Asks whether to do something; the word is on the button. */
export const confirmed = async (text, word) => {
  const dialog = one("#ask");
  one("#ask-text").textContent = text;
  one("#ask-yes").textContent = word;
  dialog.returnValue = "";
  dialog.showModal();
  return (await closed(dialog)) === "yes";
};

/** Asks for a person's name; nothing where it was left. */
export const chosen = async (text) => {
  const dialog = one("#choose");
  const field = one("#choose-name");
  one("#choose-text").textContent = text;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
  return (await closed(dialog)) === "yes" && field.value.trim() ? field.value.trim() : null;
};

const plain = (text) => text.normalize("NFC").trim().toLowerCase();

/** The person of this name: the folder, and the name as it is written. */
export const named = (text) => {
  const found = all("#names option").find((option) => plain(option.value) === plain(text));
  return found && { name: found.dataset.name, title: found.value };
};

/** Keeps the name that was typed into a field; asks where somebody else has it. */
export const rename = async (field, person, title, stamp) => {
  const name = field.value.trim();
  if (field.busy || name === field.defaultValue.trim()) return;
  if (!name) {
    field.value = field.defaultValue;
    return;
  }
  field.busy = true;
  field.classList.add("dirty");
  try {
    const other = named(name);
    const merges = other && other.name !== person;
    if (merges && !(await confirmed(`${other.title} is there already. Make ${title} and ${other.title} one person?`, "Merge"))) {
      field.focus();
      return;
    }
    const said = merges ? { do: "merge", person, into: other.name } : { do: "name", person, name };
    await act(said, { [person]: stamp });
  } finally {
    field.busy = false;
  }
};

// ---- keys ----

let goes = false;
const go = { p: () => (location.href = "./"), q: () => one('nav a[href="queue"]').click(), u: () => all("nav a").at(-1).click(), g: () => one("#group").click(), f: () => one("#file").click() };

/** Begins a page: `keys` by their names, `changed` on news, `drawn` after it was drawn anew. */
export const begin = (what) => {
  page = what;
  const press = (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
    const control = ctrlKey || metaKey;
    if (altKey || one("dialog[open]")) return;
    if (control && key.toLowerCase() === "z" && !(isTyping(target) && target.value !== target.defaultValue)) {
      event.preventDefault();
      one(shiftKey ? "#redo" : "#undo").click();
      return;
    }
    if (isTyping(target)) return;
    if (goes && !control) {
      goes = false;
      event.preventDefault();
      go[key]?.();
      return;
    }
    const handler = page.keys?.[(control ? "Control+" : "") + (shiftKey && key.length > 1 ? "Shift+" : "") + key];
    if (handler) {
      if (handler(event) !== false) event.preventDefault();
    } else if (key === "?" && !control) {
      one("#help").showModal();
    } else if (key === "g" && !control) {
      goes = true;
      setTimeout(() => (goes = false), 1500);
    }
  };
  document.addEventListener("keydown", press);
  one("#keys").addEventListener("click", () => one("#help").showModal());
  one("#undo").addEventListener("click", () => say("undo"));
  one("#redo").addEventListener("click", () => say("redo"));
  for (const [id, word] of [["group", "Grouping…"], ["file", "Moving the pictures…"]]) {
    one(`#${id}`).addEventListener("click", async ({ currentTarget: button }) => {
      const before = button.textContent;
      button.disabled = true;
      button.textContent = word;
      const news = await say(id);
      button.textContent = before;
      if (id === "group" || !news) button.disabled = false;
    });
  }
  page.drawn?.();
  setTimeout(follow, 2000);
};
