// What binding a database to an app does in PostgreSQL: a role for its service principal, with CONNECT and CREATE.
import pg from "pg";
import { ROLE_COMMENT } from "../postgres/index.ts";
import type { AppResource, BoundDatabase } from "./apps-table.ts";
import type { Workspace } from "./context.ts";
import { notFound } from "./errors.ts";
import { requireAtRest } from "./instances.ts";

type Parts = Pick<Workspace, "instances" | "postgres">;

/** Whose role it is about, and who asks. */
export interface Principals {
  clientId: string;
  caller: string;
}

/**
 * Brings the service principal's databases from `before` to those of the resources. What stays is not touched, so
 * that an app can be changed while its instance is stopped; a new binding needs the running server.
 */
export async function rebind(
  parts: Parts,
  { clientId, caller }: Principals,
  before: readonly BoundDatabase[],
  resources: readonly AppResource[],
): Promise<BoundDatabase[]> {
  const wanted = resources.flatMap(({ database }) => {
    if (database === undefined) return [];
    const instance = parts.instances.require(database.instance_name);
    return [{ instanceUid: instance.uid, databaseName: database.database_name, instance }];
  });
  const added = wanted.filter((one) => !before.some((other) => isSame(one, other)));
  // All are looked at before any is changed.
  for (const { instance, databaseName } of added) {
    requireAtRest(instance, ["AVAILABLE"]);
    await requireDatabase(parts, instance.uid, databaseName, instance.name);
  }
  for (const database of added) await admit(parts, clientId, database);
  const removed = before.filter((one) => !wanted.some((other) => isSame(one, other)));
  await release(parts, { clientId, caller }, removed);
  return wanted.map(({ instanceUid, databaseName }) => ({ instanceUid, databaseName }));
}

/**
 * Takes CONNECT and CREATE back, and gives what the app owns in the database to the caller, if that one has a role
 * there. The role itself stays: others may have granted it something. A server that does not run is left alone:
 * without a binding, no credential for it is granted any more.
 */
export async function release(
  { postgres }: Parts,
  { clientId, caller }: Principals,
  databases: readonly BoundDatabase[],
): Promise<void> {
  const role = pg.escapeIdentifier(clientId);
  for (const { instanceUid, databaseName } of databases) {
    if (!postgres.isRunning(instanceUid)) continue;
    const exists = await postgres.query(instanceUid, "postgres", selectDatabase, [databaseName]);
    if (exists.rows.length === 0) continue;
    const heir = await postgres.query(instanceUid, "postgres", selectRole, [caller]);
    const statements = [
      ...(heir.rows.length === 0 ? [] : [`REASSIGN OWNED BY ${role} TO ${pg.escapeIdentifier(caller)}`]),
      `REVOKE CONNECT, CREATE ON DATABASE ${pg.escapeIdentifier(databaseName)} FROM ${role}`,
    ];
    await postgres.query(instanceUid, databaseName, statements.join("; "));
  }
}

const selectDatabase = "SELECT 1 FROM pg_database WHERE datname = $1";
const selectRole = "SELECT 1 FROM pg_roles WHERE rolname = $1";

async function requireDatabase(
  { postgres }: Parts,
  uid: string,
  databaseName: string,
  instanceName: string,
): Promise<void> {
  const found = await postgres.query(uid, "postgres", selectDatabase, [databaseName]);
  if (found.rows.length > 0) return;
  throw notFound(`Database '${databaseName}' does not exist in database instance '${instanceName}'.`);
}

/** How often a grant that met another one is tried. */
const attempts = 5;

async function admit(
  { postgres }: Parts,
  clientId: string,
  { instanceUid, databaseName }: BoundDatabase,
): Promise<void> {
  const role = pg.escapeIdentifier(clientId);
  const mark = pg.escapeLiteral(`${ROLE_COMMENT}SERVICE_PRINCIPAL`);
  const found = await postgres.query(instanceUid, "postgres", selectRole, [clientId]);
  const create =
    found.rows.length > 0 ? [] : [`CREATE ROLE ${role} LOGIN INHERIT`, `COMMENT ON ROLE ${role} IS ${mark}`];
  const grant = `GRANT CONNECT, CREATE ON DATABASE ${pg.escapeIdentifier(databaseName)} TO ${role}`;
  const statements = [...create, grant].join("; ");
  for (let attempt = 1; ; attempt += 1) {
    try {
      await postgres.query(instanceUid, "postgres", statements);
      return;
    } catch (error) {
      // "tuple concurrently updated": somebody else granted on the same database at that moment.
      if ((error as { code?: string }).code !== "XX000" || attempt === attempts) throw error;
    }
  }
}

function isSame(one: BoundDatabase, other: BoundDatabase): boolean {
  return one.instanceUid === other.instanceUid && one.databaseName === other.databaseName;
}
