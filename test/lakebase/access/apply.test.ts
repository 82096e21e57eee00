// Access on a real server: what is declared holds, what is removed is gone, what others granted stays.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type AccessRecord,
  applyAccess,
  type DesiredPrincipal,
  describeDrift,
  inspectAccess,
  nothingRecorded,
} from "../../../lakebase/access/index.ts";
import {
  type AccessServer,
  database,
  deployer,
  hostileNames,
  principal,
  startAccessServer,
} from "./support.ts";

const ann = "ann@example.com";
const robot = "11111111-2222-3333-4444-555555555555";
let server: AccessServer;

const apply = (principals: DesiredPrincipal[], record: AccessRecord = nothingRecorded) =>
  applyAccess(server.client, { database, principals, record });
const drift = async (principals: DesiredPrincipal[], record: AccessRecord) =>
  describeDrift(await inspectAccess(server.client, { database, principals, record }));

beforeAll(async () => {
  server = await startAccessServer();
});
afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  await server.client.query(`CREATE TABLE orders (id serial PRIMARY KEY, note text);
    CREATE TABLE items (id int); CREATE VIEW totals AS SELECT count(*) FROM items;
    CREATE SCHEMA sales; CREATE TABLE sales.leads (id int)`);
});
afterEach(() => server.reset());

describe("presets", () => {
  it.each([
    [
      "reader",
      [
        "table public/items|SELECT",
        "table public/orders|SELECT",
        "table public/totals|SELECT",
        "schema public|USAGE",
        `future r ${deployer} in public|SELECT`,
        "database|CONNECT",
      ],
    ],
    [
      "writer",
      [
        ...["items", "orders", "totals"].flatMap((table) =>
          ["SELECT", "INSERT", "UPDATE", "DELETE"].map((privilege) => `table public/${table}|${privilege}`),
        ),
        ...["SELECT", "USAGE"].map((privilege) => `sequence public/orders_id_seq|${privilege}`),
        "schema public|USAGE",
        ...["SELECT", "INSERT", "UPDATE", "DELETE"].map(
          (privilege) => `future r ${deployer} in public|${privilege}`,
        ),
        ...["SELECT", "USAGE"].map((privilege) => `future S ${deployer} in public|${privilege}`),
        "database|CONNECT",
      ],
    ],
  ])("%s gives exactly what it says", async (preset, expected) => {
    await apply([principal(ann, { grants: [{ preset }] })]);
    expect(await server.grantsOf([ann])).toEqual(expected.map((line) => `${ann}|${line}|f`).sort());
  });

  it("owner gives everything but ownership", async () => {
    await apply([principal(ann, { grants: [{ schema: "sales", preset: "owner" }] })]);
    const client = await server.as(ann);
    try {
      await client.query(
        "CREATE TABLE sales.own (id int); TRUNCATE sales.leads; INSERT INTO sales.leads VALUES (1)",
      );
      await expect(client.query("DROP TABLE sales.leads")).rejects.toMatchObject({ code: "42501" });
      await expect(client.query("SELECT FROM orders")).rejects.toMatchObject({ code: "42501" });
    } finally {
      await client.end();
    }
  });

  it("writer on one table brings its sequence, and no other table", async () => {
    await apply([principal(ann, { grants: [{ tables: ["orders"], preset: "writer" }] })]);
    const client = await server.as(ann);
    try {
      expect((await client.query("INSERT INTO orders (note) VALUES ('a') RETURNING id")).rows).toEqual([
        { id: 1 },
      ]);
      await expect(client.query("SELECT FROM items")).rejects.toMatchObject({ code: "42501" });
    } finally {
      await client.end();
    }
  });
});

describe("least privilege", () => {
  it("a principal without grants may connect and see nothing", async () => {
    const { record } = await apply([principal(ann)]);
    expect(await server.grantsOf([ann])).toEqual([`${ann}|database|CONNECT|f`]);
    expect(record.createdRoles).toEqual([ann]);
  });

  it("future tables of the deployer are covered at once, those of others at the next look", async () => {
    const principals = [
      principal(ann, { grants: [{ preset: "reader" }] }),
      principal(robot, { grants: [{ preset: "owner" }] }),
    ];
    const { record } = await apply(principals);
    await server.client.query("CREATE TABLE later (id int)");
    expect(await drift(principals, record)).toEqual([]);
    const app = await server.as(robot);
    await app.query("CREATE TABLE of_the_app (id int)");
    await app.end();
    expect(await drift(principals, record)).toEqual([`${ann}: lacks SELECT on table public.of_the_app`]);
  });

  it("what a default privilege gave is taken back with the rest", async () => {
    const { record } = await apply([principal(ann, { grants: [{ preset: "reader" }] })]);
    await server.client.query("CREATE TABLE later (id int)");
    expect(await server.grantsOf([ann])).toContain(`${ann}|table public/later|SELECT|f`);
    await apply([principal(ann)], record);
    expect(await server.grantsOf([ann])).toEqual([`${ann}|database|CONNECT|f`]);
  });

  it("a table of an extension is not part of the schema's tables", async () => {
    await server.client.query("CREATE EXTENSION databricks_auth");
    await apply([principal(ann, { grants: [{ preset: "reader" }] })]);
    expect((await server.grantsOf([ann])).join()).not.toContain("databricks_list_roles");
  });
});

