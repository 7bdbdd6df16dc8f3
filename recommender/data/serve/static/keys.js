// Keys for those who read much: / focuses the search box, j and k go along the marked paragraphs.
"use strict";

const pairs = Array.from(document.querySelectorAll("[data-pair]"));
let at = -1;

function light(number) {
  for (const one of document.querySelectorAll(".lit")) one.classList.remove("lit");
  for (const one of pairs.filter((it) => it.dataset.pair === number)) {
    (one.closest("p, li") || one).classList.add("lit");
  }
  const paragraph = document.getElementById("p" + number);
  if (paragraph) paragraph.classList.add("lit");
}

function step(by) {
  if (!pairs.length) return;
  at = (at + by + pairs.length) % pairs.length;
  pairs[at].focus();
  light(pairs[at].dataset.pair);
}

document.addEventListener("keydown", (event) => {
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = document.getElementById("q");
  if (event.key === "/" && box) {
    event.preventDefault();
    box.focus();
  } else if (event.key === "j") {
    step(1);
  } else if (event.key === "k") {
    step(-1);
  }
});

for (const one of pairs) one.addEventListener("focus", () => light(one.dataset.pair));
