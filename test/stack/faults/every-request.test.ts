// Each request of a deployment is refused, answered late, failed or cut off. What can be tried again is tried again
// within the deployment; what cannot leaves a message; and one more `up` after the last fault converges, with nothing
// doubled, left behind or lost.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aimAt, type Position, positionsOf } from "../support/positions.ts";
import { type Fault, type LoggedRequest, reader, startUnitStack, type UnitStack } from "../support/units.ts";
import { ask } from "../support/workspace-control.ts";

const retryAfterSeconds = 3;
/** What is tried again within one deployment. */
const overload: Fault[] = [
  { status: 429, headers: { "retry-after": String(retryAfterSeconds) } },
  { status: 503 },
];
const upgrading: Fault = { answer: { state: "UPGRADING" }, times: 2 };
const expired: Fault = { status: 401, error_code: "UNAUTHENTICATED", message: "the token has expired" };
const broken: Fault = { status: 500, error_code: "INTERNAL_ERROR", message: "planted" };
const cut: Fault[] = [{ drop: "before" }, { drop: "after" }];
/** Deployments that may fail before the last fault is met; four of a unit's own, and those of questions that name none. */
const mostFailures = 12;
/** A net against hangs, for thirty databases on a busy machine. */
const limit = 10 * 60_000;

interface Aimed {
  unit: string;
  position: Position;
  faults: Fault[];
}

/** The faults of each position, in the order they are met; more than one list where a failure is not met twice. */
function seriesOf(position: Position): Fault[][] {
  const readsInstance = /\/database\/instances\/UNIT\??$/.test(position.path);
  const first = [...(readsInstance ? [upgrading] : []), ...overload];
  // The wait of a creation is not resumed, and what is asked around a creation is not asked again.
  if (position.asker === "wait") return [[...first, expired], [broken], cut];
  const isAround = position.path.includes("/catalogs/") && position.occurrence > 0;
  if (position.asker === "package" && isAround)
    return [[...first, expired], [broken], ...cut.map((fault) => [fault])];
  return [[...first, expired, broken, ...cut]];
}

