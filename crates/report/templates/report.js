// SPDX-License-Identifier: MIT OR Apache-2.0
// Finds, sorts and filters people. Without it all of them are there.
"use strict";
(() => {
  const form = document.querySelector(".find");
  if (!form) return;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  // Letters alone: "Zoe" finds "Zoë".
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

  const people = all(".person").map((card, place) => {
    const videos = new Map();
    for (const video of card.dataset.videos.split(" ").filter(Boolean)) {
      const [index, first, seconds] = video.split(":").map(Number);
      videos.set(index, { first, seconds });
    }
    const name = card.querySelector(".name").textContent;
    return { card, place, name, words: plain(card.querySelector("h3").textContent), faces: +card.dataset.faces, videos };
  });
  const list = document.querySelector(".people");
  const lines = all(".timeline").map((line) => ({
    line,
    video: +line.dataset.video,
    rows: all(".row:not(.axis)", line).map((row) => ({ row, words: plain(row.querySelector(".who").textContent) })),
  }));

  // A person's videos, or the chosen one of them.
  const within = (person, video) => (video === null ? [...person.videos] : [[video, person.videos.get(video)]]);
  const orders = {
    "": () => 0,
    seconds: (person, video) => -within(person, video).reduce((sum, [, { seconds }]) => sum + seconds, 0),
    faces: (person) => -person.faces,
    first: (person, video) => {
      const [index, { first }] = within(person, video)[0] ?? [Infinity, { first: 0 }];
      return index * 1e9 + first;
    },
  };
  const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare;

  const apply = () => {
    const { name, order, video: choice, found } = form.elements;
    const word = plain(name.value);
    const video = choice?.value ? +choice.value : null;
    const shown = people.filter((p) => p.words.includes(word) && (video === null || p.videos.has(video)));
    for (const { card } of people) card.hidden = true;
    for (const { card } of shown) card.hidden = false;
    const value = orders[order.value];
    const compare = value ? (a, b) => value(a, video) - value(b, video) || 0 : (a, b) => byName(a.name, b.name);
    shown.sort((a, b) => compare(a, b) || a.place - b.place);
    list.append(...shown.map((person) => person.card));
    for (const { line, video: of, rows } of lines) {
      for (const { row, words } of rows) row.hidden = !words.includes(word);
      const somebody = rows.some(({ row }) => !row.hidden);
      line.hidden = (video !== null && video !== of) || (word !== "" && !somebody);
    }
    for (const folded of all(".folded")) {
      folded.hidden = all(".timeline", folded).every((line) => line.hidden);
      if (word || video !== null) folded.open = true;
    }
    found.value = word || video !== null ? `${shown.length} of ${people.length} people` : `${people.length} people`;
  };

  // A link to somebody who is not shown shows everybody again.
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target?.hidden) return;
    form.reset();
    apply();
    target.scrollIntoView();
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  form.hidden = false;
  // A browser may have kept what was chosen before.
  apply();
})();