describe("synced tables", () => {
  // As the service has them: owned by a role of its own, whose rights databricks_superuser's members have.
  const makeSyncedTable = () =>
    server.admin(`CREATE ROLE databricks_writer_1 NOLOGIN;
      GRANT databricks_writer_1 TO databricks_superuser WITH INHERIT TRUE, SET FALSE;
      CREATE TABLE sales.synced (id int); ALTER TABLE sales.synced OWNER TO databricks_writer_1`);
  const dropSyncedTable = () => server.admin("DROP TABLE sales.synced; DROP ROLE databricks_writer_1");

  it("are read by those who are named, and written by nobody", async () => {
    await makeSyncedTable();
    await apply([
      principal(ann, { syncedTables: ["operational.sales.synced"] }),
      principal(robot, { grants: [{ schema: "sales", preset: "writer" }] }),
    ]);
    expect(await server.grantsOf([ann])).toEqual([
      `${ann}|database|CONNECT|f`,
      `${ann}|schema sales|USAGE|f`,
      `${ann}|table sales/synced|SELECT|f`,
    ]);
    const lines = await server.grantsOf([robot]);
    expect(lines.filter((line) => line.includes("synced"))).toEqual([`${robot}|table sales/synced|SELECT|f`]);
    expect(lines).toContain(`${robot}|table sales/leads|INSERT|f`);
    await dropSyncedTable();
  });

  it("made anew, they lack their grants until the next look", async () => {
    await makeSyncedTable();
    const principals = [principal(ann, { syncedTables: ["operational.sales.synced"] })];
    const { record } = await apply(principals);
    await dropSyncedTable();
    expect(await drift(principals, record)).toEqual([`${ann}: the table sales.synced does not exist`]);
    await makeSyncedTable();
    expect(await drift(principals, record)).toEqual([`${ann}: lacks SELECT on table sales.synced`]);
    await apply(principals, record);
    expect(await drift(principals, record)).toEqual([]);
    await dropSyncedTable();
  });
});

it("the deployer itself can be declared, and loses nothing when it is removed", async () => {
  const before = await server.grantsOf([deployer]);
  const { record } = await apply([principal(deployer, { grants: [{ preset: "owner" }] })]);
  await apply([], record);
  expect(await server.grantsOf([deployer])).toEqual(before);
  await server.client.query("SELECT FROM items; CREATE TABLE more (id int)");
});

describe("removing", () => {
  it("drops a role that was made, unless something depends on it", async () => {
    const { record } = await apply([
      principal(ann),
      principal(robot, { grants: [{ schema: "sales", preset: "owner" }] }),
    ]);
    const app = await server.as(robot);
    await app.query("CREATE TABLE sales.kept (id int)");
    await app.end();
    const gone = await apply([], record);
    expect(gone.keptRoles).toEqual([robot]);
    const roles = await server.admin("SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)", [[ann, robot]]);
    expect(roles).toEqual([{ rolname: robot }]);
    // It stays on record, and goes once nothing hangs on it.
    await server.admin("DROP TABLE sales.kept");
    expect((await apply([], gone.record)).keptRoles).toEqual([]);
  });

  it("keeps a role and grants that were there before", async () => {
    await server.admin(`CREATE ROLE "${ann}" LOGIN; GRANT SELECT ON items TO "${ann}"`);
    const { record } = await apply([principal(ann, { grants: [{ preset: "writer" }] })]);
    expect(record.found).toEqual([
      { role: ann, kind: "table", privileges: ["SELECT"], schema: "public", names: ["items"] },
    ]);
    await apply([], record);
    expect(await server.grantsOf([ann])).toEqual([`${ann}|table public/items|SELECT|f`]);
  });

  it("never takes an owner's own rights", async () => {
    const { record } = await apply([principal(ann, { grants: [{ tables: ["items"], preset: "reader" }] })]);
    await server.admin(`ALTER TABLE items OWNER TO "${ann}"`);
    await apply([principal(ann)], record);
    const client = await server.as(ann);
    await client.query("SELECT FROM items");
    await client.end();
  });

  it("spares what another resource of the run wants", async () => {
    const principals = [principal(ann, { grants: [{ preset: "reader" }] })];
    const { record } = await apply(principals);
    const before = await server.grantsOf([ann]);
    const gone = await applyAccess(server.client, { database, principals: [], record, shared: () => true });
    expect(await server.grantsOf([ann])).toEqual(before);
    expect(gone.keptRoles).toEqual([ann]);
  });
});

