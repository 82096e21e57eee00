// Rules of an instance's arguments: each kind of mistake, all at once, and nothing refused that is right.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkInstance,
  describeProblems,
  type InstanceSpecification,
  RuleViolations,
} from "../../../lakebase/rules/index.ts";
import { mistakenInstances } from "./mistaken-instances.ts";

const now = new Date("2026-06-01T12:00:00Z");
const good = { name: "orders", capacity: "CU_2" };
const paths = (specification: InstanceSpecification) =>
  checkInstance({ ...good, ...specification }, now).map(({ path }) => path);

describe("an instance's arguments", () => {
  it.each<[string, InstanceSpecification]>([
    ["the least", {}],
    ["a name with digits", { name: "orders-2" }],
    ["the longest name", { name: "a".repeat(63) }],
    [
      "everything",
      {
        stopped: true,
        nodeCount: 3,
        enableReadableSecondaries: true,
        enablePgNativeLogin: false,
        retentionWindowInDays: 35,
        customTags: { team: "payments" },
        usagePolicyId: "p-1",
      },
    ],
    ["a clone of the present state", { parent: { name: "source" } }],
    ["a clone of a time", { parent: { name: "source", branchTime: "2026-05-30T10:00:00+02:00" } }],
    ["a clone at an lsn", { parent: { name: "source", lsn: "0/16B3748" } }],
    ["no tags", { customTags: {} }],
    [
      "values that only the deployment brings",
      { name: undefined, capacity: undefined, parent: { name: undefined } },
    ],
  ])("accepts %s", (_, specification) => {
    expect(checkInstance({ ...good, ...specification }, now)).toEqual([]);
  });

  it.each(mistakenInstances)("refuses %s", (_, specification, path) => {
    expect(paths(specification)).toEqual([path]);
  });

  it("tells every problem at once, each with value, allowed values and fix", () => {
    const problems = checkInstance(
      { name: "my db", capacity: "CU_3", nodeCount: 9, retentionWindowInDays: 1, customTags: { n: 1 } },
      now,
    );
    const { message } = new RuleViolations('LakebaseInstance "orders"', problems);
    expect(message).toMatchInlineSnapshot(`
      "LakebaseInstance "orders": 5 problems, nothing was sent to the workspace
        - name: has characters that an instance name cannot have (given: "my db")
            allowed: 1 to 63 letters, digits and hyphens
            fix: use "my-db"
        - capacity: is not a capacity tier (given: "CU_3")
            allowed: CU_1 (16 GB), CU_2 (32 GB), CU_4 (64 GB), CU_8 (128 GB)
            fix: use "CU_4"
        - nodeCount: is out of range (given: 9)
            allowed: a whole number of nodes from 1 to 3
            fix: use 3
        - retentionWindowInDays: is out of range (given: 1)
            allowed: a whole number of days from 2 to 35
            fix: use 2
        - customTags.n: is not a text (given: 1)
            allowed: an object of texts, for example { team: "payments" }
            fix: write it in quotes: "1""
    `);
  });

  it("takes values that have no text for what they are: mistakes", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const value of [{ toString: [] }, Object.create(null), circle, 5n]) {
      const problems = checkInstance({ name: value, capacity: value, customTags: { team: value } }, now);
      expect(problems.map(({ path }) => path)).toEqual(["name", "capacity", "customTags.team"]);
      expect(describeProblems("it", problems)).toContain("3 problems");
    }
  });

  it("never throws, and suggests only names that it accepts", () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            name: fc.anything(),
            capacity: fc.anything(),
            nodeCount: fc.anything(),
            customTags: fc.anything(),
            parent: fc.anything(),
          },
          { requiredKeys: [] },
        ),
        (specification) => {
          for (const { path, fix } of checkInstance(specification, now)) {
            const suggested = /^use ("(?:[^"\\]|\\.)*")$/.exec(fix)?.[1];
            if (path === "name" && suggested !== undefined)
              expect(checkInstance({ name: JSON.parse(suggested).slice(0, 63) }, now)).toEqual([]);
          }
        },
      ),
    );
  });

  it("accepts every name that the documentation allows", () => {
    const character = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 1, maxLength: 63 }), (name) => {
        expect(paths({ name })).toEqual([]);
      }),
    );
  });
});
