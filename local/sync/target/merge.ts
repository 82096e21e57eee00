// Brings the synced table to the rows of another one, row by row: its readers see the old rows or the new ones, and
// its indexes, grants and views stay.
import { type Client, escapeIdentifier } from "pg";
import type { TargetColumn } from "./column-types.ts";
import { columnList, qualified, sameKey, type Target } from "./target-table.ts";

/** Deletes, updates and inserts what differs from `staging`, which has the same columns in the same order. */
export async function mergeStaging(
  session: Client,
  target: Target,
  staging: string,
  columns: readonly TargetColumn[],
): Promise<void> {
  const { primaryKey } = target;
  const table = qualified(target);
  const names = columns.map((column) => column.name);
  const same = sameKey(primaryKey, "old", "new");
  await session.query(`ANALYZE ${staging}`);
  await session.query(`DELETE FROM ${table} old WHERE NOT EXISTS (SELECT FROM ${staging} new WHERE ${same})`);
  const assignments = names.map((name) => `${escapeIdentifier(name)} = new.${escapeIdentifier(name)}`);
  // Compared as stored: 0.0 and -0.0 are equal and not the same.
  await session.query(
    `UPDATE ${table} old SET ${assignments.join(", ")} FROM ${staging} new
     WHERE ${same} AND old OPERATOR(pg_catalog.*<>) new`,
  );
  await session.query(
    `INSERT INTO ${table} (${columnList(names)}) SELECT ${columnList(names, "new.")} FROM ${staging} new
     WHERE NOT EXISTS (SELECT FROM ${table} old WHERE ${same})`,
  );
  await session.query(`DROP TABLE ${staging}`);
}

/** With a timeseries key only the latest row of each primary key stays; of equally late ones the last read. */
export async function removeOlderRows(session: Client, target: Target, table: string): Promise<void> {
  const { primaryKey, timeseriesKey } = target;
  if (timeseriesKey === undefined) return;
  await session.query(
    `DELETE FROM ${table} old USING (
       SELECT ctid, row_number() OVER (
         PARTITION BY ${columnList(primaryKey)} ORDER BY ${escapeIdentifier(timeseriesKey)} DESC NULLS LAST, ctid DESC
       ) AS place FROM ${table}
     ) ranked WHERE old.ctid = ranked.ctid AND ranked.place > 1`,
  );
}
