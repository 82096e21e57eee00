// Attempts to break out of a name, in every argument that reaches SQL, on a real PostgreSQL server. The rules refuse most
// of them at preview; here the code behind the rules is given all of them, so that nothing depends on the rules alone.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyAccess, type DesiredPrincipal, nothingRecorded } from "../../lakebase/access/index.ts";
import { probeTables } from "../../lakebase/connection/tables.ts";
import { checkAccess } from "../../lakebase/rules/index.ts";
import { applyIndexes, missingIndexes } from "../../lakebase/synced-table/index.ts";
import { type AccessServer, database, hostileNames, startAccessServer } from "./access/support.ts";

const attempts = [
  ...hostileNames,
  'x"; ALTER ROLE attacker SUPERUSER; --',
  'x"; GRANT ALL ON treasure TO PUBLIC; --',
  "x'); DROP TABLE treasure; --",
  "x'; COPY treasure TO PROGRAM 'true'; --",
  'public"; DROP SCHEMA public CASCADE; --',
  'public"."treasure" TO attacker; --',
  'treasure, public."treasure',
  '\\"; DROP TABLE treasure; --',
  "$$; DROP TABLE treasure; $$",
  "E'\\'; DROP TABLE treasure; --",
  "＂; DROP TABLE treasure; --",
  'nul\0"; DROP TABLE treasure; --',
  '\ud800"; DROP TABLE treasure; --',
  `${"a".repeat(63)}"; DROP TABLE treasure; --`,
  "SELECT ON treasure TO attacker; --",
  "ALL",
  "ALL PRIVILEGES",
  "SELECT, INSERT",
  "PUBLIC",
  "public",
  "none",
  "CURRENT_USER",
  "attacker, PUBLIC",
  "",
  "*",
  "a.b.c; DROP TABLE treasure",
];

let server: AccessServer;

beforeAll(async () => {
  server = await startAccessServer();
  await server.client.query(`CREATE TABLE treasure (id int, at timestamptz DEFAULT now());
    INSERT INTO treasure VALUES (1), (2), (3); CREATE EXTENSION databricks_auth; CREATE TABLE copy (id int, at timestamptz)`);
  await server.admin("CREATE ROLE attacker LOGIN; GRANT CONNECT ON DATABASE databricks_postgres TO attacker");
});
afterAll(() => server[Symbol.asyncDispose]());

/** Everything that an attempt could have changed to somebody's advantage, or destroyed. */
const account = async (): Promise<unknown> => ({
  tables: await server.admin(
    "SELECT relnamespace::regnamespace::text AS schema, relname::text AS name FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace::regnamespace::text !~ '^(pg_|information)' ORDER BY 1, 2",
  ),
  functions: await server.admin(
    "SELECT count(*)::int FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname !~ '^databricks_'",
  ),
  rows: await server.admin("SELECT id FROM treasure ORDER BY id"),
  attacker: await server.admin(
    "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships FROM pg_roles r WHERE rolname = 'attacker'",
  ),
  mayRead: await server.admin(
    "SELECT has_table_privilege('attacker', 'treasure', 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') AS table, has_schema_privilege('attacker', 'public', 'CREATE') AS schema, has_database_privilege('attacker', current_database(), 'CREATE') AS database",
  ),
  settings: await server.admin("SELECT count(*)::int FROM pg_db_role_setting"),
});

/** What an attempt came to; the session is fit for use again afterwards. */
const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: Error) => `refused: ${error.message}`,
  );

const grant = (more: object): DesiredPrincipal[] => [
  { name: "ann@example.com", type: "USER", grants: [{ tables: ["copy"], privileges: ["SELECT"], ...more }] },
];
const access = (principals: DesiredPrincipal[], on = database) =>
  applyAccess(server.client, { database: on, principals, record: nothingRecorded });
const index = (more: object, tableName = "any.public.copy") =>
  applyIndexes(server.client, { tableName, wanted: [{ columns: ["id"], ...more }], recorded: [] });
