// What an instance's creator finds in it: a role of their own and the ownership of the databases.
import { type Client, escapeIdentifier } from "pg";

/** The databases of every instance. */
const DATABASES = ["postgres", "databricks_postgres"] as const;

/** Makes `owner` the owner of the instance; may run again after it was cut off half-way. */
export async function createOwner(superuser: Client, owner: string): Promise<void> {
  const role = escapeIdentifier(owner);
  // The cast cuts a long name as CREATE ROLE does.
  const { rowCount } = await superuser.query("SELECT FROM pg_roles WHERE rolname = $1::name", [owner]);
  if (rowCount === 0) await superuser.query(`CREATE ROLE ${role} LOGIN`);
  await superuser.query(`ALTER ROLE ${role} LOGIN CREATEDB CREATEROLE BYPASSRLS`);
  await superuser.query(`GRANT databricks_superuser TO ${role}`);
  for (const database of DATABASES) {
    await superuser.query(`ALTER DATABASE ${escapeIdentifier(database)} OWNER TO ${role}`);
  }
}
