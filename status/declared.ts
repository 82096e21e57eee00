// What a stack declares, read from `pulumi stack export`. Nothing else of the state is kept: no token, no shell.
import type { SettingsInputs } from "../lakebase/provider/settings.ts";
import type { ExpectedTable } from "../lakebase/rules/index.ts";

/** The text is no state of a stack. */
export class NotAStateError extends Error {}

/** Where a resource's workspace is; empty: as the Databricks tools find it. */
export interface Place {
  readonly host?: string;
  readonly profile?: string;
}

/** What every declared thing has. */
export interface Declared {
  readonly name: string;
  readonly place: Place;
  /** What the last deployment of it ended with, where it failed. */
  readonly failures: readonly string[];
}

/** An instance of the stack. */
export interface DeclaredInstance extends Declared {
  readonly uid?: string;
  readonly stopped?: boolean;
  readonly settings: SettingsInputs;
  /** Settings that the service takes and never tells. */
  readonly inputOnly: readonly string[];
}

/** A registered catalog of the stack. */
export interface DeclaredCatalog extends Declared {
  readonly instance?: string;
  readonly database?: string;
  readonly inputOnly: readonly string[];
}

/** A synced table of the stack. */
export interface DeclaredSyncedTable extends Declared {
  readonly instance?: string;
  readonly database?: string;
  readonly source?: string;
  readonly primaryKey?: readonly string[];
  readonly policy?: string;
  readonly inputOnly: readonly string[];
}

/** A ConnectivityCheck of the stack, with what it recorded. */
export interface DeclaredCheck extends Declared {
  readonly instance: string;
  readonly database: string;
  readonly stopped: boolean;
  readonly port?: number;
  readonly sslRootCert?: string;
  readonly hostAddress?: string;
  readonly tables?: readonly ExpectedTable[];
  readonly outcome: "verified" | "stopped" | "failed";
  readonly failure: string;
  readonly checkedAt?: string;
  readonly latencies: Readonly<Record<string, number>>;
  readonly seenUid?: string;
  readonly serverVersion?: string;
  readonly tlsVersion?: string;
  readonly userName?: string;
}

/** What a stack declares. */
export interface DeclaredStack {
  readonly stack: string;
  readonly project: string;
  readonly deployedAt?: string;
  readonly pendingOperations: number;
  /** Texts in the state that look like a credential of Databricks or PostgreSQL. */
  readonly credentialsInState: number;
  readonly instances: readonly DeclaredInstance[];
  readonly catalogs: readonly DeclaredCatalog[];
  readonly syncedTables: readonly DeclaredSyncedTable[];
  readonly checks: readonly DeclaredCheck[];
}

interface Resource {
  urn: string;
  type: string;
  id?: string;
  delete?: boolean;
  provider?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: unknown;
}

/**
 * Reads the text that `pulumi stack export` prints.
 *
 * @throws NotAStateError when it is something else
 */
export function readStack(text: string): DeclaredStack {
  const { deployment } = parse(text);
  const resources = resourcesOf(deployment);
  const live = resources.filter((resource) => resource.delete !== true);
  const of = (type: string) => live.filter((resource) => resource.type === type);
  const places = new Map(live.map((resource) => [`${resource.urn}::${resource.id}`, placeOf(resource)]));
  const powers = of("pulumi-nodejs:dynamic/lakebase:InstancePower");
  const base = (resource: Resource, name: unknown): Declared => ({
    name: textOf(name) ?? lastPart(resource.urn),
    place: present({ ...places.get(resource.provider ?? ""), ...ownPlace(resource.inputs) }),
    failures: Array.isArray(resource.initErrors) ? resource.initErrors.map(String) : [],
  });
  const [stack = "", project = ""] = partsOf(live[0]?.urn ?? "");
  return present({
    stack,
    project,
    deployedAt: textOf(recordOf(recordOf(deployment).manifest).time),
    pendingOperations: listOf(recordOf(deployment).pending_operations).length,
    credentialsInState: countCredentials(text),
    instances: of("databricks:index/databaseInstance:DatabaseInstance").map((resource) =>
      readInstance(resource, base, powers),
    ),
    catalogs: of("databricks:index/databaseDatabaseCatalog:DatabaseDatabaseCatalog").map((resource) =>
      readCatalog(resource, base),
    ),
    syncedTables: of("databricks:index/databaseSyncedDatabaseTable:DatabaseSyncedDatabaseTable").map(
      (resource) => readSyncedTable(resource, base),
    ),
    checks: of("pulumi-nodejs:dynamic/lakebase:ConnectivityCheck").map((resource) =>
      readCheck(resource, base, places),
    ),
  });
}

