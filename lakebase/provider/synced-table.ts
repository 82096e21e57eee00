// A synced table that is ready, as a resource: waited for, its indexes made, its rows removed with it.
import { randomUUID } from "node:crypto";
import { connect, hangUp } from "../connection/index.ts";
import { checkIndexes, checkTargetName, type IndexDefinition } from "../rules/index.ts";
import { applyIndexes, missingIndexes } from "../synced-table/index.ts";
import {
  hasFailed,
  isOnline,
  openWorkspace,
  orNothing,
  type SyncedTable,
  type Workspace,
  waitForSyncedTable,
  waitUntilSyncedTableGone,
} from "../workspace/index.ts";
import { toFailure } from "./connectivity.ts";
import {
  changedKeys,
  type DynamicProvider,
  isKnown,
  type ReachInputs,
  RecordedFailure,
  reasonOf,
  type StackConfiguration,
  workspaceSettings,
} from "./dynamic.ts";
import type { OpenWorkspace } from "./power.ts";
import { checkInstanceRuns } from "./synced-table-instance.ts";

/** What is waited for, and what is made then. */
export interface SyncedTableInputs extends ReachInputs {
  /** Three-part name. Through the declared table, so that the table is deleted only after this resource. */
  tableName: string;
  /** What the copy is made from, in words: a change means that the table is another one. */
  declared?: string;
  indexes?: IndexDefinition[];
  /** `purge` removes the PostgreSQL table with the synced table; `keep` leaves it. Default `purge`. */
  onDelete?: string;
  /** Instance of a table in a standard catalog; that of a registered one is known to the service. */
  instanceName?: string;
  /** Instances that the program keeps running, or whose stop it sees to itself. */
  instancesSeenTo?: string[];
  /** Seconds to wait for the first copy. Default 1800. */
  deadlineSeconds?: number;
  /** Any value; a new one waits again and looks at the indexes. */
  trigger?: string;
}

/** What the table was when it had settled. */
export interface SyncedTableOutputs extends SyncedTableInputs {
  /** `online`, `failed` or `missing`. */
  outcome: string;
  /** Why it is not online; empty otherwise. */
  failure: string;
  pipelineId: string;
  state: string;
  /** When rows had last arrived, ISO 8601. */
  lastSync: string;
  /** Instance and database that it is in. */
  instance: string;
  database: string;
  /** When it was settled, ISO 8601: new whenever the table or an index was made anew. */
  settledAt: string;
}

/** What tests put in place of the real thing. */
export interface SyncedTableDeps {
  open?: OpenWorkspace;
  connect?: typeof connect;
  /** Hears what is being waited for. Default: the output, which the engine shows. */
  onProgress?: (line: string) => void;
}

const inputKeys: readonly (keyof SyncedTableInputs)[] = ["tableName", "declared", "indexes", "trigger"];
const otherKeys: readonly (keyof SyncedTableInputs)[] = [
  "onDelete",
  "instanceName",
  "instancesSeenTo",
  "port",
  "sslRootCert",
  "hostAddress",
  "workspaceHost",
  "profile",
  "deadlineSeconds",
];
const defaultDeadlineSeconds = 1800;
const deletionDeadlineMs = 600_000;

/** The provider of SyncedTableReady. */
export function syncedTable(
  configuration: StackConfiguration | undefined,
  { open = openWorkspace, connect: dial = connect, onProgress = console.log }: SyncedTableDeps = {},
): DynamicProvider<SyncedTableInputs, SyncedTableOutputs> {
  const workspaceOf = (inputs: SyncedTableInputs) => open(workspaceSettings(configuration, inputs));
  const login = async (inputs: SyncedTableInputs, table: SyncedTable) =>
    (await dial(connectionOf(inputs, table, configuration), { onProgress })).client;

  const settle = async (
    inputs: SyncedTableInputs,
    recorded: readonly IndexDefinition[],
    retry: boolean,
  ): Promise<SyncedTableOutputs> => {
    const workspace = await workspaceOf(inputs);
    const updateId = retry ? await runAgain(workspace, inputs.tableName) : undefined;
    const deadlineMs = (inputs.deadlineSeconds ?? defaultDeadlineSeconds) * 1000;
    const table = await waitForSyncedTable(workspace, inputs.tableName, { deadlineMs, updateId, onProgress });
    const wanted = inputs.indexes ?? [];
    if (wanted.length > 0 || recorded.length > 0) {
      const client = await login(inputs, table);
      try {
        await applyIndexes(client, { tableName: inputs.tableName, wanted, recorded });
      } finally {
        await hangUp(client);
      }
    }
    return outputsOf(inputs, table);
  };
  const record = async (id: string, inputs: SyncedTableInputs, olds?: SyncedTableOutputs) => {
    try {
      return await settle(inputs, olds?.indexes ?? [], olds !== undefined);
    } catch (error) {
      const failure = reasonOf(error);
      // Whatever may have been made stays known, so that a later deployment can drop it.
      const made = { indexes: [...(olds?.indexes ?? []), ...(inputs.indexes ?? [])] };
      throw new RecordedFailure(
        id,
        { ...nothingSeen, ...inputs, ...made, outcome: "failed", failure },
        failure,
      );
    }
  };

  return {
    async check(olds, news) {
      const { tableName, indexes } = news;
      const problems = [
        ...(isKnown(tableName) ? checkTargetName("tableName", tableName) : []),
        ...(indexes !== undefined && isKnown(indexes) ? checkIndexes("indexes", indexes, tableName) : []),
        ...(await checkInstanceRuns(() => workspaceOf(news), olds, news)),
      ];
      return { inputs: news, failures: problems.map(toFailure) };
    },
    async diff(_id, olds, news) {
      // The engine asks with an unknown name whether this resource goes with the table when that is replaced: it
      // does, and before it, since deleting it is what removes the rows.
      if (news.tableName !== olds.tableName)
        return { changes: true, replaces: ["tableName"], deleteBeforeReplace: true };
      const changes =
        olds.outcome !== "online" || changedKeys<SyncedTableInputs>(inputKeys, olds, news).length > 0;
      return { changes, replaces: [] };
    },
    async create(inputs) {
      const id = `synced-table-${randomUUID()}`;
      return { id, outs: await record(id, inputs) };
    },
    async update(id, olds, news) {
      return { outs: await record(id, news, olds) };
    },
    async read(id, props) {
      return { id, props: await look(props, await workspaceOf(props), login) };
    },
    async delete(_id, props) {
      if (props.onDelete === "keep") return;
      await purge(await workspaceOf(props), props.tableName);
    },
  };
}

