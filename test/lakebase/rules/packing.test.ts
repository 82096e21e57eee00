// Packing of synced tables into pipelines, as properties.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkPacking,
  checkPipelineLimits,
  type PackedPipeline,
  type PackedTable,
  packTables,
} from "../../../lakebase/rules/index.ts";

const limits = { CONTINUOUS: 3, TRIGGERED: 5 };
const policies = ["SNAPSHOT", "TRIGGERED", "CONTINUOUS"] as const;
const tablesOf = (pipelines: fc.Arbitrary<string | undefined>): fc.Arbitrary<PackedTable[]> =>
  fc
    .array(fc.tuple(fc.constantFrom(...policies), pipelines), { maxLength: 40 })
    .map((list) => list.map(([policy, pipeline], at) => ({ key: `t${at}`, policy, pipeline })));
const automatic = tablesOf(fc.constant(undefined));
const mixed = tablesOf(fc.option(fc.constantFrom("own", "continuous-1", "triggered-2"), { nil: undefined }));

const placesOf = (pipelines: readonly PackedPipeline[]) =>
  new Map(
    pipelines.flatMap(({ name, policy, tables }) => tables.map((key) => [key, `${policy} ${name}`] as const)),
  );

describe("packing", () => {
  it("puts every table into exactly one pipeline of its policy", () => {
    fc.assert(
      fc.property(mixed, (tables) => {
        const packed = packTables(tables, limits);
        expect(packed.flatMap(({ tables: keys }) => keys).sort()).toEqual(
          tables.map(({ key }) => key).sort(),
        );
        const places = placesOf(packed);
        for (const { key, policy } of tables) expect(places.get(key)).toMatch(new RegExp(`^${policy} `));
      }),
    );
  });

  it("makes the fewest pipelines that the limits allow", () => {
    fc.assert(
      fc.property(automatic, (tables) => {
        const packed = packTables(tables, limits);
        for (const policy of policies) {
          const count = tables.filter((table) => table.policy === policy).length;
          const limit = { SNAPSHOT: Number.POSITIVE_INFINITY, ...limits }[policy];
          expect(packed.filter((pipeline) => pipeline.policy === policy)).toHaveLength(
            count === 0 ? 0 : Math.max(1, Math.ceil(count / limit)),
          );
        }
        expect(checkPacking(tables, limits)).toEqual([]);
      }),
    );
  });

  it("gives no pipeline more than its limit, unless the program itself named it for more", () => {
    fc.assert(
      fc.property(mixed, (tables) => {
        for (const { policy, name, tables: keys } of packTables(tables, limits)) {
          const named = tables.filter((table) => table.policy === policy && table.pipeline === name).length;
          const limit = (limits as Record<string, number>)[policy] ?? Number.POSITIVE_INFINITY;
          expect(keys.length).toBeLessThanOrEqual(Math.max(limit, named));
        }
      }),
    );
  });

  it("moves no table when others are appended", () => {
    fc.assert(
      fc.property(automatic, fc.constantFrom(...policies), (tables, policy) => {
        const before = placesOf(packTables(tables, limits));
        const after = placesOf(packTables([...tables, { key: "new", policy }], limits));
        for (const [key, place] of before) expect(after.get(key)).toBe(place);
      }),
    );
  });

  it("moves no table that names its pipeline, or whose policy has no limit, when any other is removed", () => {
    fc.assert(
      fc.property(mixed, fc.nat(), (tables, at) => {
        const removed = tables[at % Math.max(1, tables.length)];
        const before = placesOf(packTables(tables, limits));
        const rest = tables.filter((table) => table !== removed);
        const after = placesOf(packTables(rest, limits));
        for (const { key, policy, pipeline } of rest)
          if (pipeline !== undefined || policy === "SNAPSHOT") expect(after.get(key)).toBe(before.get(key));
      }),
    );
  });
});

describe("what cannot be packed", () => {
  it("is a pipeline that the program named for too many tables", () => {
    const tables = Array.from({ length: 11 }, (_, at) => ({
      key: `t${at}`,
      policy: "CONTINUOUS",
      pipeline: "own",
    }));
    expect(checkPacking(tables)).toMatchObject([
      { path: 'pipeline "own"', reason: "has 11 CONTINUOUS tables", fix: expect.stringContaining("t10") },
    ]);
    expect(checkPacking(tables.slice(1))).toEqual([]);
  });

  it("is a pipeline of two policies", () => {
    const tables = [
      { key: "a", policy: "SNAPSHOT", pipeline: "own" },
      { key: "b", policy: "TRIGGERED", pipeline: "own" },
    ];
    expect(checkPacking(tables)).toMatchObject([
      { path: 'pipeline "own"', reason: expect.stringContaining("2 policies") },
    ]);
  });

  it.each([
    [{ CONTINUOUS: 5 }, []],
    [{ CONTINUOUS: 0 }, ["limits.CONTINUOUS"]],
    [{ HOURLY: 5 }, ["limits.HOURLY"]],
    [10, ["limits"]],
  ])("are limits like %j", (given, paths) => {
    expect(checkPipelineLimits("limits", given).map(({ path }) => path)).toEqual(paths);
  });

  // A list is packed to judge it, also when a mistake in it has been found already.
  it.each([0, -1, Number.NaN])("do not keep the packing busy for ever: a limit of %d", (limit) => {
    const tables = [{ key: "a", policy: "CONTINUOUS" }];
    expect(packTables(tables, { CONTINUOUS: limit })).toMatchObject([{ name: "continuous-1" }]);
    expect(checkPacking(tables, { CONTINUOUS: limit })).toEqual([]);
  });

  it("do not crash the packing: a policy that is no text", () => {
    expect(packTables([{ key: "a", policy: 5 as never }])).toMatchObject([{ name: "5-1" }]);
  });
});
