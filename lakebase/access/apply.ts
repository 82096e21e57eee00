// Brings a database to the wanted access, in one transaction: all of it, or nothing.
import type { Client } from "pg";
import { type DesiredPrincipal, describeGrant, type Grant, keyOf } from "./model.ts";
import { type AccessPlan, type AccessRecord, planAccess, scopeOf } from "./plan.ts";
import { databaseError, missingProblem, noEffectProblem, statementProblem } from "./problem.ts";
import { createRoles, dropIdleRoles } from "./roles.ts";
import { readSnapshot } from "./snapshot.ts";
import { grantStatements, revokeStatements, type Statement } from "./statements.ts";

/** What access is brought about from. */
export interface AccessRequest {
  /** The database that the client is connected to. */
  database: string;
  principals: readonly DesiredPrincipal[];
  record: AccessRecord;
  /** Whether another resource of the same run wants the grant as well. */
  shared?: (key: string) => boolean;
}

/** What came of it. */
export interface AccessResult {
  record: AccessRecord;
  /** Roles made here that nobody wants any more, and that could not be dropped. */
  keptRoles: string[];
}

// Two deployments that change one object's list at a time: the loser only has to look again.
const passingCodes = new Set(["40001", "40P01", "XX000", "23505", "42710"]);
const attempts = 3;

/** Carries out what is needed; a second time, nothing is. */
export async function applyAccess(client: Client, request: AccessRequest): Promise<AccessResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(client, () => change(client, request));
    } catch (error) {
      const code = databaseError(error)?.code ?? "";
      if (attempt === attempts || !passingCodes.has(code)) throw error;
    }
  }
}

/** Compares without changing anything. */
export async function inspectAccess(client: Client, request: AccessRequest): Promise<AccessPlan> {
  return await inTransaction(client, async () => {
    const { principals, record } = request;
    return planAccess(principals, record, await readSnapshot(client, scopeOf(principals, record)));
  });
}

async function change(client: Client, request: AccessRequest): Promise<AccessResult> {
  const { database, principals, record, shared } = request;
  // Held until the end of the transaction: PostgreSQL fails the second of two changes of one object's list.
  await client.query("SELECT pg_advisory_xact_lock(hashtext('lakebase access'))");
  const scope = scopeOf(principals, record);
  const before = await readSnapshot(client, scope);
  const plan = planAccess(principals, record, before, shared);
  if (plan.missing.length > 0) throw missingProblem(plan.missing);
  const { currentUser } = before;
  await run(client, revokeStatements(database, plan.revoke), currentUser);
  await createRoles(client, plan.createRoles, currentUser);
  await run(client, grantStatements(database, plan.grant), currentUser);
  const keptRoles = await dropIdleRoles(client, plan.dropRoles);
  await verify(client, request, plan, currentUser);
  const createdRoles = [...plan.record.createdRoles, ...keptRoles].sort();
  return { record: { ...plan.record, createdRoles }, keptRoles };
}

/** A GRANT or REVOKE without the right to it is only warned of, so the outcome is looked at. */
async function verify(
  client: Client,
  { principals, record }: AccessRequest,
  plan: AccessPlan,
  currentUser: string,
): Promise<void> {
  const after = await readSnapshot(client, scopeOf(principals, record));
  const words = (grants: readonly Grant[]) =>
    grants.map((grant) => `${describeGrant(grant)} for ${grant.role}`);
  const lacking = plan.grant.filter((grant) => !after.grants.has(keyOf(grant)));
  if (lacking.length > 0) throw noEffectProblem("GRANT", words(lacking), currentUser);
}

async function run(client: Client, statements: readonly Statement[], currentUser: string): Promise<void> {
  for (const statement of statements) {
    const refused: string[] = [];
    const listen = ({ code }: { code?: string | undefined }) => {
      if (code === "01006") refused.push(code);
    };
    client.on("notice", listen);
    try {
      await client.query(statement.sql);
    } catch (error) {
      throw passingCodes.has(databaseError(error)?.code ?? "")
        ? error
        : statementProblem(error, statement, currentUser);
    } finally {
      client.off("notice", listen);
    }
    if (refused.length > 0)
      throw noEffectProblem("REVOKE", [`${statement.kind} for ${statement.group.role}`], currentUser);
  }
}

async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  try {
    // No object of a user's own may stand in for one of the catalogs'; and no lock is waited for for ever.
    await client.query("SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = '30s'");
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}