/** A table whose sync failed is not tried again by the service: its pipeline has to be run. */
async function runAgain({ syncedTables }: Workspace, name: string): Promise<string | undefined> {
  const table = await syncedTables.get(name);
  if (!hasFailed(table) || table.pipelineId === "") return undefined;
  return (await syncedTables.startPipeline(table.pipelineId))?.id;
}

/**
 * Deletes the synced table with its rows. The official provider's deletion, which comes afterwards, would leave
 * the PostgreSQL table behind and so make it impossible to create the synced table again; it finds nothing, and
 * takes that for success.
 */
async function purge(workspace: Workspace, name: string): Promise<void> {
  try {
    await workspace.syncedTables.delete(name, { purge: true });
  } catch (error) {
    if ((error as { status?: number }).status === 404) return;
    throw error;
  }
  await waitUntilSyncedTableGone(workspace, name, { deadlineMs: deletionDeadlineMs });
}

type Login = (
  inputs: SyncedTableInputs,
  table: SyncedTable,
) => Promise<Awaited<ReturnType<typeof connect>>["client"]>;

/** A refresh's look. States that come and go by themselves, and times, are no drift. */
async function look(
  recorded: SyncedTableOutputs,
  workspace: Workspace,
  login: Login,
): Promise<SyncedTableOutputs> {
  const table = await orNothing(workspace.syncedTables.get(recorded.tableName));
  if (table === undefined)
    return { ...recorded, outcome: "missing", failure: "the synced table does not exist" };
  if (hasFailed(table)) return { ...recorded, outcome: "failed", failure: table.message };
  if (!isOnline(table)) {
    const isLost = table.instanceName !== undefined && (await hasGone(workspace, table.instanceName));
    const failure = `instance "${table.instanceName}" does not exist`;
    return isLost ? { ...recorded, outcome: "missing", failure } : recorded;
  }
  const indexes = recorded.indexes ?? [];
  if (indexes.length > 0) {
    const client = await login(recorded, table);
    try {
      const missing = await missingIndexes(client, recorded.tableName, indexes);
      if (missing.length > 0)
        return { ...recorded, outcome: "failed", failure: `index missing: ${missing.join(", ")}` };
    } finally {
      await hangUp(client);
    }
  }
  return recorded;
}

/** A table outlives its instance in Unity Catalog, without its rows. */
async function hasGone(workspace: Workspace, instanceName: string): Promise<boolean> {
  const instance = await orNothing(workspace.getInstance(instanceName));
  return instance === undefined || instance.state === "DELETING";
}

function connectionOf(
  inputs: SyncedTableInputs,
  { name, instanceName, databaseName }: SyncedTable,
  configuration: StackConfiguration | undefined,
) {
  if (instanceName === undefined || databaseName === undefined)
    throw new Error(`the workspace does not tell which instance and database synced table "${name}" is in`);
  return {
    workspace: workspaceSettings(configuration, inputs),
    instanceName,
    databaseName,
    port: inputs.port,
    sslRootCert: inputs.sslRootCert,
    hostAddress: inputs.hostAddress,
  };
}

const nothingSeen = { pipelineId: "", state: "", lastSync: "", instance: "", database: "", settledAt: "" };

/** Only the declared inputs: the engine's own `__provider` travels with them and is put back by it. */
function inputsOf(inputs: SyncedTableInputs): SyncedTableInputs {
  const keys = [...inputKeys, ...otherKeys].filter((key) => inputs[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, inputs[key]])) as unknown as SyncedTableInputs;
}

function outputsOf(inputs: SyncedTableInputs, table: SyncedTable): SyncedTableOutputs {
  return {
    ...inputsOf(inputs),
    outcome: "online",
    failure: "",
    pipelineId: table.pipelineId,
    state: table.state,
    lastSync: table.lastSync,
    instance: table.instanceName ?? "",
    database: table.databaseName ?? "",
    settledAt: new Date().toISOString(),
  };
}
