// The request log with latencies, and the faults: planted ones, a form for a new one.
import { html } from "hono/html";
import type { LoggedRequest } from "../../api/request-log.ts";
import type { ConsoleModel } from "../model.ts";
import { badge, type Html, table } from "./table.ts";

/** The section's content. */
export function requestsPart(
  model: ConsoleModel,
  fields: Html,
  { onlyErrors, isLive }: { onlyErrors: boolean; isLive: boolean },
): Html {
  const shown = model.requests.filter(({ status }) => !onlyErrors || status === 0 || status >= 400);
  const live = isLive ? "" : "live=off&";
  const filter = onlyErrors
    ? html`<a id="log-filter" href="/console?${live}#requests">Show all</a>`
    : html`<a id="log-filter" href="/console?${live}log=errors#requests">Show refused ones only</a>`;
  return html`${faultsPart(model, fields)}
<p class="row">${filter}</p>
<div id="requests-table" data-part>${table(
    `The newest ${model.requests.length} of ${model.requestCount} requests${onlyErrors ? ", of them the refused ones" : ""}`,
    [
      { title: "Time, UTC" },
      { title: "Request" },
      { title: "Status" },
      { title: "ms", isNumber: true },
      { title: "Client" },
    ],
    shown.map(requestRow),
    "No request was logged.",
  )}</div>
<form method="post" action="/console/actions/clear-requests" class="row">${fields}<button id="clear-requests">Empty the log</button></form>`;
}

function requestRow({ time, method, path, status, duration_ms, fault, user_agent }: LoggedRequest) {
  const kind = status === 0 || status >= 500 ? "bad" : status >= 400 ? "busy" : "good";
  return [
    time.slice(11, 19),
    html`<code>${method} ${path}</code>${fault === undefined ? "" : html`<br><span class="aside">fault: ${fault}</span>`}`,
    badge(kind, status === 0 ? "dropped" : String(status)),
    duration_ms.toFixed(1),
    html`<span class="agent" title="${user_agent}">${user_agent.split(" ")[0] ?? ""}</span>`,
  ];
}

function faultsPart({ faults }: ConsoleModel, fields: Html): Html {
  return html`<div id="faults-table" data-part>${
    faults.length === 0
      ? ""
      : html`${table(
          "Planted faults",
          [{ title: "Requests" }, { title: "Effect" }, { title: "Left", isNumber: true }],
          faults.map(({ what, effect, left }) => [html`<code>${what}</code>`, effect, left]),
          "",
        )}<form method="post" action="/console/actions/clear-faults" class="row">${fields}<button id="clear-faults">Clear all faults</button></form>`
  }</div>
<details id="new-fault"><summary id="new-fault-summary">Plant a fault</summary>
<form method="post" action="/console/actions/add-fault" class="fields">${fields}
<label for="fault-method">Method <select id="fault-method" name="method"><option value="">any</option>${["GET", "POST", "PATCH", "PUT", "DELETE"].map((method) => html`<option>${method}</option>`)}</select></label>
<label for="fault-path">Path matches <input id="fault-path" name="path" placeholder="/credentials$" spellcheck="false"></label>
<label for="fault-times">Times <input id="fault-times" name="times" type="number" min="1" max="1000000" value="1"></label>
<label for="fault-status">Status <input id="fault-status" name="status" type="number" min="200" max="599" value="503"></label>
<label for="fault-delay">Delay in ms <input id="fault-delay" name="delay_ms" type="number" min="0" max="3600000"></label>
<button id="add-fault">Plant</button>
</form></details>`;
}
