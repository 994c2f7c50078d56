"use strict";
// What could not be brought is said, what is shown stays, and the same is asked for again until it
// comes. What asking again cannot change is said, too, where a filter means nothing; else it is
// opened as a page of its own, which explains it. Where access has ended one signs in and comes back.
const Trouble = (() => {
  const AGAIN = [1, 2, 4, 8, 15];
  const PASSING = [429, 500, 502, 503, 504];
  const REFUSED = 422;
  const UNKNOWN = 401;
  const line = document.getElementById("trouble");
  let tries = 0;
  let waiting = null;
  let refused = false;

  function over() {
    clearTimeout(waiting);
    waiting = null;
    tries = 0;
    refused = false;
    line.hidden = true;
  }

  // `status` is that of the answer, 0 where there was none.
  function say(status, detail) {
    line.textContent = (line.dataset[`on${status}`] || line.dataset.on500).replace("{detail}", detail);
    line.hidden = false;
    refused = status === REFUSED;
  }

  function later(retryAfter, again) {
    const seconds = Math.max(Number(retryAfter) || 0, AGAIN[Math.min(tries++, AGAIN.length - 1)]);
    clearTimeout(waiting);
    waiting = setTimeout(again, seconds * 1000);
  }

  function signIn() {
    const next = location.pathname + location.search;
    location.assign(`/sign-in?${new URLSearchParams({ next })}`);
  }

  const repeat = ({ request, target, swap, sourceElement }) => () =>
    htmx.ajax("GET", request.action, { source: sourceElement, target, swap, headers: { ...request.headers } });

  document.addEventListener("htmx:before:response", async (event) => {
    const { ctx } = event.detail;
    const { status, headers, raw } = ctx.response;
    if (status < 400) return;
    event.preventDefault();
    if (status === UNKNOWN) return signIn();
    if (status === REFUSED) return say(status, (await raw.json()).detail);
    if (!PASSING.includes(status)) return location.assign(ctx.request.action);
    say(status);
    later(headers.get("Retry-After"), repeat(ctx));
  });
  document.addEventListener("htmx:error", (event) => {
    say(0);
    later(0, repeat(event.detail.ctx));
  });
  // What a reader asked for in vain is said until something else comes that a reader asked for.
  document.addEventListener("htmx:after:request", (event) => {
    if (!refused || !("X-Refresh" in event.detail.ctx.request.headers)) over();
  });

  return {
    signIn,
    passing: (status) => PASSING.includes(status),
    // Whether something that a reader asked for is still to be brought.
    pending: () => waiting !== null,
    // An answer, or null where there is none; of one that may pass it is said what is wrong.
    async ask(address, options) {
      const answer = await fetch(address, options).catch(() => null);
      if (answer?.status === UNKNOWN) signIn();
      if (waiting) return answer;
      if (!answer || PASSING.includes(answer.status)) say(answer ? answer.status : 0);
      else if (!refused) line.hidden = true;
      return answer;
    },
  };
})();
