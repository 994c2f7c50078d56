"use strict";
// What could not be brought is said, what is shown stays, and the same is asked for again until it
// comes. What asking again cannot change is opened as a page of its own, which explains it.
const Trouble = (() => {
  const AGAIN = [1, 2, 4, 8, 15];
  const PASSING = [429, 500, 502, 503, 504];
  const line = document.getElementById("trouble");
  let tries = 0;
  let waiting = null;

  function over() {
    clearTimeout(waiting);
    waiting = null;
    tries = 0;
    line.hidden = true;
  }

  // `status` is that of the answer, 0 where there was none.
  function say(status) {
    line.textContent = line.dataset[`on${status}`] || line.dataset.on500;
    line.hidden = false;
  }

  function later(retryAfter, again) {
    const seconds = Math.max(Number(retryAfter) || 0, AGAIN[Math.min(tries++, AGAIN.length - 1)]);
    clearTimeout(waiting);
    waiting = setTimeout(again, seconds * 1000);
  }

  const repeat = ({ request, target, swap }) => () =>
    htmx.ajax("GET", request.action, { target, swap, headers: { ...request.headers } });

  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    const { status, headers } = ctx.response;
    if (status < 400) return;
    event.preventDefault();
    if (!PASSING.includes(status)) return location.assign(ctx.request.action);
    say(status);
    later(headers.get("Retry-After"), repeat(ctx));
  });
  document.addEventListener("htmx:error", (event) => {
    say(0);
    later(0, repeat(event.detail.ctx));
  });
  document.addEventListener("htmx:after:request", over);

  return {
    // Whether something that a reader asked for is still to be brought.
    pending: () => waiting !== null,
    // An answer, or null where there is none; of one that may pass it is said what is wrong.
    async ask(address, options) {
      const answer = await fetch(address, options).catch(() => null);
      if (waiting) return answer;
      if (!answer || PASSING.includes(answer.status)) say(answer ? answer.status : 0);
      else line.hidden = true;
      return answer;
    },
  };
})();
