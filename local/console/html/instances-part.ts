// Instances: state, size, connections; endpoints folded.
import { html } from "hono/html";
import type { ConsoleModel, InstanceView } from "../model.ts";
import { badge, breakable, type Html, table } from "./table.ts";
import { time } from "./words.ts";

/** The section's content. */
export function instancesPart({ instances }: ConsoleModel, fields: Html): Html {
  const rows = instances.map((instance) => [
    breakable(instance.name),
    html`${stateBadge(instance)}${instance.pending === undefined ? "" : html` <span class="aside">→ ${instance.pending}</span>`}`,
    instance.capacity,
    instance.nodes,
    `${instance.retentionDays} days`,
    instance.connections ?? "–",
    details(instance),
    powerForm(instance, fields),
  ]);
  return html`<div id="instances-table" data-part>${table(
    "Instances, and how they are reached",
    [
      { title: "Name" },
      { title: "State" },
      { title: "Capacity" },
      { title: "Nodes", isNumber: true },
      { title: "Recovery" },
      { title: "Connections", isNumber: true },
      { title: "Endpoints" },
      { title: "Power" },
    ],
    rows,
    "There is no instance yet. The demo makes one: npm run demo -- --keep",
  )}</div>`;
}

function stateBadge({ state }: InstanceView): Html {
  if (state === "AVAILABLE") return badge("good", state);
  return state === "STOPPED" ? badge("off", state) : badge("busy", state);
}

function details(instance: InstanceView): Html {
  const { uid, name, readWriteDns, readOnlyDns, parent, creator, createdAt, tags, nativeLogin } = instance;
  const facts: [string, string][] = [
    ["read and write", readWriteDns],
    ["read-only", readOnlyDns ?? "none"],
    ["id", uid],
    ["cloned from", parent ?? "nothing"],
    ["made", `${time(createdAt)} by ${creator}`],
    ["tags", tags === "" ? "none" : tags],
    ["login with passwords", nativeLogin ? "yes" : "no"],
  ];
  return html`<details id="details-${uid}"><summary id="summary-${uid}">Endpoints<span class="unseen"> of ${name}</span></summary>
<dl>${facts.map(([term, text]) => html`<div><dt>${term}</dt><dd>${breakable(text)}</dd></div>`)}</dl></details>`;
}

function powerForm({ name, uid, state }: InstanceView, fields: Html): Html | string {
  if (state !== "AVAILABLE" && state !== "STOPPED") return "–";
  const stopped = state === "AVAILABLE";
  return html`<form method="post" action="/console/actions/power">${fields}<input type="hidden" name="instance" value="${name}"><input type="hidden" name="stopped" value="${String(stopped)}"><button id="power-${uid}">${stopped ? "Stop" : "Start"}<span class="unseen"> ${name}</span></button></form>`;
}
