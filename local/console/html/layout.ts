// What every page of the console has: head, a link past the head, the title.
import { html } from "hono/html";
import type { Html } from "./table.ts";

/** Seconds between two looks of a live page. */
const refreshSeconds = 3;

/** A whole page. */
export function layout(options: { title: string; isLive: boolean; header: Html; main: Html }): Html {
  const { title, isLive, header, main } = options;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/console/style.css">
${
  isLive
    ? html`<script src="/console/script.js" data-seconds="${refreshSeconds}" defer></script>
<noscript><meta http-equiv="refresh" content="${refreshSeconds * 5}"></noscript>`
    : ""
}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>${header}</header>
<main id="main" tabindex="-1">${main}</main>
</body>
</html>`;
}
