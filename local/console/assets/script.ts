// The few lines that keep an open page up to date. Without them the page reloads by itself, more rarely.

/** Replaces the parts that changed; what is unfolded, focused or being typed stays. */
export const script = `"use strict";
const seconds = Number(document.currentScript.dataset.seconds);

async function update() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { "x-console-update": "1" } }).catch(() => undefined);
  document.body.classList.toggle("stale", !answer?.ok);
  if (!answer?.ok) return;
  const news = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = news.getElementById(part.id);
    // A message of the last action stays until the next action.
    if (next === null || part.id === "notice") continue;
    for (const open of part.querySelectorAll("details[open]")) {
      const same = open.id && next.querySelector("#" + CSS.escape(open.id));
      if (same) same.open = true;
    }
    if (next.innerHTML === part.innerHTML) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : undefined;
    part.innerHTML = next.innerHTML;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

async function forever() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    await update();
  }
}
forever();
`;
