// What the sync keeps in each database beside the tables: its progress, its owner role, and the guard that keeps
// synced tables read-only.
import type { Client } from "pg";

/** Schema of the sync's own objects. */
export const internalSchema = "databricks_sync";

/** Name of the trigger on every synced table. */
export const guardTrigger = "databricks_synced_table_is_read_only";

/** Of the advisory lock under which the schema is made; any constant. */
const lockKey = 4_821_733;

/**
 * CREATE INDEX and DROP need ownership in PostgreSQL, so a role owns the tables whose members may be anybody in
 * databricks_superuser. What ownership would allow beyond that is refused: changes of rows by a trigger, changes of
 * the definition by an event trigger. Only the superuser that the sync connects as passes; no client can log in as it.
 */
function definition(writer: string, superuser: string): string {
  const isSync = `session_user = ${literal(superuser)}`;
  return `
CREATE SCHEMA ${internalSchema};
CREATE TABLE ${internalSchema}.tables (
  uid uuid PRIMARY KEY,
  name text NOT NULL,
  relid oid,
  version bigint,
  source_id text,
  skipped bigint NOT NULL DEFAULT 0,
  staging jsonb
);
CREATE FUNCTION ${internalSchema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF ${isSync} THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'permission denied for synced table %.%: % is not allowed', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
    USING ERRCODE = '42501', HINT = 'A synced table is read-only: change its source table. Allowed are SELECT, CREATE INDEX and DROP.';
END $body$;
CREATE TRIGGER ${guardTrigger} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${internalSchema}.tables
  FOR EACH STATEMENT EXECUTE FUNCTION ${internalSchema}.refuse_change();
CREATE FUNCTION ${internalSchema}.guard_definitions() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $body$
DECLARE changed oid;
BEGIN
  IF ${isSync} THEN RETURN; END IF;
  SELECT t.relid INTO changed FROM pg_event_trigger_ddl_commands() c JOIN ${internalSchema}.tables t ON t.relid =
    CASE c.classid
      WHEN 'pg_class'::regclass THEN c.objid
      WHEN 'pg_trigger'::regclass THEN (SELECT tgrelid FROM pg_trigger WHERE oid = c.objid)
      WHEN 'pg_rewrite'::regclass THEN (SELECT ev_class FROM pg_rewrite WHERE oid = c.objid)
      WHEN 'pg_policy'::regclass THEN (SELECT polrelid FROM pg_policy WHERE oid = c.objid)
    END LIMIT 1;
  IF changed IS NULL THEN
    SELECT t.relid INTO changed FROM ${internalSchema}.tables t JOIN pg_class r ON r.oid = t.relid
    WHERE r.relowner <> ${literal(writer)}::regrole
      OR NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t.relid AND tgname = ${literal(guardTrigger)} AND tgenabled = 'O')
      OR EXISTS (SELECT FROM pg_constraint WHERE confrelid = t.relid AND contype = 'f')
      OR EXISTS (SELECT FROM pg_inherits WHERE inhparent = t.relid OR inhrelid = t.relid)
    LIMIT 1;
  END IF;
  IF changed IS NOT NULL THEN
    RAISE EXCEPTION 'permission denied for synced table %: % is not allowed', changed::regclass, TG_TAG
      USING ERRCODE = '42501', HINT = 'Allowed on a synced table are SELECT, CREATE INDEX, GRANT and DROP TABLE.';
  END IF;
END $body$;
CREATE EVENT TRIGGER ${internalSchema}_guard ON ddl_command_end EXECUTE FUNCTION ${internalSchema}.guard_definitions();
`;
}

/** Makes what is missing, and returns the name of the role that owns the database's synced tables. */
export async function prepareDatabase(session: Client): Promise<string> {
  const { rows } = await session.query<{ writer: string; superuser: string; ready: boolean }>(
    `SELECT 'databricks_writer_' || oid AS writer, session_user AS superuser,
      to_regnamespace('${internalSchema}') IS NOT NULL AS ready
     FROM pg_database WHERE datname = current_database()`,
  );
  const { writer = "", superuser = "", ready = false } = rows[0] ?? {};
  if (ready) return writer;
  await inTransaction(session, async () => {
    await session.query("SELECT pg_advisory_xact_lock($1)", [lockKey]);
    const made = await session.query(`SELECT FROM pg_namespace WHERE nspname = '${internalSchema}'`);
    if (made.rowCount) return;
    const role = await session.query("SELECT FROM pg_roles WHERE rolname = $1", [writer]);
    if (!role.rowCount) await session.query(`CREATE ROLE ${writer} NOLOGIN`);
    await session.query(`GRANT ${writer} TO databricks_superuser WITH INHERIT TRUE, SET FALSE`);
    await session.query(definition(writer, superuser));
  });
  return writer;
}

/** Runs the work as one transaction. */
export async function inTransaction<T>(session: Client, work: () => Promise<T>): Promise<T> {
  await session.query("BEGIN");
  try {
    const result = await work();
    await session.query("COMMIT");
    return result;
  } catch (error) {
    // The first failure is the one to tell; on a lost connection there is nothing left to roll back.
    await session.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
