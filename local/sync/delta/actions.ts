// The actions of a Delta log, as far as reading needs them: https://github.com/delta-io/delta/blob/master/PROTOCOL.md

/** Where the rows that a file still holds, but the table no longer has, are listed. */
export interface DeletionVectorDescriptor {
  storageType: string;
  pathOrInlineDv: string;
  offset?: number;
  sizeInBytes: number;
  cardinality: number;
}

/** A data file that is part of the table. */
export interface AddFile {
  path: string;
  partitionValues: Readonly<Record<string, string | null>>;
  size: number;
  dataChange: boolean;
  deletionVector?: DeletionVectorDescriptor;
  /** JSON, with `numRecords` among others; writers may leave it out. */
  stats?: string;
}

/** A data file that is no longer part of the table. */
export interface RemoveFile {
  path: string;
  dataChange: boolean;
  deletionVector?: DeletionVectorDescriptor;
  /** Absent when an older writer left it out. */
  partitionValues?: Readonly<Record<string, string | null>>;
  size?: number;
}

/** A file with the row changes of a commit, each row with its `_change_type`. */
export interface ChangeFile {
  path: string;
  partitionValues: Readonly<Record<string, string | null>>;
  size: number;
}

/** Schema, partitioning and properties of a table. */
export interface Metadata {
  id: string;
  format: { provider: string };
  schemaString: string;
  partitionColumns: readonly string[];
  configuration: Readonly<Record<string, string>>;
}

/** What a reader has to understand. */
export interface Protocol {
  minReaderVersion: number;
  minWriterVersion: number;
  readerFeatures?: readonly string[];
  writerFeatures?: readonly string[];
}

/** One action; exactly one member is set, or none that matters to a reader. */
export interface Action {
  add?: AddFile;
  remove?: RemoveFile;
  cdc?: ChangeFile;
  metaData?: Metadata;
  protocol?: Protocol;
  commitInfo?: { timestamp?: number; operation?: string };
}

/** One commit of the log. */
export interface Commit {
  version: number;
  /** Milliseconds since 1970. */
  timestamp: number;
  adds: AddFile[];
  removes: RemoveFile[];
  changes: ChangeFile[];
  metaData?: Metadata;
  protocol?: Protocol;
}

/** Identifies a data file: with another deletion vector it is another logical file. */
export function fileKey(file: Pick<AddFile, "path" | "deletionVector">): string {
  const { deletionVector: vector } = file;
  return vector
    ? `${file.path} ${vector.storageType}${vector.pathOrInlineDv}@${vector.offset ?? ""}`
    : file.path;
}

/** Rows that files hold, as their writers recorded it; undefined when one did not. */
export function recordedRows(files: readonly AddFile[]): number | undefined {
  let total = 0;
  for (const { stats, deletionVector } of files) {
    const records = stats ? (JSON.parse(stats) as { numRecords?: number }).numRecords : undefined;
    if (records === undefined) return undefined;
    total += records - (deletionVector?.cardinality ?? 0);
  }
  return total;
}

/** Gathers the actions of one commit. */
export function commitOf(version: number, actions: readonly Action[], writtenAt: number): Commit {
  const commit: Commit = { version, timestamp: writtenAt, adds: [], removes: [], changes: [] };
  for (const action of actions) {
    if (action.add) commit.adds.push(action.add);
    if (action.remove) commit.removes.push(action.remove);
    if (action.cdc) commit.changes.push(action.cdc);
    if (action.metaData) commit.metaData = action.metaData;
    if (action.protocol) commit.protocol = action.protocol;
    if (action.commitInfo?.timestamp !== undefined) commit.timestamp = action.commitInfo.timestamp;
  }
  return commit;
}
