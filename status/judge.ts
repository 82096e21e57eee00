// The rules of a status: what was declared against what the service tells. Pure.
import { connectionStages } from "../lakebase/connection/index.ts";
import { missingSettings, namesOfTheWorkspace, type SettingsInputs } from "../lakebase/provider/settings.ts";
import {
  type DatabaseCatalog,
  type DatabaseInstance,
  hasFailed,
  isOnline,
  type SyncedTable,
} from "../lakebase/workspace/index.ts";
import {
  type DeclaredCatalog,
  type DeclaredCheck,
  type DeclaredInstance,
  type DeclaredSyncedTable,
  present,
} from "./declared.ts";
import {
  type CatalogStatus,
  type Drift,
  gravest,
  type InstanceStatus,
  type Level,
  type LiveVerification,
  type StageStatus,
  type SyncedTableStatus,
  type VerificationStatus,
} from "./types.ts";

/** What the service answered: the thing itself, that there is none, or why it could not be asked. */
export type Answer<T> =
  | { readonly found: T }
  | { readonly missing: true }
  | { readonly problem: string; readonly fix: string };

const putBack = "`pulumi up --refresh` brings it back to the program";

/** What was declared of the thing, and why it failed at its last deployment. */
interface Judged {
  readonly level: Level;
  readonly problems: readonly string[];
}

/** The levels of what was found, gravest first, with the failures of the last deployment. */
function judged(failures: readonly string[], drift: readonly Drift[], found: readonly Judged[]): Judged {
  const deployed: Judged = {
    level: failures.length > 0 ? "failed" : "well",
    problems: failures.map((failure) => `the last deployment failed: ${failure}`),
  };
  const all = [...found, deployed];
  return {
    level: gravest([drift.length > 0 ? "drifted" : "well", ...all.map(({ level }) => level)]),
    problems: all.flatMap(({ problems }) => problems),
  };
}

const unasked = ({ problem, fix }: { problem: string; fix: string }): Judged => ({
  level: "failed",
  problems: [`${problem}; fix: ${fix}`],
});

const gone = (what: string): Judged => ({
  level: "failed",
  problems: [`the workspace has no such ${what}; fix: ${putBack}`],
});

/** An instance: its state against the wanted power, its settings against those in force. */
export function judgeInstance(
  declared: DeclaredInstance,
  answer: Answer<DatabaseInstance>,
  workspace: string,
): InstanceStatus {
  const { name, failures, inputOnly } = declared;
  const base = { name, workspace, drift: [], unknown: inputOnly, endpoints: {} };
  if ("missing" in answer) return { ...base, state: "MISSING", ...judged(failures, [], [gone("instance")]) };
  if ("problem" in answer) return { ...base, state: "UNKNOWN", ...judged(failures, [], [unasked(answer)]) };
  const instance = answer.found;
  const drift = [...settingsDrift(declared.settings, instance), ...powerDrift(declared, instance)];
  return present({
    ...base,
    ...judged(failures, drift, [powerLevel(declared, instance), identityLevel(declared, instance)]),
    drift,
    unknown: [...inputOnly, ...untold(declared.settings, instance)],
    state: instance.state,
    pending: pendingState(instance),
    capacity: instance.capacity,
    nodes: instance.nodeCount,
    stopped: instance.stopped,
    retentionDays: instance.retentionWindowInDays,
    postgresVersion: instance.pgVersion,
    endpoints: present({ readWrite: instance.readWriteDns, readOnly: instance.readOnlyDns }),
  });
}

/** The same rule by which a deployment decides what it has to send. */
function settingsDrift(settings: SettingsInputs, instance: DatabaseInstance): Drift[] {
  const missing = missingSettings(settings, instance);
  return names.flatMap((name) => {
    const key = namesOfTheWorkspace[name];
    if (!Object.hasOwn(missing, key)) return [];
    return [{ setting: name, declared: words(settings[name]), actual: words(instance[key]) }];
  });
}

