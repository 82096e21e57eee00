// The console itself: the workspace's time, then a section for each kind of thing.
import { html } from "hono/html";
import type { Session } from "../access.ts";
import { advances } from "../actions.ts";
import type { ConsoleModel } from "../model.ts";
import { instancesPart } from "./instances-part.ts";
import { layout } from "./layout.ts";
import { appsPart, catalogsPart, identitiesPart, tablesPart } from "./parts.ts";
import { requestsPart } from "./requests-part.ts";
import type { Html } from "./table.ts";
import { duration, time } from "./words.ts";

/** How the page is shown. */
export interface PageOptions {
  formToken: string;
  notice: Session["notice"];
  isLive: boolean;
  onlyErrors: boolean;
  /** Address of the REST API. */
  origin: string;
}

/** Hidden fields of every form. */
export type Fields = Html;

/** The page. */
export function consolePage(model: ConsoleModel, options: PageOptions): Html {
  const { formToken, notice, isLive } = options;
  const fields = html`<input type="hidden" name="form_token" value="${formToken}"><input type="hidden" name="live" value="${isLive ? "on" : "off"}">`;
  const parts = [
    part("instances", "Instances", model.instances.length, instancesPart(model, fields)),
    part("tables", "Synced tables", model.tables.length, tablesPart(model)),
    part("catalogs", "Catalogs", model.catalogs.length, catalogsPart(model)),
    part("apps", "Apps", model.apps.length, appsPart(model)),
    part("requests", "Requests", model.requestCount, requestsPart(model, fields, options)),
    part("identities", "Identities", model.identities.length, identitiesPart(model)),
  ];
  return layout({
    title: "Local workspace",
    isLive,
    header: html`<h1>Local workspace</h1>
<nav aria-label="Sections"><ul>${parts.map(({ id, title, count }) => html`<li><a href="#${id}">${title} <span id="${id}-count" class="count" data-part>${count}</span></a></li>`)}</ul></nav>
<p class="links"><a id="live" href="${isLive ? "/console?live=off" : "/console"}">${isLive ? "Pause updates" : "Update live"}</a></p>
<form method="post" action="/console/actions/logout">${fields}<button id="logout" class="plain">Log out</button></form>`,
    main: html`<p id="notice" data-part role="status" class="notice ${notice?.kind ?? "none"}">${notice?.text ?? ""}</p>
${overview(model, options, fields)}
${parts.map(
  ({
    id,
    title,
    content,
  }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>`,
)}`,
  });
}

function part(id: string, title: string, count: number, content: Html) {
  return { id, title, count, content };
}

function overview(model: ConsoleModel, { origin }: PageOptions, fields: Fields): Html {
  const ahead =
    model.offsetSeconds === 0 ? "as this machine's" : `${duration(model.offsetSeconds * 1000)} ahead`;
  return html`<section aria-labelledby="overview-title" class="overview"><h2 id="overview-title">Workspace</h2>
<dl id="facts" data-part>
<div><dt>REST API</dt><dd><code>${origin}</code></dd></div>
<div><dt>PostgreSQL</dt><dd><code>127.0.0.1:${model.postgresPort}</code></dd></div>
<div><dt>Clock</dt><dd>${time(model.now)} UTC, ${ahead}</dd></div>
</dl>
<form method="post" action="/console/actions/advance-clock" class="row">${fields}
<label for="seconds">Move the clock on by</label>
<select id="seconds" name="seconds">${advances.map(({ seconds, label }) => html`<option value="${seconds}">${label}</option>`)}</select>
<button id="advance">Move</button></form></section>`;
}
