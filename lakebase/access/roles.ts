// Roles of principals: made through databricks_auth, dropped when nothing hangs on them.
import type { Client } from "pg";
import { quoteQualified, quoteRole } from "./identifiers.ts";
import type { DesiredPrincipal } from "./model.ts";
import { databaseError, extensionProblem, roleProblem } from "./problem.ts";

/** Makes the roles, each tied to its identity so that the identity's token logs in as it. */
export async function createRoles(
  client: Client,
  principals: readonly DesiredPrincipal[],
  currentUser: string,
): Promise<void> {
  if (principals.length === 0) return;
  const create = await roleFunction(client, currentUser);
  for (const principal of principals) {
    // Refused here as well: the function would take any text.
    quoteRole(principal.name);
    try {
      await client.query(`SELECT ${create}($1::text, $2::text)`, [principal.name, principal.type]);
    } catch (error) {
      throw roleProblem(error, principal, currentUser);
    }
  }
}

/**
 * The extension's function, by the schema that the extension is in: found by name alone it could be somebody
 * else's function of that name.
 */
async function roleFunction(client: Client, currentUser: string): Promise<string> {
  try {
    // An extension without a schema of its own goes where the path points to.
    await client.query("SET LOCAL search_path = public");
    await client.query("CREATE EXTENSION IF NOT EXISTS databricks_auth");
    await client.query("SET LOCAL search_path = pg_catalog");
  } catch (error) {
    throw extensionProblem(error, currentUser);
  }
  const { rows } = await client.query<{ schema: string }>(selectFunction);
  const [found] = rows;
  if (found !== undefined) return quoteQualified(found.schema, "databricks_create_role");
  throw extensionProblem(
    Object.assign(new Error("the extension has no function databricks_create_role"), { code: "42883" }),
    currentUser,
  );
}

const selectFunction = `SELECT n.nspname::text AS schema
  FROM pg_extension e
  JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    AND d.classid = 'pg_proc'::regclass
  JOIN pg_proc p ON p.oid = d.objid AND p.proname = 'databricks_create_role'
  JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE e.extname = 'databricks_auth'`;

/**
 * Drops roles on which nothing depends any more, in any database. One that owns something, was granted
 * something by others, or may not be dropped by the caller stays.
 *
 * @returns the roles that stayed
 */
export async function dropIdleRoles(client: Client, names: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const name of names) {
    await client.query("SAVEPOINT drop_role");
    try {
      await client.query(`DROP ROLE IF EXISTS ${quoteRole(name)}`);
      await client.query("RELEASE SAVEPOINT drop_role");
    } catch (error) {
      // 2BP01: something depends on it; 42501: not the caller's to drop; 55006: it is in use.
      if (!["2BP01", "42501", "55006"].includes(databaseError(error)?.code ?? "")) throw error;
      await client.query("ROLLBACK TO SAVEPOINT drop_role");
      kept.push(name);
    }
  }
  return kept;
}