type Base = (resource: Resource, name: unknown) => Declared;

function readInstance(resource: Resource, base: Base, powers: readonly Resource[]): DeclaredInstance {
  const { inputs = {}, outputs = {} } = resource;
  const declared = base(resource, inputs.name ?? outputs.name);
  // Two of them where what needs the instance running stands in between; either may say that it is to be stopped.
  const own = powers.filter((power) => textOf(power.inputs?.instanceName) === declared.name);
  const settings = own.map((power) => power.inputs?.settings).find((found) => found !== undefined);
  const stopped = own.length > 0 ? own.some((power) => power.inputs?.stopped === true) : inputs.stopped;
  const parent = recordOf(inputs.parentInstanceRef);
  return present({
    ...declared,
    failures: [...declared.failures, ...own.flatMap((power) => base(power, declared.name).failures)],
    uid: textOf(outputs.uid),
    stopped: typeof stopped === "boolean" ? stopped : undefined,
    settings: settingsOf(settings === undefined ? inputs : recordOf(settings)),
    inputOnly: [
      ...(inputs.purgeOnDelete === undefined ? [] : ["purgeOnDelete"]),
      ...(parent.lsn === undefined ? [] : ["parent.lsn"]),
    ],
  });
}

/** The official resource has tags as a list, the component as a record. */
function settingsOf(inputs: Record<string, unknown>): SettingsInputs {
  const { customTags } = inputs;
  const tags = Array.isArray(customTags)
    ? Object.fromEntries(
        customTags.map((tag) => [textOf(recordOf(tag).key) ?? "", textOf(recordOf(tag).value) ?? ""]),
      )
    : customTags === undefined
      ? undefined
      : recordOf(customTags);
  const flag = (name: string) => (typeof inputs[name] === "boolean" ? inputs[name] : undefined);
  const number = (name: string) => (typeof inputs[name] === "number" ? inputs[name] : undefined);
  return present({
    capacity: textOf(inputs.capacity),
    nodeCount: number("nodeCount"),
    enableReadableSecondaries: flag("enableReadableSecondaries"),
    enablePgNativeLogin: flag("enablePgNativeLogin"),
    retentionWindowInDays: number("retentionWindowInDays"),
    customTags: tags as Record<string, string> | undefined,
    usagePolicyId: textOf(inputs.usagePolicyId),
  }) as SettingsInputs;
}

function readCatalog(resource: Resource, base: Base): DeclaredCatalog {
  const { inputs = {} } = resource;
  return present({
    ...base(resource, inputs.name),
    instance: textOf(inputs.databaseInstanceName),
    database: textOf(inputs.databaseName),
    inputOnly: inputs.createDatabaseIfNotExists === undefined ? [] : ["createDatabaseIfNotExists"],
  });
}

