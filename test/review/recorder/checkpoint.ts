// Turns the preview of a first deployment into the state that the deployment would have left.
import { createHash } from "node:crypto";
import type { Scenario } from "../scenarios/types.ts";
import { workspaceId } from "./workspace.ts";

type Json = Record<string, unknown>;
interface State extends Json {
  urn: string;
  type: string;
  custom: boolean;
  inputs?: Json;
}

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A deployment that `pulumi stack import` takes, from the digest of a preview that only creates. */
export function checkpointOf(
  digest: { steps: { op: string; newState?: State }[] },
  scenario: Scenario,
): Json {
  const shown = digest.steps.flatMap(({ newState }) => (newState === undefined ? [] : [newState]));
  const states = [...defaultProviders(shown), ...shown];
  const ids = new Map(states.filter(({ custom }) => custom).map((state) => [state.urn, idOf(state)]));
  return {
    version: 3,
    deployment: {
      manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" },
      resources: inOrder(states).map((state) => deployed(state, ids, scenario)),
    },
  };
}

/** The digest leaves out the providers that nobody declared. */
function defaultProviders(states: State[]): State[] {
  const known = new Set(states.map(({ urn }) => urn));
  const named = states.flatMap(({ provider }) => (typeof provider === "string" ? [provider] : []));
  const urns = new Set(named.map((provider) => provider.slice(0, provider.lastIndexOf("::"))));
  return [...urns]
    .filter((urn) => !known.has(urn))
    .map((urn) => {
      const version = /::default_(\d+_\d+_\d+)$/.exec(urn)?.[1]?.replaceAll("_", ".");
      const inputs = version === undefined ? {} : { version };
      return { urn, type: urn.split("::")[2]!, custom: true, inputs };
    });
}

/** Providers before what they serve; the engine wants dependencies first. */
function inOrder(states: State[]): State[] {
  const rank = ({ type }: State) =>
    type === "pulumi:pulumi:Stack" ? 0 : type.startsWith("pulumi:providers:") ? 1 : 2;
  return states.toSorted((left, right) => rank(left) - rank(right));
}

function deployed(state: State, ids: Map<string, string>, scenario: Scenario): Json {
  const { sourcePosition: _position, stackTrace: _trace, ...kept } = state;
  if (!state.custom) return kept;
  const inputs = known(state.inputs ?? {}, state) as Json;
  if ("instanceUid" in inputs) inputs.instanceUid = uuid(String(inputs.instanceName));
  const outputs = { ...inputs, ...computed(state.type, inputs) };
  return {
    ...kept,
    id: ids.get(state.urn),
    inputs,
    outputs: scenario.deployed?.(state.type, outputs) ?? outputs,
    ...(typeof kept.provider === "string" ? { provider: withId(kept.provider, ids) } : {}),
  };
}

function withId(provider: string, ids: Map<string, string>): string {
  const urn = provider.slice(0, provider.lastIndexOf("::"));
  return `${urn}::${ids.get(urn)}`;
}

function idOf({ type, urn, inputs = {} }: State): string {
  if (type === "databricks:index/permissions:Permissions")
    return `/database-instances/${String(inputs.databaseInstanceName)}`;
  const byName = type.startsWith("databricks:") && typeof inputs.name === "string";
  return byName ? String(inputs.name) : uuid(urn);
}

/** Inputs that a deployment would have known. */
function known(value: unknown, state: State): unknown {
  if (value === unknown) return uuid(`${state.urn} value`);
  if (Array.isArray(value)) return value.map((item) => known(item, state));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, known(member, state)]));
}

function computed(type: string, inputs: Json): Json {
  const name = String(inputs.name ?? inputs.instanceName ?? "");
  const uid = uuid(name);
  const make = computedOutputs[type.split(":").at(-1) ?? ""];
  const workspace = type.startsWith("databricks:") ? { providerConfig: { workspaceId } } : {};
  return { ...(make?.(inputs, uid) ?? {}), ...workspace };
}

const computedOutputs: Record<string, (inputs: Json, uid: string) => Json> = {
  DatabaseInstance: (inputs, uid) => ({
    uid,
    state: "AVAILABLE",
    pgVersion: "PG_VERSION_16",
    readWriteDns: `instance-${uid}.database.example.com`,
    effectiveCapacity: inputs.capacity,
    effectiveNodeCount: inputs.nodeCount,
    effectiveStopped: false,
    creator: "deployer@example.com",
    creationTime: "2026-01-01T00:00:00Z",
  }),
  InstancePower: (inputs, uid) => ({
    uid,
    state: inputs.stopped === true ? "STOPPED" : "AVAILABLE",
    readWriteDns: `instance-${uid}.database.example.com`,
    readOnlyDns: "",
  }),
  ConnectivityCheck: (inputs) => ({
    outcome: inputs.stopped === true ? "stopped" : "verified",
    failure: "",
    serverVersion: "PostgreSQL 16.4",
    tlsVersion: "TLSv1.3",
    userName: "deployer@example.com",
    checkedAt: "2026-01-01T00:00:00Z",
  }),
  DatabaseDatabaseCatalog: (_inputs, uid) => ({ uid }),
  DatabaseSyncedDatabaseTable: (inputs) => ({
    effectiveDatabaseInstanceName: inputs.databaseInstanceName,
    effectiveLogicalDatabaseName: inputs.logicalDatabaseName,
    unityCatalogProvisioningState: "ACTIVE",
  }),
  App: (inputs, uid) => ({
    servicePrincipalClientId: uid,
    servicePrincipalName: `app-${String(inputs.name)}`,
    url: `https://${String(inputs.name)}.example.com`,
  }),
  Permissions: () => ({ objectType: "database-instances" }),
  PostgresProject: (inputs, uid) => ({ name: `projects/${String(inputs.projectId)}`, uid }),
  PostgresBranch: (inputs, uid) => ({
    name: `${String(inputs.parent)}/branches/${String(inputs.branchId)}`,
    uid,
  }),
};

/** The same text gives the same id, so that a recording made again is the same. */
function uuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