const probe = (table: object) =>
  probeTables(
    {
      client: server.client,
      workspace: { syncedTables: {} } as never,
      timeoutMs: 30_000,
      now: Date.now,
    },
    [{ name: "public.copy", ...table }],
  );

/** Every argument whose value becomes part of a statement, or of its parameters. */
const places: [argument: string, attempt: (text: string) => Promise<unknown>][] = [
  ["principals[].name", (name) => access([{ name, type: "GROUP" }])],
  ["principals[].type", (type) => access([{ name: "ann@example.com", type }])],
  [
    "principals[].databasePrivileges[]",
    (text) => access([{ name: "ann@example.com", type: "USER", databasePrivileges: [text] }]),
  ],
  [
    "principals[].syncedTables[]",
    (text) => access([{ name: "ann@example.com", type: "USER", syncedTables: [text] }]),
  ],
  ["grants[].schema", (schema) => access(grant({ schema }))],
  ["grants[].tables[]", (text) => access(grant({ tables: [text] }))],
  ["grants[].privileges[]", (text) => access(grant({ privileges: [text] }))],
  ["grants[].preset", (preset) => access(grant({ preset, privileges: undefined }))],
  [
    "grants[].futureTablesOf[]",
    (text) =>
      access([
        { name: "ann@example.com", type: "USER", grants: [{ preset: "reader", futureTablesOf: [text] }] },
      ]),
  ],
  ["databaseName", (text) => access([{ name: "ann@example.com", type: "USER" }], text)],
  ["SyncedTable name", (text) => index({}, text)],
  ["SyncedTable name, its schema", (text) => index({}, `any.${text}.copy`)],
  ["indexes[].columns[]", (text) => index({ columns: [text] })],
  ["indexes[].include[]", (text) => index({ include: [text] })],
  ["indexes[].name", (name) => index({ name })],
  ["indexes[].method", (method) => index({ method })],
  ["indexes[].operatorClass", (operatorClass) => index({ operatorClass })],
  ["indexes[], looked for", (text) => missingIndexes(server.client, text, [{ columns: [text] }])],
  ["tables[].name", (name) => probe({ name })],
  ["tables[].timestampColumn", (timestampColumn) => probe({ timestampColumn, maximumAgeSeconds: 1 })],
  ["tables[].minimumRows", (minimumRows) => probe({ minimumRows })],
];

describe("attempts to break out of a name", () => {
  it.each(places)("%s: refused or harmless", async (_argument, attempt) => {
    const before = await account();
    const outcomes: string[] = [];
    for (const text of attempts) {
      outcomes.push(await outcomeOf(attempt(text)));
      expect(await account(), JSON.stringify(text)).toEqual(before);
    }
    expect(outcomes).toHaveLength(attempts.length);
    // The session is nobody else's since: neither another role nor inside of somebody's transaction.
    const { rows } = await server.client.query(
      "SELECT current_user = session_user AS same, pg_current_xact_id_if_assigned() AS xact",
    );
    expect(rows).toEqual([{ same: true, xact: null }]);
  });

  it("are noticed by the account, if one got through", async () => {
    const before = await account();
    await server.admin("GRANT SELECT ON treasure TO PUBLIC");
    expect(await account()).not.toEqual(before);
    await server.admin("REVOKE SELECT ON treasure FROM PUBLIC; GRANT pg_monitor TO attacker");
    expect(await account()).not.toEqual(before);
    await server.admin("REVOKE pg_monitor FROM attacker; CREATE TABLE made (id int)");
    expect(await account()).not.toEqual(before);
  });

  it("are refused at preview where they cannot be a name at all", () => {
    for (const name of ["", "public", "PUBLIC", "none", 'nul\0"', '\ud800"', `${"a".repeat(63)}"; --`])
      expect(checkAccess({ principals: [{ name, type: "GROUP" }] }), JSON.stringify(name)).not.toEqual([]);
  });
});