describe("a deployment of which each request meets every fault", () => {
  let units: UnitStack;
  let positions: Position[];
  let aimed: Aimed[];
  let names: string[];
  let requests: LoggedRequest[];
  const untouched = "unit-0";
  const slow = "unit-1";

  /** Names a new unit for each list of faults. */
  function aim(position: Position, series: readonly Fault[][]): Aimed[] {
    return series.map((faults) => {
      const unit = `unit-${names.length}`;
      names.push(unit);
      return { unit, position, faults: faults.map((fault) => aimAt(position, unit, fault)) };
    });
  }

  beforeAll(async () => {
    units = await startUnitStack();
    await units.declare([untouched]);
    const run = await units.up();
    expect(run.code, run.output).toBe(0);
    positions = positionsOf(await units.requests(), untouched);
    names = [untouched, slow];
    aimed = positions.flatMap((position) => aim(position, seriesOf(position)));
  });
  afterAll(() => units?.[Symbol.asyncDispose]());

  it("is made of the requests of a clean one", () => {
    const titles = positions.map(({ title }) => title);
    expect(titles).toEqual(
      expect.arrayContaining([
        "POST /api/2.0/database/instances by provider, 1",
        "GET /api/2.0/database/instances/UNIT? by wait, 2",
        "POST /api/2.0/database/catalogs by provider, 1",
        "POST /api/2.0/database/synced_tables by provider, 1",
        "PATCH /api/2.0/permissions/database-instances/UNIT by package, 1",
        "POST /api/2.0/database/credentials by package, 2",
      ]),
    );
    expect(titles.length).toBeGreaterThan(20);
  });

  it(
    "leaves, where it fails, a message that names the object and the fix",
    async () => {
      const late = { times: 10_000, delay_ms: 300 };
      await units.plant([
        ...aimed.flatMap(({ faults }) => faults),
        { ...late, request: `"${slow}"` },
        { ...late, path: `/${slow}\\b` },
      ]);
      const planted = async () => (await units.planted()).filter(({ delay_ms }) => delay_ms === undefined);
      for (let failures = 0; (await planted()).length > 0; failures += 1) {
        expect(failures, JSON.stringify(await planted())).toBeLessThan(mostFailures);
        await units.declare(names);
        const { output } = await units.up("--continue-on-error");
        for (const unit of await unfinished()) {
          const line = new RegExp(`^.*\\b${unit.replace("-", "[-_]")}\\b.*(fix|; ).*$`, "m");
          expect(output, unit).toMatch(line);
        }
        if (failures === 0) await writeRows();
      }
    },
    limit,
  );

  /** Units that the last deployment has not brought to their end. */
  async function unfinished(): Promise<string[]> {
    const state = JSON.parse(await units.stack.state()) as State;
    const urns = state.deployment.resources.map(({ urn }) => urn);
    return names.filter((name) => !urns.some((urn) => urn.endsWith(`::${name}-final-power`)));
  }

  const written: string[] = [];
  /** Into every database that there is already. */
  async function writeRows(): Promise<void> {
    const { database_instances: found } = await ask(
      units.workspace,
      "GET",
      "/api/2.0/database/instances?page_size=100",
    );
    for (const { name, state } of found as { name: string; state: string }[]) {
      if (state !== "AVAILABLE") continue;
      await units.query(name, "CREATE TABLE kept AS SELECT 'between the faults' AS row");
      written.push(name);
    }
  }

  it(
    "converges with the first `up` after the last fault",
    async () => {
      requests = await units.requests();
      await units.clearFaults();
      const { code, output } = await units.up();
      expect(code, output).toBe(0);
      const preview = await units.stack.run("preview", "--expect-no-changes", "--parallel", "100");
      expect(preview.code, preview.output).toBe(0);
    },
    limit,
  );

  it("has doubled, left behind and lost nothing", async () => {
    const { workspace } = units;
    const list = async (path: string, field: string) =>
      (await ask(workspace, "GET", path))[field] as Record<string, string>[];
    const instances = await list("/api/2.0/database/instances?page_size=100", "database_instances");
    expect(instances.map(({ name }) => name).sort()).toEqual([...names].sort());
    const state = JSON.parse(await units.stack.state()) as State;
    const recorded = state.deployment.resources.filter(({ type }) => type.endsWith(":DatabaseInstance"));
    expect(new Map(recorded.map(({ outputs }) => [outputs?.name, outputs?.uid]))).toEqual(
      new Map(instances.map(({ name, uid }) => [name, uid])),
    );
    expect(recorded).toHaveLength(names.length);
    expect(
      requests.filter(({ method, path }) => method === "DELETE" && path.includes("/instances/")),
    ).toEqual([]);
    const catalogs = await list("/api/2.1/unity-catalog/catalogs?max_results=100", "catalogs");
    const registered = catalogs.map(({ name }) => name).filter((name) => name?.startsWith("unit_"));
    expect(registered.sort()).toEqual(names.map((name) => name.replace("-", "_")).sort());
    expect(written.length).toBeGreaterThan(names.length / 2);
    for (const name of written)
      expect(await units.query(name, "SELECT count(*)::int FROM kept")).toEqual([{ count: 1 }]);
    for (const name of names) {
      const rows = await units.query(name, "SELECT count(*) > 0 AS filled FROM gold.copy");
      expect(rows).toEqual([{ filled: true }]);
    }
  });

  it("has waited as long as the service asked for before it asked again", () => {
    const refused = requests.filter(({ status, path }) => status === 429 && path.startsWith("/api/"));
    expect(refused.length).toBeGreaterThan(positions.length / 2);
    const judged = refused.filter(({ method, path, user_agent }) => {
      // The provider waits by a rule of its own; and what several ask, or no unit is named in, may be asked by another.
      const kind = (name: string) => path.replaceAll(name, "UNIT");
      const alike = positions.filter(
        (position) =>
          position.method === method &&
          names.some((name) => kind(name).split("?")[0] === position.path.split("?")[0]),
      );
      return (
        user_agent.startsWith("pulumi-lakebase nodejs/") && path.includes("/unit-") && alike.length === 1
      );
    });
    expect(judged.length).toBeGreaterThan(0);
    for (const { seq, method, path, time } of judged) {
      const again = requests.find(
        (other) => other.seq > seq && `${other.method} ${other.path}` === `${method} ${path}`,
      );
      expect(again, `${method} ${path}`).toBeDefined();
      // The log counts whole seconds.
      const seconds = (Date.parse(again?.time ?? "") - Date.parse(time)) / 1000;
      expect(seconds, `${method} ${path}`).toBeGreaterThanOrEqual(retryAfterSeconds - 1);
    }
  });

  it(
    "has not forgotten what it made itself: all of it is taken back when nobody is declared any more",
    async () => {
      await units.stack.configure({ "lakebase:nobody": true });
      const { code, output } = await units.up();
      expect(code, output).toBe(0);
      for (const name of names) {
        const permissions = await ask(
          units.workspace,
          "GET",
          `/api/2.0/permissions/database-instances/${name}`,
        );
        expect(JSON.stringify(permissions), name).not.toContain(reader);
        const roles = await units.query(name, `SELECT rolname FROM pg_roles WHERE rolname = '${reader}'`);
        expect(roles, name).toEqual([]);
      }
    },
    limit,
  );
});

interface State {
  deployment: { resources: { urn: string; type: string; outputs?: Record<string, unknown> }[] };
}
