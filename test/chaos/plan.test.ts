// The plan follows from the seed alone, holds every kind of action, and takes up the simulated time.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ActionKind, describeAction, makePlan, sizeOf } from "../../chaos/plan.ts";
import { createRandom } from "../../chaos/random.ts";

const seed = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const size = fc.record({
  actions: fc.integer({ min: 1, max: 120 }),
  days: fc.integer({ min: 1, max: 60 }),
  betweenCalms: fc.integer({ min: 1, max: 20 }),
});

test("the same seed gives the same plan, another one another", () => {
  fc.assert(
    fc.property(seed, size, (seed, size) => {
      expect(makePlan(seed, size)).toEqual(makePlan(seed, size));
    }),
  );
  expect(makePlan(1, sizeOf(2))).not.toEqual(makePlan(2, sizeOf(2)));
});

test("the time is the simulated days, and calm comes in between and last", () => {
  fc.assert(
    fc.property(seed, size, (seed, size) => {
      const { actions } = makePlan(seed, size);
      const minutes = actions.reduce((sum, { minutesBefore }) => sum + minutesBefore, 0);
      expect(Math.abs(minutes - size.days * 1_440)).toBeLessThanOrEqual(actions.length);
      const kinds = actions.map(({ action }) => action.kind);
      expect(kinds.at(-1)).toBe("calm");
      expect(kinds.filter((kind) => kind !== "calm")).toHaveLength(size.actions);
      for (const part of kinds.join(" ").split("calm"))
        expect(part.split(" ").filter(Boolean).length).toBeLessThanOrEqual(size.betweenCalms);
      for (const { action } of actions) expect(describeAction(action)).toContain(action.kind);
    }),
  );
});

test("a plan of some length holds every kind of action", () => {
  fc.assert(
    fc.property(seed, (seed) => {
      const kinds = new Set(
        makePlan(seed, { actions: 29, days: 30, betweenCalms: 9 }).actions.map(({ action }) => action.kind),
      );
      const all: ActionKind[] = [
        ...([
          "kill-workspace",
          "restart-workspace",
          "kill-postgres",
          "kill-app",
          "rotate-certificate",
        ] as const),
        ...(["revoke-tokens", "sleep", "api-fault", "dns", "stop-start", "power-cycle", "resize"] as const),
        ...(["up-unchanged", "kill-up", "two-ups-of-one-stack", "ups-of-both-stacks"] as const),
        ...(["kill-workspace-in-up", "calm"] as const),
      ];
      expect([...kinds].sort()).toEqual([...all].sort());
    }),
  );
});

test("chance is spread evenly and stays within its bounds", () => {
  const random = createRandom(7);
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 4_000; draw += 1) counts[random.whole(0, 3)]! += 1;
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4_000);
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  expect(random.shuffle([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5]);
});
