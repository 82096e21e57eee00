// Synced tables, catalogs, apps and identities.
import { html } from "hono/html";
import type { ConsoleModel, SyncedTableView } from "../model.ts";
import { badge, breakable, type Html, table } from "./table.ts";
import { duration, grouped } from "./words.ts";

/** Synced tables. */
export function tablesPart({ tables, now }: ConsoleModel): Html {
  const rows = tables.map((synced) => [
    html`${breakable(synced.name)}<br><span class="aside">from ${synced.source}</span>`,
    html`${syncBadge(synced)}${synced.message === "" ? "" : html`<br><span class="aside">${synced.message}</span>`}`,
    synced.policy,
    behind(synced),
    synced.lastSync === undefined ? "never" : `${duration(now - synced.lastSync)} ago`,
    synced.rows === undefined ? "–" : grouped(synced.rows),
    `${synced.instance}/${synced.database}`,
  ]);
  return html`<div id="tables-table" data-part>${table(
    "Copies of Delta tables in PostgreSQL",
    [
      { title: "Name" },
      { title: "State" },
      { title: "Policy" },
      { title: "Behind" },
      { title: "Last sync" },
      { title: "Rows", isNumber: true },
      { title: "Database" },
    ],
    rows,
    "There is no synced table.",
  )}</div>`;
}

function syncBadge({ state }: SyncedTableView): Html {
  const text = state.replace(/^SYNCED_TABLED?_/, "").replaceAll("_", " ");
  if (state.endsWith("FAILED")) return badge("bad", text);
  if (/ONLINE/.test(state)) return badge("good", text);
  return /OFFLINE/.test(state) ? badge("off", text) : badge("busy", text);
}

/** Versions of the source that have not arrived. */
function behind({ version, sourceVersion }: SyncedTableView): string {
  if (sourceVersion === undefined) return "no source";
  if (version === undefined) return "everything";
  const versions = sourceVersion - version;
  if (versions <= 0) return "nothing";
  return versions === 1 ? "1 version" : `${versions} versions`;
}

/** Registered catalogs. */
export function catalogsPart({ catalogs }: ConsoleModel): Html {
  return html`<div id="catalogs-table" data-part>${table(
    "Databases registered in Unity Catalog",
    [{ title: "Name" }, { title: "Database" }, { title: "Owner" }],
    catalogs.map(({ name, instance, database, owner }) => [name, `${instance}/${database}`, owner]),
    "There is no registered catalog.",
  )}</div>`;
}

/** Apps. */
export function appsPart({ apps }: ConsoleModel): Html {
  return html`<div id="apps-table" data-part>${table(
    "Apps and the databases that they are bound to",
    [
      { title: "Name" },
      { title: "State" },
      { title: "Databases" },
      { title: "Role in PostgreSQL" },
      { title: "Creator" },
    ],
    apps.map(({ name, state, databases, principal, creator }) => [
      name,
      badge(state === "ACTIVE" ? "good" : state === "STOPPED" ? "off" : "busy", state),
      databases.length === 0 ? "none" : databases.join(", "),
      html`<code>${principal}</code>`,
      creator,
    ]),
    "There is no app.",
  )}</div>`;
}

/** Users and service principals; their tokens and secrets are not here. */
export function identitiesPart({ identities }: ConsoleModel): Html {
  return html`<div id="identities-table" data-part>${table(
    "Who may call. Tokens and secrets are shown nowhere",
    [{ title: "Name" }, { title: "Kind" }, { title: "Display name" }, { title: "Groups" }],
    identities.map(({ userName, kind, displayName, groups }) => [
      userName,
      kind,
      displayName,
      groups.join(", "),
    ]),
    "",
  )}</div>`;
}
