// The options of `npm run chaos`.
import { expect, test } from "vitest";
import { parseChaosArguments } from "../../chaos/command-line.ts";
import { plants } from "../../chaos/plants/plants.ts";
import { invariants } from "../../chaos/violation.ts";

test("defaults and values", () => {
  expect(parseChaosArguments([])).toEqual({
    options: { minutes: 2, seed: 1, runs: 1, plant: undefined, record: false, keep: false },
  });
  const args = "--minutes 3 --seed 9 --runs 2 --plant wrong-route --keep".split(" ");
  expect(parseChaosArguments(args)).toEqual({
    options: { minutes: 3, seed: 9, runs: 2, plant: "wrong-route", record: false, keep: true },
  });
});

test("every mistake is told", () => {
  expect(parseChaosArguments(["--minutes", "0", "--seed", "x", "--plant", "toString"])).toEqual({
    problems: [
      '--minutes must be a whole number from 1 to 1000, not "0"',
      '--seed must be a whole number from 1 to 4294967295, not "x"',
      expect.stringMatching(/^--plant must be one of .*wrong-route.*, not "toString"$/),
    ],
  });
  expect(parseChaosArguments(["--plant", "wrong-route", "--record"])).toHaveProperty("problems");
  expect(parseChaosArguments(["--sead", "1"])).toHaveProperty("problems");
});

test("there is a bug to plant for each invariant", () => {
  expect(
    Object.values(plants)
      .map(({ finds }) => finds)
      .sort(),
  ).toEqual([...invariants].sort());
});
