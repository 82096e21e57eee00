// The login: the token of the ready file, once for a browser.
import { html } from "hono/html";
import { layout } from "./layout.ts";
import type { Html } from "./table.ts";

/** The page, with why an attempt failed. */
export function loginPage(problem?: string): Html {
  const described = problem === undefined ? "where" : "problem where";
  return layout({
    title: "Log in · local workspace",
    isLive: false,
    header: html`<h1>Local workspace</h1>`,
    main: html`<section aria-labelledby="login-title" class="login">
<h2 id="login-title">Log in</h2>
<form method="post" action="/console/login">
${problem === undefined ? "" : html`<p id="problem" class="notice refused" role="alert">${problem}</p>`}
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" required autofocus aria-describedby="${described}">
<p id="where">It is in the file that the start of the workspace names, and in the ready file, <code>.cache/local/ready.json</code>.</p>
<button type="submit">Log in</button>
</form>
</section>`,
  });
}
