// Rules of access: each mistake by its path, all of them at once, and nothing that is right.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteIdentifier, quoteRole, UnsafeName } from "../../../lakebase/access/index.ts";
import { checkAccess } from "../../../lakebase/rules/index.ts";

const ann = { name: "ann@example.com", type: "USER" };
const problemsOf = (principal: unknown) => checkAccess({ principals: [principal] });
const withGrant = (grant: unknown) => problemsOf({ ...ann, grants: [grant] });

describe("principals", () => {
  it.each([
    [ann],
    [{ name: "data analysts", type: "GROUP", workspacePermission: "NONE" }],
    [
      {
        name: "11111111-2222-3333-4444-555555555555",
        type: "SERVICE_PRINCIPAL",
        workspacePermission: "CAN_MANAGE",
      },
    ],
    [{ ...ann, databricksSuperuser: true, databasePrivileges: [] }],
    [
      {
        ...ann,
        grants: [
          { preset: "reader" },
          { schema: "sales", tables: ["leads"], privileges: ["SELECT", "USAGE"] },
        ],
      },
    ],
    [
      {
        ...ann,
        grants: [{ preset: "writer", futureTablesOf: ["app"] }],
        syncedTables: ["operational.public.orders"],
      },
    ],
  ])("%j is right", (principal) => {
    expect(problemsOf(principal)).toEqual([]);
  });

  it.each([
    [{ type: "USER" }, "name", /is not a principal's name/],
    [{ ...ann, name: "" }, "name", /is empty/],
    [{ ...ann, name: "ann" }, "name", /is not a user name/],
    [{ name: "my-app", type: "SERVICE_PRINCIPAL" }, "name", /is not an application id/],
    [{ name: "public", type: "GROUP" }, "name", /is reserved/],
    [{ name: "PUBLIC", type: "GROUP" }, "name", /is reserved/],
    [{ name: "none", type: "GROUP" }, "name", /is reserved/],
    [{ name: "pg_read_all_data", type: "GROUP" }, "name", /is reserved/],
    [{ name: "databricks_superuser", type: "GROUP" }, "name", /is reserved/],
    [{ name: "a\0b", type: "GROUP" }, "name", /NUL/],
    [{ name: "a\ud800", type: "GROUP" }, "name", /half of a character/],
    [{ name: "ä".repeat(32), type: "GROUP" }, "name", /is 64 bytes long, and PostgreSQL would cut it/],
    [{ name: "ann@example.com" }, "type", /is missing/],
    [{ ...ann, type: "user" }, "type", /is not one of the 3 possible values/],
    [{ ...ann, workspacePermission: "CAN_VIEW" }, "workspacePermission", /is not one of/],
    [{ ...ann, databricksSuperuser: "yes" }, "databricksSuperuser", /neither true nor false/],
    [{ ...ann, databasePrivileges: ["ALL"] }, "databasePrivileges[0]", /is not one of/],
    [{ ...ann, grants: { preset: "reader" } }, "grants", /is not a list/],
    [{ ...ann, syncedTables: ["orders"] }, "syncedTables[0]", /is not the full name/],
    [{ ...ann, syncedTables: ["a.b.c.d"] }, "syncedTables[0]", /is not the full name/],
    [{ ...ann, grant: [] }, "grant", /is not known/],
  ])("%j is told at %s", (principal, path, reason) => {
    expect(problemsOf(principal)).toMatchObject([
      { path: `principals[0].${path}`, reason: expect.stringMatching(reason), fix: expect.any(String) },
    ]);
  });

  it("says each principal once, whatever the case", () => {
    const principals = [ann, { name: "Ann@Example.com", type: "USER" }];
    expect(checkAccess({ principals })).toMatchObject([
      { path: "principals[1].name", reason: "is listed already, as principals[0]" },
    ]);
  });

  it("that are none are told as such", () => {
    expect(checkAccess({ principals: "ann" })).toMatchObject([
      { path: "principals", reason: "is not a list" },
    ]);
    expect(checkAccess({ principals: ["ann"] })).toMatchObject([
      { path: "principals[0]", reason: "is not an object" },
    ]);
  });
});

describe("grants", () => {
  it.each([
    [{}, "", /grants nothing/],
    [{ preset: "reader", privileges: ["SELECT"] }, "", /both a preset and privileges/],
    [{ preset: "Reader" }, ".preset", /is not one of/],
    [{ preset: "constructor" }, ".preset", /is not one of/],
    [{ privileges: [] }, ".privileges", /is empty/],
    [{ privileges: ["SELECT", "select; DROP TABLE x"] }, ".privileges[1]", /is not one of/],
    [{ privileges: ["ALL"] }, ".privileges[0]", /is not one of/],
    [{ preset: "reader", tables: [] }, ".tables", /is empty/],
    [{ preset: "reader", tables: ["a\0"] }, ".tables[0]", /NUL/],
    [{ preset: "reader", schema: "pg_catalog" }, ".schema", /PostgreSQL's own/],
    [{ preset: "reader", schema: "information_schema" }, ".schema", /PostgreSQL's own/],
    [{ preset: "reader", schema: "s".repeat(64) }, ".schema", /64 bytes/],
    [{ preset: "reader", tables: ["t"], futureTablesOf: ["app"] }, ".futureTablesOf", /has no meaning/],
    [{ preset: "reader", futureTablesOf: ["public"] }, ".futureTablesOf[0]", /is reserved/],
    [{ preset: "reader", table: "orders" }, ".table", /is not known/],
  ])("%j is told at %j", (grant, path, reason) => {
    expect(withGrant(grant)).toMatchObject([
      { path: `principals[0].grants[0]${path}`, reason: expect.stringMatching(reason) },
    ]);
  });

  it("suggests the spelling that was meant", () => {
    expect(withGrant({ preset: "READER" })[0]?.fix).toBe('use "reader"');
    expect(withGrant({ privileges: ["select"] })[0]?.fix).toBe('use "SELECT"');
  });
});

it("tells every problem at once", () => {
  const problems = checkAccess({
    instanceName: "my_db",
    databaseName: "",
    principals: [{ name: "public", type: "role", grants: [{ preset: "x", tables: [] }] }],
  });
  expect(problems.map(({ path }) => path)).toEqual([
    "instanceName",
    "databaseName",
    "principals[0].type",
    "principals[0].name",
    "principals[0].grants[0].preset",
    "principals[0].grants[0].tables",
  ]);
});

it("whatever the rules let through, the statements take", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 70 }), (name) => {
      const passes = problemsOf({ name, type: "GROUP" }).length === 0;
      if (passes) expect(quoteRole(name)).toBe(`"${name.replaceAll('"', '""')}"`);
    }),
  );
});

describe("quoting", () => {
  it("is undone by PostgreSQL's own rule, for every name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 15 }), (name) => {
        fc.pre(!name.includes("\0") && Buffer.byteLength(name) <= 63);
        const quoted = quoteIdentifier(name);
        // Between the outer quotes, quotes only come in pairs: nothing inside can end the identifier.
        expect(quoted.slice(1, -1).replaceAll('""', "")).not.toContain('"');
        expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(name);
      }),
    );
  });

  it.each(["", "a\0", "\ud800", "a".repeat(64)])("refuses %j", (name) => {
    expect(() => quoteIdentifier(name)).toThrow(UnsafeName);
  });

  it.each(["public", "none"])("refuses %j as a role", (name) => {
    expect(() => quoteRole(name)).toThrow(UnsafeName);
    expect(quoteIdentifier(name)).toBe(`"${name}"`);
  });
});
