// A Delta table on disk: its newest version, its state at a version, its commits, and where its files are.
import { isAbsolute, join, relative } from "node:path";
import { SyncError } from "../sync-error.ts";
import { type AddFile, type Commit, fileKey, type Metadata, type Protocol } from "./actions.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { requireReadable } from "./features.ts";
import { listLog, readCommit } from "./log-files.ts";
import { columnsOf, type DeltaColumn } from "./schema.ts";

/** The state of a table at one version. */
export interface TableState {
  version: number;
  /** Time of the commit, milliseconds since 1970; undefined where the commit itself was cleaned up. */
  timestamp: number | undefined;
  metadata: Metadata;
  protocol: Protocol;
  columns: DeltaColumn[];
  /** The data files, ordered by path. */
  files: AddFile[];
}

/** An open table. */
export interface DeltaTable {
  readonly name: string;
  readonly dir: string;
  latestVersion(): Promise<number>;
  /** The state at a version, the newest by default; undefined when its log was cleaned up. */
  stateAt(version?: number): Promise<TableState | undefined>;
  /** A commit; undefined when it was cleaned up. Refuses one that makes the table unreadable. */
  commit(version: number): Promise<Commit | undefined>;
  /** The path of a file that an action names. */
  fileOf(path: string): string;
}

/** Opens a table; undefined where there is none. `name` is for messages. */
export async function openDeltaTable(name: string, dir: string): Promise<DeltaTable | undefined> {
  if (!(await listLog(dir))) return undefined;
  const table: DeltaTable = {
    name,
    dir,
    async latestVersion() {
      const log = await listLog(dir);
      return Math.max(log?.commits.at(-1) ?? -1, log?.checkpoints.at(-1)?.version ?? -1);
    },
    stateAt: async (version) => replay(table, version ?? (await table.latestVersion())),
    async commit(version) {
      const commit = await readCommit(dir, version);
      if (commit?.metaData || commit?.protocol) await table.stateAt(version);
      return commit;
    },
    fileOf: (path) => fileOf(name, dir, path),
  };
  return table;
}

async function replay(table: DeltaTable, version: number): Promise<TableState | undefined> {
  const log = await listLog(table.dir);
  const checkpoint = log?.checkpoints.filter((candidate) => candidate.version <= version).at(-1);
  const files = new Map<string, AddFile>();
  let metadata: Metadata | undefined;
  let protocol: Protocol | undefined;
  let timestamp: number | undefined;
  if (checkpoint) {
    for await (const action of readCheckpoint(checkpoint)) {
      if (action.add) files.set(fileKey(action.add), action.add);
      metadata = action.metaData ?? metadata;
      protocol = action.protocol ?? protocol;
    }
    timestamp = (await readCommit(table.dir, checkpoint.version))?.timestamp;
  }
  for (let next = (checkpoint?.version ?? -1) + 1; next <= version; next++) {
    const commit = await readCommit(table.dir, next);
    if (!commit) return undefined;
    for (const file of commit.removes) files.delete(fileKey(file));
    for (const file of commit.adds) files.set(fileKey(file), file);
    metadata = commit.metaData ?? metadata;
    protocol = commit.protocol ?? protocol;
    timestamp = commit.timestamp;
  }
  if (!metadata || !protocol) {
    throw new SyncError(
      `the log of Delta table ${table.name} has no metadata or protocol up to version ${version}`,
    );
  }
  requireReadable(table.name, protocol, metadata);
  return {
    version,
    timestamp,
    metadata,
    protocol,
    columns: columnsOf(table.name, metadata),
    files: [...files.values()].sort((a, b) => (fileKey(a) < fileKey(b) ? -1 : 1)),
  };
}

/** Paths are URL-encoded, and relative unless the table is a shallow clone of another. */
function fileOf(name: string, dir: string, path: string): string {
  const decoded = decodeURIComponent(path);
  const full = join(dir, decoded);
  const inside = relative(dir, full);
  if (/^[a-z][a-z0-9+.-]*:/i.test(decoded) || isAbsolute(decoded) || inside.startsWith("..")) {
    throw new SyncError(
      `Delta table ${name} refers to a file outside its own folder (${decoded}), as shallow clones do; copy the table deeply`,
    );
  }
  return full;
}