const names = Object.keys(namesOfTheWorkspace) as (keyof SettingsInputs)[];

function untold(settings: SettingsInputs, instance: DatabaseInstance): string[] {
  return names.filter(
    (name) => settings[name] !== undefined && instance[namesOfTheWorkspace[name]] === undefined,
  );
}

/** Both settled states are compared, as a refresh does; one in between is not drift. */
function powerDrift({ stopped }: DeclaredInstance, { state }: DatabaseInstance): Drift[] {
  if (stopped === undefined || (state !== "AVAILABLE" && state !== "STOPPED")) return [];
  const isStopped = state === "STOPPED";
  return stopped === isStopped
    ? []
    : [{ setting: "stopped", declared: words(stopped), actual: words(isStopped) }];
}

function powerLevel({ stopped }: DeclaredInstance, instance: DatabaseInstance): Judged {
  const { state } = instance;
  if (state === "AVAILABLE") return { level: "well", problems: [] };
  if (state === "STOPPED") {
    return stopped === true
      ? { level: "well", problems: [] }
      : {
          level: "failed",
          problems: [`it is stopped and refuses all connections, though it is to run; fix: ${putBack}`],
        };
  }
  if (state === "DELETING")
    return {
      level: "failed",
      problems: [`it is being deleted; fix: wait until it is gone, then ${putBack}`],
    };
  return { level: "changing", problems: [] };
}

function identityLevel({ uid }: DeclaredInstance, instance: DatabaseInstance): Judged {
  if (uid === undefined || uid === "" || instance.uid === uid) return { level: "well", problems: [] };
  return {
    level: "failed",
    problems: [
      `it is another instance of the same name (id ${instance.uid}, deployed was ${uid}), with other data` +
        "; fix: find out who replaced it, then `pulumi up --refresh`",
    ],
  };
}

/** The service tells what it is on its way to only by the power that is in force. */
function pendingState({ state, stopped }: DatabaseInstance): string | undefined {
  if (state === "AVAILABLE" || state === "STOPPED") return undefined;
  if (state === "DELETING") return "MISSING";
  return stopped === undefined ? undefined : stopped ? "STOPPED" : "AVAILABLE";
}

/** A registered catalog: whether it is there, and leads to the database that was declared. */
export function judgeCatalog(declared: DeclaredCatalog, answer: Answer<DatabaseCatalog>): CatalogStatus {
  const { name, failures, inputOnly } = declared;
  const base = { name, drift: [], unknown: inputOnly };
  if ("missing" in answer)
    return { ...base, state: "MISSING", ...judged(failures, [], [gone("registered catalog")]) };
  if ("problem" in answer) return { ...base, state: "UNKNOWN", ...judged(failures, [], [unasked(answer)]) };
  const { instanceName: instance, databaseName: database } = answer.found;
  const drift = compared([
    ["instanceName", declared.instance, instance],
    ["databaseName", declared.database, database],
  ]);
  return { ...base, ...judged(failures, drift, []), drift, state: "REGISTERED", instance, database };
}

