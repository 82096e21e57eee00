// Just before a request of a deployment, somebody else deletes what it has made, or changes it: at every request that
// names the object. The next `up --refresh` has everything back, and no database that is still there is made anew.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aimAt, type Position, positionsOf } from "../support/positions.ts";
import { startUnitStack, type UnitStack } from "../support/units.ts";
import { ask } from "../support/workspace-control.ts";

/** A net against hangs, for thirty databases on a busy machine. */
const limit = 10 * 60_000;
const declaredRetention = 7;

interface Event {
  what: "instance changed" | "instance deleted" | "catalog deleted" | "table deleted";
  /** The request after which there is something to change or delete. */
  after: string;
  /** The request from which on it is not tried. */
  before?: string;
  request(unit: string, catalog: string): { method: string; path: string; body?: object };
}

const events: Event[] = [
  {
    what: "instance changed",
    after: "POST /api/2.0/database/instances by provider, 1",
    request: (unit) => ({
      method: "PATCH",
      path: `/api/2.0/database/instances/${unit}?update_mask=retention_window_in_days`,
      body: { name: unit, retention_window_in_days: 14 },
    }),
  },
  {
    what: "instance deleted",
    after: "POST /api/2.0/database/instances by provider, 1",
    // A table belongs to the instance that it was made in: with that one lost, a person has to replace it, as the wait
    // for it says.
    before: "POST /api/2.0/database/synced_tables by provider, 1",
    request: (unit) => ({ method: "DELETE", path: `/api/2.0/database/instances/${unit}?purge=true` }),
  },
  {
    what: "catalog deleted",
    after: "POST /api/2.0/database/catalogs by provider, 1",
    request: (_, catalog) => ({ method: "DELETE", path: `/api/2.0/database/catalogs/${catalog}` }),
  },
  {
    what: "table deleted",
    after: "POST /api/2.0/database/synced_tables by provider, 1",
    request: (_, catalog) => ({
      method: "DELETE",
      path: `/api/2.0/database/synced_tables/${catalog}.gold.copy?purge_data=true`,
    }),
  },
];

interface Aimed {
  unit: string;
  position: Position;
  event: Event;
}

/** Every request that names its unit meets what can happen by then, in turn. */
function aimAtAll(positions: readonly Position[]): Aimed[] {
  const titles = positions.map(({ title }) => title);
  return positions
    .filter(({ namesUnit }) => namesUnit)
    .flatMap((position, index) => {
      const place = titles.indexOf(position.title);
      const possible = events.filter(
        ({ after, before }) =>
          titles.indexOf(after) < place && (before === undefined || place <= titles.indexOf(before)),
      );
      const event = possible[index % possible.length];
      return event === undefined ? [] : [{ position, event }];
    })
    .map((aimed, index) => ({ ...aimed, unit: `unit-${index + 1}` }));
}

describe("a deployment in which somebody else has a hand at each request", () => {
  let units: UnitStack;
  let aimed: Aimed[];
  let names: string[];
  const uids = new Map<string, unknown>();
  const untouched = "unit-0";

  const instance = (name: string) => ask(units.workspace, "GET", `/api/2.0/database/instances/${name}`);

  beforeAll(async () => {
    units = await startUnitStack();
    await units.declare([untouched]);
    const run = await units.up();
    expect(run.code, run.output).toBe(0);
    aimed = aimAtAll(positionsOf(await units.requests(), untouched));
    names = [untouched, ...aimed.map(({ unit }) => unit)];
  });
  afterAll(() => units?.[Symbol.asyncDispose]());

  it("is tried with everything that can happen", () => {
    expect(new Set(aimed.map(({ event }) => event.what)).size).toBe(events.length);
    expect(aimed.length).toBeGreaterThan(15);
  });

  it(
    "ends, and tells of what it misses",
    async () => {
      await units.plant(
        aimed.map(({ unit, position, event }) =>
          aimAt(position, unit, { meanwhile: event.request(unit, unit.replace("-", "_")) }),
        ),
      );
      await units.declare(names);
      const { output } = await units.up("--continue-on-error");
      expect(await units.planted(), output).toEqual([]);
      for (const { unit, event } of aimed) {
        if (event.what === "instance deleted") continue;
        uids.set(unit, (await instance(unit)).uid);
      }
    },
    limit,
  );

  it(
    "is mended by the next one that looks first",
    async () => {
      const { code, output } = await units.up("--refresh");
      expect(code, output).toBe(0);
      const preview = await units.stack.run("preview", "--expect-no-changes", "--parallel", "100");
      expect(preview.code, preview.output).toBe(0);
    },
    limit,
  );

  it("keeps each database that was there, and makes what was gone", async () => {
    for (const { unit, event, position } of aimed) {
      const title = `${event.what} at ${position.title}`;
      const { uid, effective_retention_window_in_days: retention } = await instance(unit);
      if (uids.has(unit)) expect(uid, title).toBe(uids.get(unit));
      expect(retention, title).toBe(declaredRetention);
      const catalog = unit.replace("-", "_");
      const { database_instance_name: registered } = await ask(
        units.workspace,
        "GET",
        `/api/2.0/database/catalogs/${catalog}`,
      );
      expect(registered, title).toBe(unit);
      const rows = await units.query(unit, "SELECT count(*) > 0 AS filled FROM gold.copy");
      expect(rows, title).toEqual([{ filled: true }]);
    }
  });
});
