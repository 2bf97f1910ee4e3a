// The page of `cds-context listen`. Texts of payloads come as escaped HTML from the server, or go in as textContent.

const prefix = document.body.dataset.prefix;
const [rows, search, count, state, none, nothing, detail, said, follow] = [
  "rows", "search", "count", "state", "none", "nothing", "detail", "said", "follow",
].map((id) => document.getElementById(id));
const start = detail.innerHTML;
const numbers = new Intl.NumberFormat("en");
const forwarded = new Map();
let stream, received = 0, typed, quiet, address = "";
// The number of the event that is shown, and of the one that a person picked: until then, the newest is shown.
let shown = "", picked = "", following = false;

// --- the list -------------------------------------------------------------------------------------------------------

function listen() {
  stream?.close();
  rows.replaceChildren();
  stream = new EventSource(`${prefix}/rows?search=${encodeURIComponent(search.value)}`);
  stream.onmessage = (event) => take(JSON.parse(event.data));
  stream.onopen = () => setState("live", "live");
  stream.onerror = () => setState("lost", "reconnecting");
}

function take(news) {
  if (news.reset) {
    rows.replaceChildren();
    forwarded.clear();
  }
  if (news.rows) {
    const template = document.createElement("template");
    template.innerHTML = news.rows;
    rows.prepend(template.content);
  }
  for (const [number, html] of Object.entries(news.forwarded)) {
    forwarded.set(number, html);
    markForwarded(number);
  }
  while (rows.lastElementChild && Number(rows.lastElementChild.dataset.number) < news.first) {
    forwarded.delete(rows.lastElementChild.dataset.number);
    rows.lastElementChild.remove();
  }
  received = news.received;
  mark();
  const matching = rows.childElementCount;
  count.textContent = search.value ? `${numbers.format(matching)} of ${numbers.format(received)}` : numbers.format(received);
  nothing.hidden = received > 0;
  none.hidden = received === 0 || matching > 0;
  showNewest();
}

// What came of passing an event on stands in its row, and where it is shown.
function markForwarded(number) {
  const html = forwarded.get(number);
  for (const place of html ? document.querySelectorAll(`[data-forwarded="${number}"]`) : []) {
    place.innerHTML = html;
    place.hidden = false;
  }
}

function setState(kind, text) {
  state.dataset.state = kind;
  state.textContent = text;
}

function mark() {
  rows.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const link = linkOf(shown);
  link?.setAttribute("aria-current", "true");
  return link;
}

function linkOf(number) {
  return number ? rows.querySelector(`a[href="#${number}"]`) : null;
}

function step(by) {
  const links = [...rows.querySelectorAll("a")];
  const at = links.indexOf(linkOf(shown));
  const link = at < 0 ? links[0] : links[Math.min(Math.max(at + by, 0), links.length - 1)];
  if (!link) return;
  location.hash = link.hash;
  link.focus({ preventScroll: true });
  link.scrollIntoView({ block: "nearest" });
}

// --- one event ------------------------------------------------------------------------------------------------------

async function show() {
  picked = /^#\d+$/.test(location.hash) ? location.hash.slice(1) : "";
  document.body.classList.toggle("chosen", picked !== "");
  follow.setAttribute("aria-pressed", String(picked === ""));
  if (!picked) await showNewest();
  else if (picked !== shown) await display(picked);
}

// One after the other: while many come, those in between are skipped.
async function showNewest() {
  if (following) return;
  following = true;
  while (!picked && shown !== newest()) await display(newest());
  following = false;
}

function newest() {
  return rows.firstElementChild?.dataset.number ?? "";
}

async function display(number) {
  shown = number;
  mark();
  if (!number) {
    detail.innerHTML = start;
    return;
  }
  let html = "";
  try {
    const answer = await fetch(`${prefix}/posts/${number}`);
    html = answer.ok ? await answer.text() : "";
  } catch {
    // The listener is gone, as the state says.
  }
  if (number !== shown) return;
  detail.innerHTML = html || start;
  if (!html) detail.querySelector("h2").textContent = "No longer kept";
  markForwarded(number);
  detail.scrollTop = 0;
  const url = detail.querySelector("input[name=url]");
  if (url) url.value = address;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    say("The browser does not let the page copy");
  }
}

async function copyBody(button) {
  const answer = await fetch(button.dataset.copy);
  await copy(await answer.text());
}

function say(text) {
  clearTimeout(quiet);
  said.textContent = text;
  quiet = setTimeout(() => (said.textContent = ""), 2500);
}

async function sendAgain(form) {
  const output = form.querySelector("output");
  const button = form.querySelector("button");
  address = form.elements.url.value;
  button.disabled = true;
  output.className = "";
  output.textContent = "sending …";
  try {
    const answer = await fetch(form.dataset.send, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url: address }),
    });
    const sent = await answer.json();
    const what = sent.problem || `${sent.status} in ${sent.milliseconds} ms`;
    const tries = sent.attempts > 1 ? ", tried twice" : "";
    output.className = sent.outcome === "success" ? "good" : "bad";
    output.textContent = sent.outcome ? `${what}${tries}: ${sent.outcome}` : what;
  } catch {
    output.className = "bad";
    output.textContent = "the listener is gone";
  }
  button.disabled = false;
}

// --- what a person does ---------------------------------------------------------------------------------------------

search.addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(listen, 150);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.copy) copyBody(button);
  if (button?.dataset.copyText) copy(button.dataset.copyText);
  if (button === follow) location.hash = picked ? "" : shown;
  // The Enter key on a row leads into the event, because a thousand rows may be left to tab through; it clicks no times.
  if (event.detail === 0 && event.target.closest("#rows a")) {
    document.body.classList.add("chosen"); // a narrow screen shows the event only then, and what is hidden takes no focus
    detail.focus({ preventScroll: true });
  }
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  sendAgain(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (document.activeElement === search) {
      search.value = "";
      search.blur();
      listen();
    } else {
      location.hash = "";
      linkOf(newest())?.focus();
    }
    return;
  }
  if (event.target.matches("input, pre")) return;
  const act = {
    "/": () => search.focus(),
    c: () => detail.querySelector("[data-copy]")?.click(),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    j: () => step(1),
    k: () => step(-1),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

window.addEventListener("hashchange", show);
window.addEventListener("pagehide", () => stream?.close());
show();
listen();
