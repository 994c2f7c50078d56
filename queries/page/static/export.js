"use strict";
// Data Export from the page: started, followed, fetched; what keeps it waiting or ends it is said.
(() => {
  const FOLLOW_EVERY = 300;
  const AWAY = 3000;
  const BUSY = 429;
  const UNKNOWN = 401;
  const form = document.getElementById("export-form");
  const texts = JSON.parse(form.dataset.texts);
  const plural = new Intl.PluralRules(document.documentElement.lang);
  let running = false;
  const part = (name) => document.getElementById(`export-${name}`);

  // A text with its blanks filled in; its plural form goes by `count`.
  function fill(name, blanks) {
    const forms = texts[name];
    const text = typeof forms === "string" ? forms : forms[plural.select(blanks.count)] ?? forms.other;
    return text.replace(/\{(\w+)\}/g, (_, blank) => blanks[blank].toLocaleString(document.documentElement.lang));
  }

  function say(text, ready) {
    part("state").textContent = text;
    for (const name of ["download", "manifest"]) part(name).hidden = !ready;
  }

  function ends(text, ready = false) {
    part("progress").hidden = true;
    running = false;
    say(text, ready);
  }
  const fails = (reason) => ends(fill("failed", { reason: reason || texts.failed_why }));

  const json = (answer) => answer.json().catch(() => ({}));
  const wait = (answer) => (Number(answer?.headers.get("Retry-After")) || AWAY / 1000) * 1000;

  async function follow(address) {
    const answer = await Trouble.ask(address);
    if (!answer || Trouble.passing(answer.status)) return void setTimeout(follow, wait(answer), address);
    const job = await json(answer);
    if (!answer.ok) return fails(job.detail);
    part("progress").value = job.total ? job.rows / job.total : 0;
    if (job.state === "failed") return fails(job.reason);
    if (job.state === "running") {
      say(fill("running", { done: job.rows, count: job.total }));
      return void setTimeout(follow, FOLLOW_EVERY, address);
    }
    part("download").href = `${address}/data`;
    part("manifest").href = `${address}/manifest`;
    ends(fill("ready", { count: job.rows }), true);
  }

  async function start(query) {
    const answer = await fetch(`/api/v1/exports?${query}`, { method: "POST" }).catch(() => null);
    if (answer?.status === UNKNOWN) return Trouble.signIn();
    const said = answer ? await json(answer) : {};
    if (answer?.ok && said.address) return follow(said.address);
    if (answer?.status !== BUSY) return fails(said.detail);
    say(fill(said.type?.endsWith("exports-running") ? "busy" : "too_many", { seconds: wait(answer) / 1000 }));
    setTimeout(start, wait(answer), query);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (running) return;
    const query = new URLSearchParams(document.getElementById("data").dataset.exported);
    query.set("format", form.elements.format.value);
    part("progress").hidden = false;
    part("progress").value = 0;
    running = true;
    say("");
    start(query);
  });
})();
