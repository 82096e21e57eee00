// Random desired states on a real server, judged by an account that knows nothing of the plan.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AccessRecord,
  applyAccess,
  type DesiredGrant,
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
  identities,
  principal,
  startAccessServer,
} from "./support.ts";

const tableNames = ["t1", "T two", 'q"uoted'];
const roleNames = ["ann@example.com", "Bob.O'Neil@example.com", "analysts", hostileNames[0] as string];
const words = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];
const schemas = ["public", "sales"];
let server: AccessServer;

beforeAll(async () => {
  server = await startAccessServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The same tables in both schemas, none of them with sequences. */
async function makeTables(): Promise<void> {
  await server.client.query("CREATE SCHEMA sales");
  for (const schema of schemas)
    for (const name of tableNames)
      await server.client.query(`CREATE TABLE ${schema}.${quote(name)} (id int)`);
}

const grant: fc.Arbitrary<DesiredGrant> = fc
  .record({
    schema: fc.constantFrom("public", "sales"),
    tables: fc.option(fc.uniqueArray(fc.constantFrom(...tableNames), { minLength: 1 }), { nil: undefined }),
    preset: fc.option(fc.constantFrom("reader", "writer", "owner"), { nil: undefined }),
    privileges: fc.uniqueArray(fc.constantFrom(...words, "CREATE", "USAGE"), { minLength: 1 }),
  })
  .map(({ schema, tables, preset, privileges }) => ({
    schema,
    ...(tables === undefined ? {} : { tables }),
    ...(preset === undefined ? { privileges } : { preset }),
  }));

const desired: fc.Arbitrary<DesiredPrincipal[]> = fc
  .uniqueArray(fc.constantFrom(...roleNames))
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .record({
            databasePrivileges: fc.uniqueArray(fc.constantFrom("CONNECT", "CREATE", "TEMPORARY")),
            grants: fc.array(grant, { maxLength: 3 }),
          })
          .map((more) => principal(name, more)),
      ),
    ),
  );

/** Grants of other people: role, schema, table and privilege. */
const others = fc.array(
  fc.tuple(
    fc.constantFrom(...roleNames.slice(0, 2)),
    fc.constantFrom(...schemas),
    fc.constantFrom(...tableNames),
    fc.constantFrom(...words),
  ),
  { maxLength: 6 },
);

/** What a desired state must give, worked out without the code under test. */
function expectedOf(
  principals: readonly DesiredPrincipal[],
  tables: readonly string[] = tableNames,
): string[] {
  const presets: Record<string, string[]> = {
    reader: ["SELECT"],
    writer: ["SELECT", "INSERT", "UPDATE", "DELETE"],
    owner: words,
  };
  const lines = principals.flatMap(({ name, databasePrivileges = ["CONNECT"], grants = [] }) => [
    ...databasePrivileges.map((privilege) => `${name}|database|${privilege}|f`),
    ...grants.flatMap(({ schema, tables: named, preset, privileges = [] }) => {
      const own =
        preset === undefined ? privileges.filter((word) => words.includes(word)) : (presets[preset] ?? []);
      const mayCreate = preset === undefined ? privileges.includes("CREATE") : preset === "owner" && !named;
      const sequences =
        preset === "writer"
          ? ["SELECT", "USAGE"]
          : preset === "owner"
            ? ["SELECT", "UPDATE", "USAGE"]
            : own.includes("INSERT")
              ? ["USAGE"]
              : [];
      return [
        `${name}|schema ${schema}|USAGE|f`,
        ...(mayCreate ? [`${name}|schema ${schema}|CREATE|f`] : []),
        ...(named ?? tables).flatMap((table) =>
          own.map((word) => `${name}|table ${schema}/${table}|${word}|f`),
        ),
        ...(named ? [] : own.map((word) => `${name}|future r ${deployer} in ${schema}|${word}|f`)),
        ...(named || own.length === 0
          ? []
          : sequences.map((word) => `${name}|future S ${deployer} in ${schema}|${word}|f`)),
      ];
    }),
  ]);
  return [...new Set(lines)].sort();
}

const sorted = (lines: Iterable<string>) => [...new Set(lines)].sort();
const apply = (principals: DesiredPrincipal[], record: AccessRecord) =>
  applyAccess(server.client, { database, principals, record });

