"use strict";
// Nothing is asked for that cannot be answered: half a date, a range that ends before it begins, a
// zone that there is not. What is wrong is said beside the field once one leaves it or presses Enter.
(() => {
  const WHILE_TYPING = 500;
  const form = document.getElementById("filters");
  const { period, from, to, timezone } = form.elements;
  const dates = from.type === "date" ? [from, to] : [];
  const zones = new Set(Array.from(document.getElementById("zones").options, (zone) => zone.value));
  let typing = null;

  function wrongDates() {
    if (period.value !== "custom" || !dates.length) return "";
    if (dates.some((field) => !field.value)) return "incomplete";
    if (dates.some((field) => !field.validity.valid)) return "outside";
    return from.value > to.value ? "inverted" : "";
  }
  const wrongZone = () => (timezone.value && !zones.has(timezone.value) ? "unknown" : "");

  // Says it, or takes back what was said.
  function say(id, wrong, fields) {
    const line = document.getElementById(id);
    line.textContent = wrong && line.dataset[wrong];
    line.hidden = !wrong;
    for (const field of fields) field.ariaInvalid = wrong ? "true" : null;
  }

  function whole() {
    const wrong = { dates: wrongDates(), zone: wrongZone() };
    say("wrong-dates", wrong.dates, dates);
    say("wrong-zone", wrong.zone, [timezone]);
    return !wrong.dates && !wrong.zone;
  }

  function ask() {
    clearTimeout(typing);
    typing = null;
    htmx.trigger(form, "submit");
  }
  const left = () => (typing ? ask() : whole());
  const ofDates = (react) => (event) => dates.includes(event.target) && react(event);

  // A date changes with every digit that is typed: it is asked for when no more come.
  form.addEventListener("change", ofDates((event) => {
    event.stopPropagation();
    clearTimeout(typing);
    typing = wrongDates() ? null : setTimeout(ask, WHILE_TYPING);
    if (typing) whole();
  }), true);
  form.addEventListener("focusout", ofDates(left));
  form.addEventListener("keydown", ofDates((event) => event.key === "Enter" && left()));
  form.addEventListener("htmx:config:request", (event) => whole() || event.preventDefault());
})();
