// The synced table in PostgreSQL: its name, its columns as they are, and how they follow the source's.
import { type Client, escapeIdentifier } from "pg";
import { sqlTypeName } from "../delta/schema.ts";
import { SyncError } from "../sync-error.ts";
import type { TargetColumn } from "./column-types.ts";
import { guardTrigger, internalSchema } from "./internal-schema.ts";

/** What a table's sync needs to know of its target. */
export interface Target {
  uid: string;
  /** catalog.schema.table */
  name: string;
  schema: string;
  table: string;
  primaryKey: readonly string[];
  timeseriesKey?: string;
  /** Owns the table. */
  writer: string;
}

/** The sync's progress with a table, as it is stored beside the rows. */
export interface Progress {
  /** The table in PostgreSQL; undefined before the first snapshot, and after somebody dropped it. */
  relid?: number;
  /** Version of the source that the table equals. */
  version?: number;
  /** Id of the source table that the version is one of; another id means that the source was made anew. */
  sourceId?: string;
  /** Rows of that version left out for a NULL in their primary key. */
  skipped: number;
  staging?: StagingProgress;
}

/** How far an unfinished snapshot is. */
export interface StagingProgress {
  version: number;
  /** Columns as the staging table has them. */
  columns: string;
  /** Files copied, in the order of the table's state. */
  file: number;
  /** Rows copied of the file after those. */
  row: number;
  copied: number;
  skipped: number;
}

/** The table's qualified name, quoted. */
export const qualified = (target: Pick<Target, "schema" | "table">): string =>
  `${escapeIdentifier(target.schema)}.${escapeIdentifier(target.table)}`;

/** The names of columns, quoted, separated by commas. */
export const columnList = (names: readonly string[], prefix = ""): string =>
  names.map((name) => prefix + escapeIdentifier(name)).join(", ");

/** The condition that two rows have the same primary key. */
export const sameKey = (keys: readonly string[], left: string, right: string): string =>
  keys.map((key) => `${left}.${escapeIdentifier(key)} = ${right}.${escapeIdentifier(key)}`).join(" AND ");

/** Reads the progress, and makes its row if there is none. */
export async function readProgress(session: Client, target: Target): Promise<Progress> {
  const { rows } = await session.query<Record<string, unknown>>(
    `INSERT INTO ${internalSchema}.tables AS t (uid, name) VALUES ($1, $2)
     ON CONFLICT (uid) DO UPDATE SET name = excluded.name
     RETURNING version, source_id, skipped, staging, (SELECT oid FROM pg_class WHERE oid = t.relid) AS relid`,
    [target.uid, target.name],
  );
  const { relid, version, source_id, skipped, staging } = rows[0] ?? {};
  return {
    ...(relid === null ? {} : { relid: Number(relid) }),
    ...(version === null || relid === null ? {} : { version: Number(version) }),
    ...(source_id === null ? {} : { sourceId: String(source_id) }),
    skipped: Number(skipped),
    ...(staging === null ? {} : { staging: staging as StagingProgress }),
  };
}

/** Stores that the table equals a version of the source; belongs into the transaction that made it so. */
export async function storeVersion(
  session: Client,
  target: Target,
  source: { version: number; id: string },
  skipped: { total: number } | { more: number },
): Promise<void> {
  const [expression, count] = "total" in skipped ? ["$4", skipped.total] : ["skipped + $4", skipped.more];
  await session.query(
    `UPDATE ${internalSchema}.tables SET version = $2, source_id = $3, skipped = ${expression} WHERE uid = $1`,
    [target.uid, source.version, source.id, count],
  );
}

/** Makes a table that has just come into being a synced one: owned by the writer, read-only, known to the guard. */
export async function adopt(session: Client, target: Target): Promise<void> {
  const name = qualified(target);
  await session.query(`ALTER TABLE ${name} OWNER TO ${target.writer}`);
  await session.query(
    `CREATE TRIGGER ${guardTrigger} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${name}
     FOR EACH STATEMENT EXECUTE FUNCTION ${internalSchema}.refuse_change()`,
  );
  await session.query(`UPDATE ${internalSchema}.tables SET relid = $2::regclass WHERE uid = $1`, [
    target.uid,
    name,
  ]);
}

/** How the table's columns differ from what the source has now. */
export interface ColumnPlan {
  /** Every column, in the order in which the table has or will have them. */
  columns: TargetColumn[];
  /** ALTER TABLE clauses that bring the table there. */
  clauses: string[];
}

/** Plans added columns and dropped NOT NULL constraints; refuses every other difference. */
export async function planColumns(
  session: Client,
  target: Target,
  relid: number,
  wanted: readonly TargetColumn[],
): Promise<ColumnPlan> {
  const { rows } = await session.query<{ name: string; type: string; required: boolean }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required FROM pg_attribute
     WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [relid],
  );
  const byName = new Map(wanted.map((column) => [column.name, column]));
  const present = new Set(rows.map((row) => row.name));
  refuseOtherChanges(rows, byName);
  const added = wanted.filter((column) => !present.has(column.name));
  const relaxed = rows.filter(
    ({ name, required }) => required && byName.get(name)?.nullable && !target.primaryKey.includes(name),
  );
  return {
    columns: [...rows.flatMap((row) => byName.get(row.name) ?? []), ...added],
    clauses: [
      ...added.map((column) => `ADD COLUMN ${escapeIdentifier(column.name)} ${column.sqlType}`),
      ...relaxed.map(({ name }) => `ALTER COLUMN ${escapeIdentifier(name)} DROP NOT NULL`),
    ],
  };
}

function refuseOtherChanges(
  rows: readonly { name: string; type: string }[],
  wanted: ReadonlyMap<string, TargetColumn>,
): void {
  const problems = rows.flatMap(({ name, type }) => {
    const column = wanted.get(name);
    if (!column) return [`column ${name} is no longer in the source`];
    if (column.sqlType === type) return [];
    return [`column ${name} is ${sqlTypeName(column.type)} in the source, and was ${type}`];
  });
  if (problems.length === 0) return;
  throw new SyncError(
    `the schema of the source has changed in a way that a synced table cannot follow: ${problems.join("; ")}; ` +
      "only added columns are followed: delete the synced table with purge_data=true and create it again",
  );
}

/** The columns of a new table, as SQL. */
export function columnDefinitions(columns: readonly TargetColumn[], primaryKey: readonly string[]): string {
  return columns
    .map(({ name, sqlType, nullable }) => {
      const required = !nullable || primaryKey.includes(name);
      return `${escapeIdentifier(name)} ${sqlType}${required ? " NOT NULL" : ""}`;
    })
    .join(", ");
}

/** The columns of the primary key, by position. */
export function keyPositions(columns: readonly TargetColumn[], target: Target): number[] {
  const missing = [...target.primaryKey, ...(target.timeseriesKey ? [target.timeseriesKey] : [])].filter(
    (name) => !columns.some((column) => column.name === name),
  );
  if (missing.length > 0) {
    throw new SyncError(
      `the source has no column ${missing.join(", ")}, named as key; it has ${columns.map((c) => c.name).join(", ")}`,
    );
  }
  return target.primaryKey.map((key) => columns.findIndex((column) => column.name === key));
}
