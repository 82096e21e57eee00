// Brings the indexes of a synced table to what is declared.
import type { Client } from "pg";
import { type IndexDefinition, indexNameOf } from "../rules/index.ts";
import { createIndexStatement, dropIndexStatement, listIndexes, postgresNameOf } from "./statements.ts";

/** Indexes that are wanted, and those that an earlier deployment made. */
export interface IndexRequest {
  tableName: string;
  wanted: readonly IndexDefinition[];
  recorded: readonly IndexDefinition[];
}

/** An index could not be made or dropped. */
export class IndexProblem extends Error {
  override readonly name = "IndexProblem";
}

/** Drops what is no longer declared as it was made, makes what is missing, and looks whether it is there. */
export async function applyIndexes(client: Pick<Client, "query">, request: IndexRequest): Promise<void> {
  const { tableName, wanted, recorded } = request;
  const kept = new Set(wanted.map((index) => keyOf(tableName, index)));
  for (const index of recorded) {
    if (!kept.has(keyOf(tableName, index)))
      await run(client, dropIndexStatement(tableName, index), tableName, index);
  }
  for (const index of wanted) await run(client, createIndexStatement(tableName, index), tableName, index);
  const missing = await missingIndexes(client, tableName, wanted);
  if (missing.length === 0) return;
  throw new IndexProblem(
    `index ${missing.join(", ")} of ${tableName} was not made: another table of the schema has an index of that name, or it is not valid; to fix: give the index another name, or drop the other one`,
  );
}

/** Names of the declared indexes that the table does not have. */
export async function missingIndexes(
  client: Pick<Client, "query">,
  tableName: string,
  wanted: readonly IndexDefinition[],
): Promise<string[]> {
  const { schema, table } = postgresNameOf(tableName);
  const { rows } = await client.query<{ name: string }>(listIndexes, [schema, table]);
  const present = new Set(rows.map(({ name }) => name));
  return wanted.map((index) => indexNameOf(tableName, index)).filter((name) => !present.has(name));
}

/** Two definitions of the same key make the same index. */
function keyOf(tableName: string, index: IndexDefinition): string {
  const { columns, include = [], method = "btree", operatorClass = "" } = index;
  return JSON.stringify([indexNameOf(tableName, index), columns, include, method, operatorClass]);
}

async function run(
  client: Pick<Client, "query">,
  sql: string,
  tableName: string,
  index: IndexDefinition,
): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    throw new IndexProblem(
      `index ${indexNameOf(tableName, index)} of ${tableName}: ${message ?? error}${code === undefined ? "" : ` (${code})`}; to fix: ${fixOf(code)}`,
    );
  }
}

function fixOf(code: string | undefined): string {
  if (code === "42703") return "name columns that the source table has";
  if (code === "42501")
    return "deploy as an identity that owns the synced table or is in databricks_superuser";
  if (code === "42704")
    return "correct the operator class, or create the extension that brings it (CREATE EXTENSION vector)";
  return "correct the declaration of the index";
}
