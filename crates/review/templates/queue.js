// SPDX-License-Identifier: MIT OR Apache-2.0
// The questions: answered by a key, one after the other, or several at once.
import { act, all, begin, confirmed, one, redraw, say, tell } from "./common.js";

const questions = () => all("#questions .question");
const current = () => one('.question[aria-current="true"]');
const list = (text) => (text ? text.split(" ").map(Number) : []);
const page = one("#page");

const focus = (question) => {
  for (const other of questions()) other.removeAttribute("aria-current");
  if (!question) return;
  question.setAttribute("aria-current", "true");
  question.focus({ preventScroll: true });
  question.scrollIntoView({ block: "nearest" });
};

const sides = (question) => all(".side", question).map((side) => ({ faces: list(side.dataset.faces), all: list(side.dataset.all) }));
const key = (question) => question.dataset.key;

/** Answers under way. */
const pending = new Set();

/** What an answer says. */
const action = (question, answer, left) => {
  const [a, b] = sides(question);
  if (answer === "noise") return { do: "not-a-face", faces: (left ? a : b).all };
  return { do: answer, a: a.faces, b: b.faces };
};

const answer = async (question, what, left = false) => {
  if (!question) return null;
  const asked = key(question);
  pending.add(asked);
  hide();
  // Of these faces it stays true, whatever is said of their people meanwhile: no stamps.
  const news = what === "skip" ? await say("skip", { pairs: [list(asked)] }) : await act(action(question, what, left), {});
  pending.delete(asked);
  hide();
  return news;
};

/** What was answered is not shown again until the server has said what follows. */
const hide = () => {
  for (const question of questions()) question.hidden = pending.has(key(question));
  const open = questions().filter((question) => !question.hidden);
  if (!current() || current().hidden) focus(open[0]);
};

/** One after the other: an answer may change who the next question is about, and then it is not asked. */
const everything = async () => {
  const open = questions().filter((question) => !question.hidden);
  if (!open.length || !(await confirmed(`Make ${open.length} pairs one person each?`, "Yes to all"))) return;
  const statements = open.map((question) => action(question, "same"));
  let said = 0;
  for (const statement of statements) said += !!(await act(statement, {}));
  tell(`${said} answers were kept; each can be undone`);
};

page.addEventListener("click", ({ target }) => {
  if (target.closest("#all")) return void everything();
  const button = target.closest("[data-answer]");
  if (button) void answer(button.closest(".question"), button.dataset.answer, "left" in button.dataset);
});
page.addEventListener("change", ({ target }) => {
  if (target.id === "preset") location.search = `?preset=${target.value}`;
});
page.addEventListener("submit", (event) => event.preventDefault());

const step = (by) => () => {
  const open = questions().filter((question) => !question.hidden);
  focus(open[Math.min(Math.max(open.indexOf(current()) + by, 0), open.length - 1)]);
};

const changed = async () => {
  const place = current() && key(current());
  await redraw();
  const same = questions().find((question) => !question.hidden && key(question) === place);
  if (same) focus(same);
};

begin({
  changed,
  drawn: hide,
  keys: {
    y: () => void answer(current(), "same"),
    n: () => void answer(current(), "different"),
    s: () => void answer(current(), "skip"),
    x: () => void answer(current(), "noise"),
    X: () => void answer(current(), "noise", true),
    Y: () => void everything(),
    ArrowDown: step(1),
    ArrowUp: step(-1),
  },
});
