"use strict";
// The thin part of the page: widgets, charts, refreshing. What is shown is the server's work.
const REFRESH_EVERY = 3000;
const form = document.getElementById("filters");
const data = () => document.getElementById("data");
const state = () => location.search;

const open = (href, source) => {
  const only = new URL(href, location).searchParams.has("only");
  if (only) htmx.ajax("GET", href, { source, target: "#results", swap: "innerMorph" });
  else location.assign(href);
};
const still = matchMedia("(prefers-reduced-motion: reduce)");
const draw = (moving) => Charts.draw(JSON.parse(data().textContent), open, moving);

const element = (tag, said) => Object.assign(document.createElement(tag), said);

// A name and, beside it, the id: each runs in the direction of its own script.
function shown({ name, text, id }) {
  const whole = element("div");
  const line = whole.appendChild(element("span"));
  line.append(element("bdi", { textContent: name ?? text }));
  if (id) line.append(" (", element("bdi", { textContent: id }), ")");
  return whole;
}

// Found by the server, whatever is typed. What was looked up for one pick is none of the next one's:
// the field begins anew.
function searched(name) {
  let typed = "";
  const afresh = (widget) => {
    if (!typed) return;
    typed = "";
    widget.clearOptions();
    widget.load("");
  };
  return {
    labelField: "name", searchField: [], preload: "focus",
    async load(text, done) {
      const query = new URLSearchParams({ q: text, workspace: form.dataset.workspace });
      const answer = await Trouble.ask(`${location.pathname}/choices/${name}?${query}`);
      const found = answer?.ok ? await answer.json() : [];
      done(text === this.inputValue() ? found : []);
    },
    onType(text) {
      typed = text;
      this.clearOptions();
    },
    onItemAdd() { afresh(this); },
    onDropdownClose() { afresh(this); },
  };
}

// Any id can be typed in: nothing is looked up, so nothing can be missing.
const typedIn = (add) => ({
  create: true, createOnBlur: true, persist: false,
  render: {
    item: shown, option: shown, no_results: () => null,
    option_create: ({ input }) => element("div", { className: "create", textContent: add.replace("{id}", input) }),
  },
});

function choose(select) {
  const said = select.dataset;
  const none = () => element("div", { className: "no-results", textContent: said.none });
  const clear = element("button", { type: "button", className: "clear-button", textContent: "×", ariaLabel: said.clear });
  const widget = new TomSelect(select, {
    plugins: { remove_button: { title: said.remove }, clear_button: { html: () => clear } },
    maxOptions: 200, hideSelected: true, clearAfterSelect: true, loadThrottle: 150, refreshThrottle: 0,
    render: { item: shown, option: shown, no_results: none },
    ...(said.choices === "new" ? typedIn(said.add) : said.choices && searched(said.choices)),
  });
  clear.addEventListener("click", () => widget.focus());
  // A list narrows what is typed into it: it is a combobox, and its label is that of the select.
  select.setAttribute("aria-hidden", "true");
  widget.control_input.setAttribute("aria-label", form.querySelector(`label[for^="${select.id}"]`).textContent);
}

form.querySelectorAll("select[multiple]").forEach(choose);
// On a phone the numbers come first, unless something is filtered.
if (matchMedia("(max-width: 560px)").matches && !form.querySelector("select[multiple] option[selected]")) {
  document.getElementById("more-filters").open = false;
}
// The widgets' own text inputs have no name: their changes are none of the form's.
form.addEventListener("change", (event) => { if (!event.target.name) event.stopPropagation(); }, true);
// Who and what is filtered is known in one workspace only; when, where and how goes along.
const GOES_ALONG = ["period", "from", "to", "timezone", "view", "sort", "passed_by", "held_by"];
form.elements.workspace?.addEventListener?.("change", (event) => {
  event.stopPropagation();
  const here = new URLSearchParams(state());
  const kept = GOES_ALONG.filter((name) => here.has(name)).map((name) => [name, here.get(name)]);
  location.assign(`${location.pathname}?${new URLSearchParams([["workspace", event.target.value], ...kept])}`);
}, true);

// What one opened stays open.
const opened = new Map();
document.addEventListener("toggle", ({ target }) => opened.set(target.id, target.open), true);
const keepOpen = () => opened.forEach((open, id) => document.getElementById(id)?.toggleAttribute("open", open));

// A number opens its rows in the log, which may lie below: it comes into view, and is told.
function lead({ request, sourceElement }) {
  const log = document.getElementById("log");
  const narrowed = new URL(request.action, location).searchParams.has("only");
  const told = narrowed ? log.querySelector(".log-head") : document.querySelector(".status");
  document.getElementById("announced").textContent = told.textContent.replace(/\s+/g, " ");
  const opens = narrowed || sourceElement?.closest(".total");
  if (opens && !log.contains(sourceElement)) log.scrollIntoView({ behavior: still.matches ? "auto" : "smooth" });
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  keepOpen();
  draw(!isRefresh(ctx));
  if (ctx.target.id === "results" && !isRefresh(ctx)) lead(ctx);
});
document.addEventListener("theme", () => draw(false));
draw(true);

// A log of more rows than a refresh brings stays as it is until one goes back to its top.
let logIsBehind = false;
const rows = () => document.querySelectorAll("#log-rows > tr:not(.more)").length;
const scrolled = () => document.getElementById("log-scroll")?.scrollTop > 0;
const isRefresh = (ctx) => "X-Refresh" in ctx.request.headers;

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const beyond = isRefresh(ctx) && rows() > Number(form.dataset.refreshed) && scrolled();
  // Meanwhile something else was asked for: what was shown before is not brought back.
  if (isRefresh(ctx) && ctx.request.action !== location.pathname + state()) event.preventDefault();
  else if (ctx.target.id === "results") logIsBehind = beyond;
  document.getElementById("log").toggleAttribute("hx-morph-skip", beyond);
});
document.addEventListener("htmx:finally:swap", () => document.getElementById("log").removeAttribute("hx-morph-skip"));

async function pulse() {
  if (document.hidden || Trouble.pending()) return;
  const answer = await Trouble.ask(`${location.pathname}/pulse${state()}`);
  if (!answer?.ok) return;
  const now = await answer.json();
  if (now.version === data().dataset.version && (!logIsBehind || scrolled())) {
    document.getElementById("complete-line").textContent = now.complete.line;
    document.getElementById("complete").dataset.state = now.complete.state;
    return;
  }
  htmx.ajax("GET", location.pathname + state(), {
    target: "#results", swap: "innerMorph", headers: { "X-Refresh": "1", "X-Rows": String(rows()) },
  });
}
setInterval(pulse, REFRESH_EVERY);
