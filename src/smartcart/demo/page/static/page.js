// Keeps the page as the demo is: whole parts come rendered, and only what differs is touched.
"use strict";

const cards = document.getElementById("cards");
const RESTLESS = 1500;
let order = [], open = 3, moved = 0, waiting = null;

const parsed = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content;
};
const keeps = (element, name) =>
  (name === "open" && element.localName === "details") || name === "data-touched";

/** Make `old` like `fresh`, keeping nodes that stay: focus, selection and what was opened survive. */
function morph(old, fresh) {
  for (const { name, value } of fresh.attributes)
    if (!keeps(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes])
    if (!keeps(old, name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const key = child.dataset?.key;
    const same = key
      ? [...old.children].find((each) => each.dataset.key === key)
      : at && at.nodeName === child.nodeName && !at.dataset?.key ? at : null;
    if (!same) {
      if (key) child.classList.add("arriving");
      old.insertBefore(child, at);
      continue;
    }
    if (same !== at) old.insertBefore(same, at);
    if (child.nodeType === Node.ELEMENT_NODE) morph(same, child);
    else if (same.nodeValue !== child.nodeValue) same.nodeValue = child.nodeValue;
    at = same.nextSibling;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function show(change) {
  for (const [id, html] of Object.entries(change.parts))
    morphChildren(document.getElementById(id), parsed(html));
  for (const [code, html] of Object.entries(change.cards)) {
    const fresh = parsed(html).firstElementChild, old = document.getElementById("o-" + code);
    if (old) morph(old, fresh);
    else unseen.set(code, fresh);
  }
  ({ order, open } = change);
  settle();
  tick();
}

// New orders push the others down: not under the hand of somebody who is pointing or reading there.
const unseen = new Map();
const busy = () =>
  cards.contains(document.activeElement) ||
  (cards.matches(":hover") && Date.now() - moved < RESTLESS);

function settle() {
  clearTimeout(waiting);
  if (unseen.size && cards.childElementCount && busy()) {
    waiting = setTimeout(settle, 300);
    return;
  }
  for (const [code, element] of unseen) {
    element.classList.add("arriving");
    cards.prepend(element);
    unseen.delete(code);
  }
  const wanted = new Set(order);
  for (const card of [...cards.children]) if (!wanted.has(card.dataset.key)) card.remove();
  let at = cards.firstElementChild;
  for (const code of order) {
    const card = document.getElementById("o-" + code);
    if (!card) continue;
    if (card !== at) cards.insertBefore(card, at);
    else at = at.nextElementSibling;
  }
  [...cards.children].forEach((card, n) => {
    const details = card.firstElementChild;
    if (n >= open && !details.dataset.touched && !details.contains(document.activeElement))
      details.open = false;
  });
  document.getElementById("empty").hidden = cards.childElementCount > 0;
}

function tick() {
  for (const each of document.querySelectorAll("[data-until]")) {
    const seconds = Math.max(0, Math.round((new Date(each.dataset.until) - Date.now()) / 1000));
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (n) => String(n).padStart(2, "0");
    const text = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
    if (each.textContent !== text) each.textContent = text;
    each.classList.toggle("soon", seconds < 300);
  }
}

function connect() {
  const source = new EventSource(document.body.dataset.events);
  const lost = document.getElementById("lost");
  source.onopen = () => { lost.hidden = true; };
  source.onerror = () => { lost.hidden = false; };
  source.onmessage = (event) => show(JSON.parse(event.data));
}

async function submit(event) {
  const form = event.target.closest("form[data-live]");
  if (!form) return;
  event.preventDefault();
  const said = form.querySelector(".said") ?? document.createElement("p");
  const body = new URLSearchParams(new FormData(form, event.submitter));
  event.submitter.disabled = true;
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body, headers });
    const { say = "", code = "", wrong = false } = await answer.json();
    said.classList.toggle("wrong", wrong);
    said.textContent = say;
    if (code) said.append(" ", Object.assign(document.createElement("a"), { href: "#o-" + code, textContent: code }));
  } catch {
    document.getElementById("lost").hidden = false;
  } finally {
    event.submitter.disabled = false;
  }
}

async function unfold(event) {
  const details = event.target;
  const address = details.dataset?.lazy;
  if (!details.open || !address) return;
  delete details.dataset.lazy;
  const answer = await fetch(address);
  if (answer.ok) morph(details.closest(".card"), parsed(await answer.text()).firstElementChild);
}

/** A link to an order: to its card where that is on the page, else to its own page. */
function follow(event) {
  const link = event.target.closest("a[data-order]");
  if (link && !document.getElementById("o-" + link.dataset.order)) link.href = "/orders/" + link.dataset.order;
}

document.addEventListener("submit", submit);
document.addEventListener("click", (event) => {
  const summary = event.target.closest("summary");
  if (summary) summary.parentElement.dataset.touched = "1";
  follow(event);
});
document.addEventListener("pointermove", () => { moved = Date.now(); }, { passive: true });
cards.addEventListener("toggle", unfold, true);
if (matchMedia("(max-width: 760px)").matches) document.querySelector(".goods").open = false;
setInterval(tick, 1000);
tick();
connect();