function readSyncedTable(resource: Resource, base: Base): DeclaredSyncedTable {
  const { inputs = {} } = resource;
  const spec = recordOf(inputs.spec);
  const key = listOf(spec.primaryKeyColumns).filter((column) => typeof column === "string");
  return present({
    ...base(resource, inputs.name),
    instance: textOf(inputs.databaseInstanceName),
    database: textOf(inputs.logicalDatabaseName),
    source: textOf(spec.sourceTableFullName),
    primaryKey: key.length > 0 ? key : undefined,
    policy: textOf(spec.schedulingPolicy),
    inputOnly: spec.createDatabaseObjectsIfMissing === undefined ? [] : ["createDatabaseObjectsIfMissing"],
  });
}

const outcomes = ["verified", "stopped", "failed"] as const;

function readCheck(resource: Resource, base: Base, places: ReadonlyMap<string, Place>): DeclaredCheck {
  const { inputs = {}, outputs = {} } = resource;
  const text = (name: string) => textOf(outputs[name]) || undefined;
  const declared = base(resource, undefined);
  // A dynamic resource has a provider of its own, and asks the workspace of the stack's databricks provider.
  const [stacks = {}] = [...places.values()].filter((place) => Object.keys(place).length > 0);
  const latencies = Object.entries(recordOf(outputs.latencies)).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  const tables = listOf(inputs.tables);
  return present({
    ...declared,
    place: { ...stacks, ...declared.place },
    // The recorded failure says the same.
    failures: [],
    instance: textOf(inputs.instanceName) ?? "",
    database: textOf(inputs.databaseName) ?? "databricks_postgres",
    stopped: inputs.stopped === true,
    port: typeof inputs.port === "number" ? inputs.port : undefined,
    sslRootCert: textOf(inputs.sslRootCert) || undefined,
    hostAddress: textOf(inputs.hostAddress) || undefined,
    tables: tables.length > 0 ? (tables as ExpectedTable[]) : undefined,
    outcome: outcomes.find((outcome) => outcome === outputs.outcome) ?? "failed",
    failure: text("failure") ?? "",
    checkedAt: text("checkedAt"),
    latencies: Object.fromEntries(latencies),
    seenUid: text("seenUid"),
    serverVersion: text("serverVersion"),
    tlsVersion: text("tlsVersion"),
    userName: text("userName"),
  });
}

/** Only address and profile: what else a provider is configured with stays unread. */
function placeOf({ type, inputs = {} }: Resource): Place {
  if (type !== "pulumi:providers:databricks") return {};
  return present({ host: textOf(inputs.host) || undefined, profile: textOf(inputs.profile) || undefined });
}

function ownPlace(inputs: Record<string, unknown> = {}): Place {
  return present({
    host: textOf(inputs.workspaceHost) || undefined,
    profile: textOf(inputs.profile) || undefined,
  });
}

// Signed tokens, personal access tokens, OAuth secrets; a secret that the engine has encrypted looks like none of them.
const credentialShape = /\beyJ[\w-]{6,}\.eyJ[\w-]{6,}\.[\w-]{6,}|\bdapi[0-9a-f]{24,}|\bdose[0-9a-f]{24,}/g;

function countCredentials(text: string): number {
  return new Set(text.match(credentialShape) ?? []).size;
}

function parse(text: string): { deployment: unknown } {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    // Not shown: it may be anything.
    throw new NotAStateError("it is not JSON");
  }
  const { deployment } = recordOf(state);
  if (typeof deployment !== "object" || deployment === null) throw new NotAStateError("it has no deployment");
  return { deployment };
}

function resourcesOf(deployment: unknown): Resource[] {
  const all = listOf(recordOf(deployment).resources);
  return all.filter((resource): resource is Resource => {
    const { urn, type } = recordOf(resource);
    return typeof urn === "string" && typeof type === "string";
  });
}

/** `urn:pulumi:stack::project::types::name` */
function partsOf(urn: string): string[] {
  return urn.replace(/^urn:pulumi:/, "").split("::");
}

function lastPart(urn: string): string {
  return partsOf(urn).at(-1) ?? urn;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A plain text; a secret is an object in the state, and counts as not said. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

type Present<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** Leaves out what is undefined. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