describe("failures", () => {
  it("a table that does not exist is named, and nothing else is changed", async () => {
    await expect(
      apply([principal(ann, { grants: [{ preset: "reader" }, { tables: ["nope"], preset: "reader" }] })]),
    ).rejects.toThrow(/grants name what does not exist: table public\.nope; to fix: create it first/);
    await expect(apply([principal(ann, { grants: [{ schema: "nope", preset: "reader" }] })])).rejects.toThrow(
      /schema nope/,
    );
    expect(await server.admin("SELECT FROM pg_roles WHERE rolname = $1", [ann])).toHaveLength(0);
  });

  it("an identity that the workspace does not know is named, with the fix", async () => {
    await expect(apply([principal("nobody@example.com")])).rejects.toThrow(
      /databricks_create_role for USER nobody@example.com failed: .*was not found.*to fix: check that the workspace/,
    );
  });

  it("a grant that PostgreSQL only warns of is a failure, and takes all others back", async () => {
    await server.admin("CREATE TABLE foreign_one (id int)");
    await expect(apply([principal(ann, { grants: [{ preset: "reader" }] })])).rejects.toThrow(
      /GRANT had no effect, because someone@example.com may not decide over it: SELECT on table public.foreign_one/,
    );
    expect(await server.admin("SELECT FROM pg_roles WHERE rolname = $1", [ann])).toHaveLength(0);
  });

  it("a revoke without the right to it is a failure", async () => {
    const { record } = await apply([principal(ann, { grants: [{ tables: ["items"], preset: "reader" }] })]);
    await server.admin("ALTER TABLE items OWNER TO databricks_control_plane");
    await expect(apply([principal(ann)], record)).rejects.toThrow(/REVOKE had no effect/);
  });

  it("a creator whose future tables are not the deployer's to decide over", async () => {
    await server.admin("CREATE ROLE app LOGIN");
    await expect(
      apply([principal(ann, { grants: [{ preset: "reader", futureTablesOf: ["app"] }] })]),
    ).rejects.toThrow(/ALTER DEFAULT PRIVILEGES … GRANT SELECT ON TABLES.*42501.*a member of app/);
  });

  it("somebody who may not make roles is told who may", async () => {
    await server.admin("CREATE ROLE plain LOGIN");
    const client = await server.as("plain");
    await expect(
      applyAccess(client, { database, principals: [principal(ann)], record: nothingRecorded }),
    ).rejects.toThrow(/CREATE EXTENSION databricks_auth failed.*to fix: let the database's owner/);
    await server.client.query("CREATE EXTENSION databricks_auth");
    await expect(
      applyAccess(client, { database, principals: [principal(ann)], record: nothingRecorded }),
    ).rejects.toThrow(/databricks_create_role for USER.*42501.*CREATEROLE/);
    await client.end();
  });
});

describe("a stranger's objects", () => {
  it("a function of the same name in public is not called", async () => {
    await server.client.query("CREATE EXTENSION databricks_auth SCHEMA sales");
    await server.client.query(
      "CREATE FUNCTION public.databricks_create_role(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$",
    );
    const { record } = await apply([principal(ann)]);
    expect(record.createdRoles).toEqual([ann]);
    expect(await server.admin("SELECT FROM pg_roles WHERE rolname = $1", [ann])).toHaveLength(1);
  });
});

it("eight deployments at a time all succeed", async () => {
  const names = hostileNames.slice(0, 8);
  const clients = await Promise.all(names.map(() => server.as(deployer)));
  try {
    await Promise.all(
      names.map((name, index) =>
        applyAccess(clients[index] as (typeof clients)[number], {
          database,
          principals: [principal(name, { grants: [{ preset: "writer" }] })],
          record: nothingRecorded,
        }),
      ),
    );
    const lines = await server.grantsOf(names);
    expect(lines.filter((line) => line.includes("|database|CONNECT"))).toHaveLength(8);
  } finally {
    for (const client of clients) await client.end();
  }
});