describe("any desired state", () => {
  it("holds after it is applied, is found to hold, changes to any other, and leaves only what others granted", async () => {
    await fc.assert(
      fc
        .asyncProperty(
          desired,
          desired,
          others,
          fc.boolean(),
          async (first, second, strangers, withNewTable) => {
            await makeTables();
            const preexisting = new Set(strangers.map(([role]) => role));
            for (const role of preexisting) await server.admin(`CREATE ROLE ${quote(role)} LOGIN`);
            for (const [role, schema, table, word] of strangers)
              await server.client.query(`GRANT ${word} ON ${schema}.${quote(table)} TO ${quote(role)}`);
            const theirs = await server.grantsOf(roleNames);

            const one = await apply(first, nothingRecorded);
            expect(await server.grantsOf(roleNames)).toEqual(sorted([...theirs, ...expectedOf(first)]));
            const again = await apply(first, one.record);
            expect(again).toEqual(one);
            const plan = await inspectAccess(server.client, {
              database,
              principals: first,
              record: one.record,
            });
            expect(describeDrift(plan)).toEqual([]);

            const tables = withNewTable ? [...tableNames, "late"] : tableNames;
            if (withNewTable)
              for (const schema of schemas) await server.client.query(`CREATE TABLE ${schema}.late (id int)`);
            const two = await apply(second, again.record);
            expect(await server.grantsOf(roleNames)).toEqual(
              sorted([...theirs, ...expectedOf(second, tables)]),
            );

            const none = await apply([], two.record);
            expect(await server.grantsOf(roleNames)).toEqual(theirs);
            expect(none).toEqual({ record: nothingRecorded, keptRoles: [] });
            const left = await server.admin(
              "SELECT rolname::text AS name FROM pg_roles WHERE rolname = ANY ($1)",
              [roleNames],
            );
            expect(sorted(left.map(({ name }) => String(name)))).toEqual(sorted(preexisting));
          },
        )
        .afterEach(() => server.reset()),
      { numRuns: 25 },
    );
  });

  it("is mended whatever was revoked by hand", async () => {
    await fc.assert(
      fc
        .asyncProperty(desired, fc.infiniteStream(fc.boolean()), async (principals, choice) => {
          await makeTables();
          const { record } = await apply(principals, nothingRecorded);
          const before = await server.grantsOf(roleNames);
          const revoked = new Set<string>();
          for (const line of before) {
            const [role = "", thing = "", word = ""] = line.split("|");
            const [kind, place = ""] = [
              thing.slice(0, thing.indexOf(" ")),
              thing.slice(thing.indexOf(" ") + 1),
            ];
            if (kind !== "table" || choice.next().value !== true) continue;
            const [schema = "", table = ""] = [
              place.slice(0, place.indexOf("/")),
              place.slice(place.indexOf("/") + 1),
            ];
            await server.client.query(`REVOKE ${word} ON ${schema}.${quote(table)} FROM ${quote(role)}`);
            revoked.add(role);
          }
          const drift = describeDrift(await inspectAccess(server.client, { database, principals, record }));
          expect(sorted(drift.map((line) => line.slice(0, line.indexOf(": lacks"))))).toEqual(
            sorted(revoked),
          );
          await apply(principals, record);
          expect(await server.grantsOf(roleNames)).toEqual(before);
        })
        .afterEach(() => server.reset()),
      { numRuns: 12 },
    );
  });
});

describe("names made to break out", () => {
  it.each(hostileNames)("%j is a role, a schema and a table, and nothing more", async (name) => {
    await server.client.query("CREATE TABLE t1 (id int)");
    await server.client.query(
      `CREATE SCHEMA ${quote(name)}; CREATE TABLE ${quote(name)}.${quote(name)} (id serial)`,
    );
    try {
      const grants = [
        { schema: name, preset: "owner" },
        { schema: name, tables: [name], privileges: ["SELECT"] },
      ];
      const principals = [principal(name, { grants })];
      const { record } = await apply(principals, nothingRecorded);
      const roles = await server.admin(
        "SELECT rolname::text AS name FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^(pg_|databricks_)'",
      );
      expect(sorted(roles.map((row) => String(row.name)))).toEqual(sorted([deployer, name]));
      const login = await server.as(name);
      await login.query(`INSERT INTO ${quote(name)}.${quote(name)} DEFAULT VALUES`);
      await expect(login.query("SELECT FROM public.t1")).rejects.toMatchObject({ code: "42501" });
      await login.end();
      expect(await server.admin("SELECT FROM public.t1")).toEqual([]);
      await apply([], record);
      expect(await server.grantsOf([name])).toEqual([]);
      expect(await server.admin("SELECT FROM pg_roles WHERE rolname = $1", [name])).toEqual([]);
    } finally {
      await server.client.query(`DROP SCHEMA ${quote(name)} CASCADE`);
      await server.reset();
    }
  });

  it("any text as a name does what it says or is refused, and never touches another object", async () => {
    await server.client.query("CREATE TABLE t1 (id int); INSERT INTO t1 VALUES (1)");
    const accountOf = async () =>
      JSON.stringify(
        await server.admin(
          "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        ),
      );
    const before = await accountOf();
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", maxLength: 70 }),
        fc.constantFrom("name", "schema", "table", "privilege", "preset", "creator", "database privilege"),
        async (text, place) => {
          const mutate = (at: string, otherwise: string) => (place === at ? text : otherwise);
          const grants = [
            {
              schema: mutate("schema", "public"),
              ...(place === "table" ? { tables: [text] } : {}),
              ...(place === "preset" ? { preset: text } : { privileges: [mutate("privilege", "UPDATE")] }),
              ...(place === "creator" ? { futureTablesOf: [text] } : {}),
            },
          ];
          const one: DesiredPrincipal = {
            name: mutate("name", "ann@example.com"),
            type: "USER",
            grants,
            databasePrivileges: [mutate("database privilege", "CONNECT")],
          };
          await expect(apply([one], nothingRecorded)).rejects.toThrow();
        },
      ),
      { numRuns: 150 },
    );
    expect(await accountOf()).toBe(before);
    expect(await server.admin("SELECT id FROM t1")).toEqual([{ id: 1 }]);
    await server.reset();
  });

  it("everybody is nobody's name", async () => {
    for (const name of ["public", "none"]) {
      identities.push({ name, type: "GROUP" });
      await expect(
        apply([principal(name, { grants: [{ preset: "reader" }] })], nothingRecorded),
      ).rejects.toThrow(/is not that of a role/);
    }
  });
});