/** A synced table: whether rows arrive, and from the source that was declared. */
export function judgeSyncedTable(
  declared: DeclaredSyncedTable,
  answer: Answer<SyncedTable>,
  context: { readonly now: number; readonly meantStopped: boolean },
): SyncedTableStatus {
  const { name, failures, inputOnly } = declared;
  const base = present({ name, drift: [], unknown: inputOnly, policy: declared.policy });
  if ("missing" in answer)
    return { ...base, state: "MISSING", ...judged(failures, [], [gone("synced table")]) };
  if ("problem" in answer) return { ...base, state: "UNKNOWN", ...judged(failures, [], [unasked(answer)]) };
  const table = answer.found;
  const { spec = {} } = table;
  const drift = compared([
    ["source", declared.source, spec.source],
    ["primaryKey", declared.primaryKey?.join(", "), spec.primaryKey?.join(", ")],
    ["policy", declared.policy, spec.policy],
    ["instanceName", declared.instance, table.instanceName],
    ["databaseName", declared.database, table.databaseName],
  ]);
  const told = Date.parse(table.lastSync);
  return present({
    ...base,
    ...judged(failures, drift, [syncLevel(table, context.meantStopped)]),
    drift,
    unknown: [...inputOnly, ...(table.spec === undefined ? ["source", "primaryKey", "policy"] : [])],
    state: table.state === "" ? table.catalogState || "UNKNOWN" : table.state,
    instance: table.instanceName,
    database: table.databaseName,
    lastSync: table.lastSync || undefined,
    // Two clocks that differ by a little must not make rows that arrive from the future.
    lagSeconds: Number.isNaN(told) ? undefined : Math.max(0, Math.round((context.now - told) / 1000)),
    rows: table.progress?.rows,
  });
}

function syncLevel(table: SyncedTable, meantStopped: boolean): Judged {
  if (hasFailed(table)) {
    const reason = table.message === "" ? "the service gives no reason" : table.message;
    return {
      level: "failed",
      problems: [
        `the sync has failed: ${reason}; fix: mend the source or the declaration, then \`pulumi up\``,
      ],
    };
  }
  if (isOnline(table)) return { level: "well", problems: [] };
  if (!/OFFLINE/.test(table.state)) return { level: "changing", problems: [] };
  if (meantStopped) return { level: "well", problems: [] };
  return {
    level: "failed",
    problems: [`${table.message || "it is offline"}; fix: see that its instance runs`],
  };
}

/** A check: what it recorded, and what a check now finds. */
export function judgeCheck(
  declared: DeclaredCheck,
  live: { readonly verification: LiveVerification; readonly problem?: string } | undefined,
): VerificationStatus {
  const { name, failures, instance, database, outcome, latencies, stopped } = declared;
  const recorded: Judged =
    outcome === "failed"
      ? { level: "failed", problems: [`the last deployment could not verify it: ${declared.failure}`] }
      : outcome === "stopped" && !stopped
        ? { level: "failed", problems: ["it could not be verified: the instance was stopped"] }
        : { level: "well", problems: [] };
  // What was looked at just now counts, not what was recorded.
  const found = live === undefined ? recorded : liveLevel(live, stopped);
  return present({
    name,
    drift: [],
    unknown: [],
    ...judged(failures, [], [found]),
    instance,
    database,
    outcome,
    checkedAt: declared.checkedAt,
    stages: stagesOf(latencies),
    serverVersion: declared.serverVersion,
    tlsVersion: declared.tlsVersion,
    userName: declared.userName,
    now: live?.verification,
  });
}

function liveLevel(
  { verification, problem }: { verification: LiveVerification; problem?: string },
  stopped: boolean,
): Judged {
  if (verification.outcome === "verified" || (verification.outcome === "stopped" && stopped))
    return { level: "well", problems: [] };
  return { level: "failed", problems: [problem ?? "the instance is stopped, so that nothing was dialled"] };
}

/** In the order in which they happen: the state has them by name. */
function stagesOf(latencies: Readonly<Record<string, number>>): StageStatus[] {
  return connectionStages.flatMap((stage) => {
    const milliseconds = latencies[stage];
    return milliseconds === undefined ? [] : [{ stage, milliseconds }];
  });
}

/** What differs, of what both sides say. */
function compared(settings: readonly (readonly [string, string | undefined, string | undefined])[]): Drift[] {
  return settings.flatMap(([setting, declared, actual]) =>
    declared === undefined || actual === undefined || declared === actual
      ? []
      : [{ setting, declared, actual }],
  );
}

/** A value in words. */
function words(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object" || value === null) return String(value);
  const tags = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return tags.length === 0 ? "none" : tags.map(([key, text]) => `${key}=${text}`).join(", ");
}
