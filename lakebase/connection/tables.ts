// Stage "probe", its second part: the tables that somebody relies on exist, can be read, are filled and fresh.
import type { Client } from "pg";
import { quoteIdentifier, quoteQualified } from "../access/identifiers.ts";
import type { ExpectedTable } from "../rules/index.ts";
import type { Workspace } from "../workspace/index.ts";
import { queryWithin } from "./probe.ts";
import type { Diagnosis } from "./problem.ts";

/** What the tables are looked at with. */
export interface TableProbe {
  client: Client;
  workspace: Pick<Workspace, "syncedTables">;
  /** Milliseconds that one query may take. */
  timeoutMs: number;
  now: () => number;
  signal?: AbortSignal | undefined;
}

/** How much longer than the server, which ends a query by itself, its answer is waited for. */
const graceMs = 1_000;

/**
 * Looks at every table; returns one diagnosis of all that is wrong, or undefined. Rejects where it cannot be looked
 * because the connection is lost.
 */
export async function probeTables(
  probe: TableProbe,
  tables: readonly ExpectedTable[],
): Promise<Diagnosis | undefined> {
  if (tables.length === 0) return undefined;
  await ask(probe, `SET statement_timeout = ${Math.ceil(probe.timeoutMs)}`);
  const found: TableFinding[] = [];
  for (const table of tables) {
    probe.signal?.throwIfAborted();
    const finding = await look(probe, table);
    if (finding !== undefined) found.push(finding);
  }
  const [first] = found;
  if (first === undefined) {
    await ask(probe, "RESET statement_timeout");
    return undefined;
  }
  return {
    code: first.code,
    reason: found.map(({ reason }) => reason).join("; "),
    fix: [...new Set(found.map(({ fix }) => fix))].join("; "),
    retry: "never",
  };
}

interface TableFinding {
  code: string;
  reason: string;
  fix: string;
}

async function look(probe: TableProbe, table: ExpectedTable): Promise<TableFinding | undefined> {
  try {
    return (await lookAtRows(probe, table)) ?? (await lookAtAge(probe, table));
  } catch (error) {
    probe.signal?.throwIfAborted();
    if (isLost(error)) throw error;
    return findingOf(error, table.name);
  }
}

async function ask({ client, timeoutMs, signal }: TableProbe, sql: string) {
  return await queryWithin(client, sql, timeoutMs + graceMs, signal);
}

/** Whether the connection is gone, and with it every further answer. */
function isLost(error: unknown): boolean {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return ["ECONNRESET", "EPIPE", "57P01"].includes(code) || /terminated unexpectedly/.test(message);
}

function relationOf(name: string): string {
  const [schema = "", table = ""] = name.split(".").slice(-2);
  return quoteQualified(schema, table);
}

/** Counts no further than it has to; also without a minimum, reading one row is the proof. */
async function lookAtRows(probe: TableProbe, { name, minimumRows = 0 }: ExpectedTable) {
  const limit = Math.max(1, minimumRows);
  const sql = `SELECT count(*)::bigint AS rows FROM (SELECT FROM ${relationOf(name)} LIMIT ${limit}) AS counted`;
  const [row] = await ask(probe, sql);
  const count = Number(row?.rows);
  if (count >= minimumRows) return undefined;
  return {
    code: "TABLE_ROWS",
    reason: `table ${name} has ${count} rows and not at least ${minimumRows}`,
    fix: "fill the source and run its pipeline, or expect fewer rows",
  };
}

async function lookAtAge(
  probe: TableProbe,
  { name, maximumAgeSeconds, timestampColumn }: ExpectedTable,
): Promise<TableFinding | undefined> {
  if (maximumAgeSeconds === undefined) return undefined;
  const age =
    timestampColumn === undefined
      ? await ageOfSync(probe, name)
      : await ageOfRows(probe, name, timestampColumn);
  if (age !== undefined && age <= maximumAgeSeconds) return undefined;
  const found = age === undefined ? "has no time to tell its age by" : `is ${Math.round(age)} s old`;
  return {
    code: "TABLE_STALE",
    reason: `table ${name} ${found}, and not at most ${maximumAgeSeconds} s`,
    fix: "run its pipeline (a refreshSchedule does), or expect an older table",
  };
}

/** By the server's clock, which is the one that rows are written by. */
async function ageOfRows(probe: TableProbe, name: string, column: string): Promise<number | undefined> {
  const sql = `SELECT extract(epoch FROM now() - max(${quoteIdentifier(column)})::timestamptz)::float8 AS age FROM ${relationOf(name)}`;
  const [row] = await ask(probe, sql);
  return typeof row?.age === "number" ? row.age : undefined;
}

async function ageOfSync({ workspace, now, signal }: TableProbe, name: string): Promise<number | undefined> {
  const { lastSync } = await workspace.syncedTables.get(name, { signal });
  return lastSync === "" ? undefined : Math.max(0, (now() - Date.parse(lastSync)) / 1000);
}

const missing = new Set(["42P01", "3F000"]);

function findingOf(error: unknown, name: string): TableFinding {
  const { code = "UNKNOWN", message } = error as { code?: string; message: string };
  if (missing.has(code)) {
    return {
      code,
      reason: `table ${name} does not exist in this database`,
      fix: "create it first (dependsOn the synced tables or the migration that does), or correct the name",
    };
  }
  if (code === "42501") {
    return {
      code,
      reason: `table ${name} cannot be read: ${message}`,
      fix: "grant USAGE on its schema and SELECT on it to this identity (LakebaseAccess)",
    };
  }
  return { code, reason: `table ${name}: ${message}`, fix: "look at the table" };
}
