// What the service keeps. The table lives in a schema of its own: an app may create one, but nothing in `public`.
import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { integer, pgSchema, text, timestamp } from "drizzle-orm/pg-core";
import type { LakebasePool } from "pulumi-lakebase/client";

const schema = pgSchema("node_example");

export const orders = schema.table("orders", {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  item: text().notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});

/** Drizzle on the pool, with the table in place. */
export async function openOrders(pool: LakebasePool): Promise<NodePgDatabase> {
  const database = drizzle({ client: pool });
  await database.transaction(async (transaction) => {
    // Processes that start together take turns.
    await transaction.execute(sql`SELECT pg_advisory_xact_lock(hashtext('node_example'))`);
    await transaction.execute(sql`CREATE SCHEMA IF NOT EXISTS ${sql.identifier(schema.schemaName)}`);
    await transaction.execute(sql`CREATE TABLE IF NOT EXISTS ${orders} (
      id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      item text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    )`);
  });
  return database;
}
