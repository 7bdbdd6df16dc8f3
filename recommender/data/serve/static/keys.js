// Keys for those who read much: / focuses the search box, j and k go along the marked paragraphs.
// They can be switched off, since who speaks to a computer types them without wanting to.
// A draft may be dropped as a file, and pins put in order by dragging; forms do the same without.
"use strict";

for (const one of document.querySelectorAll(".with-script")) one.hidden = false;

const keys = document.getElementById("keys");

try {
  keys.checked = localStorage.getItem("keys") !== "off";
  keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
} catch {
  // A browser that keeps nothing has the keys until they are switched off on each page.
}

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
  if (!keys.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
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

// A draft as a file: it is read here, and sent like a pasted one.
const draft = document.querySelector('form[action="/draft"] textarea[name="text"]');
const file = document.getElementById("file");
const MOST_BYTES = 65536;

async function take(chosen) {
  if (!chosen || chosen.size > MOST_BYTES) return;
  const text = await chosen.text();
  const isPage = chosen.type === "text/html";
  // Text alone: a parsed page runs nothing and loads nothing.
  draft.value = isPage ? new DOMParser().parseFromString(text, "text/html").body.innerText : text;
  draft.focus();
}

if (draft && file) {
  file.removeAttribute("name");
  file.addEventListener("change", () => take(file.files[0]));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}

// Pins of one article change places by dragging.
const move = document.getElementById("move");
let dragged = null;

for (const one of move ? document.querySelectorAll("li[data-line]") : []) {
  one.draggable = true;
  one.addEventListener("dragstart", () => { dragged = one; });
  one.addEventListener("dragover", (event) => {
    if (dragged && dragged !== one && dragged.dataset.of === one.dataset.of) event.preventDefault();
  });
  one.addEventListener("drop", (event) => {
    if (!dragged || dragged === one || dragged.dataset.of !== one.dataset.of) return;
    event.preventDefault();
    move.elements.namedItem("line").value = dragged.dataset.line;
    move.elements.namedItem("to").value = one.dataset.line;
    move.submit();
  });
}
