// Every argument of every component with the real engine, by a table: made with it, changed, removed. Each time: the
// preview's words, every request that the service received, what is seen in PostgreSQL, and data that is still there.
//
// All units are one program, deployed three times. A request that no unit has announced fails the suite, so that an
// argument that "changes nothing" has really sent nothing.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessUnits } from "./arguments/access.ts";
import { appUnits } from "./arguments/apps.ts";
import { checkUnits } from "./arguments/checks.ts";
import { catalogUnits, instanceUnits } from "./arguments/instances.ts";
import { everyArgument } from "./arguments/interfaces.ts";
import { type PreparedPlace, preparePlace } from "./arguments/place.ts";
import { argumentsOf, type Place, type Unit } from "./arguments/table.ts";
import { databaseUnits, tableUnits } from "./arguments/tables.ts";
import { temporaryFolder } from "./support/folder.ts";
import { writeProgram } from "./support/program.ts";
import { type Run, type StackUnderTest, startStack } from "./support/stack.ts";
import { ask } from "./support/workspace-control.ts";

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as lakebase from "pulumi-lakebase";
const made = {};
for (const { component, name, args, after = [] } of new pulumi.Config().requireObject("units")) {
  const dependsOn = after.map((other) => made[other]);
  made[name] = new lakebase[component](name, args, { protect: false, dependsOn });
}
`;
const unitsOf = (place: Place): Unit[] => [
  ...instanceUnits(place),
  ...catalogUnits,
  ...accessUnits(place),
  ...checkUnits(place),
  ...appUnits(place),
  ...tableUnits(place),
  ...databaseUnits(place),
];
const withData = ["source", "settings", "power", "by-time", "by-lsn", "database"];
const deployments = ["is made with it", "is changed", "is removed"] as const;

describe("every argument", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let place: PreparedPlace;
  let stack: StackUnderTest;
  let units: Unit[];
  const previews: Run[] = [];
  const uids = new Map<string, unknown>();
  let seen = 0;

  const declare = (deployment: number, changes: Record<string, object> = {}): Promise<void> =>
    stack.configure({
      "lakebase:units": units.map((unit) => ({
        component: unit.component,
        name: unit.name,
        args: without({ ...argumentsOf(unit, deployment), ...changes[unit.name] }),
        after: unit.after ?? [],
      })),
    });
  /** What the workspace was asked to change since the last call; credentials change nothing. */
  const asked = async (): Promise<string[]> => {
    const { requests } = (await ask(place.workspace, "GET", "/local/requests")) as {
      requests: { seq: number; method: string; path: string; body?: object }[];
    };
    const news = requests.filter(({ seq }) => seq > seen);
    seen = requests.at(-1)?.seq ?? seen;
    return news
      .filter(
        ({ method, path }) => method !== "GET" && path.startsWith("/api/") && !path.endsWith("/credentials"),
      )
      .map(({ method, path, body }) => `${method} ${path} ${JSON.stringify(body ?? null)}`);
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    place = await preparePlace(folder.path);
    units = unitsOf(place);
    await writeProgram(join(folder.path, "program"), program);
    stack = await startStack({
      workspace: place.workspace,
      program: join(folder.path, "program"),
      config: { "databricks:configFile": place.configFile },
    });
    await asked();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await place?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  describe.each([0, 1, 2] as const)("%i", (deployment) => {
    it(`${deployments[deployment]}: deployed, and then there is nothing to do`, async () => {
      await declare(deployment);
      previews[deployment] = await stack.succeed("preview", "--diff");
      expect(await asked()).toEqual([]);
      await stack.succeed("up");
    });

    it("the service received what the table says, and nothing else", async () => {
      const left = await asked();
      const missing = units.flatMap(({ name, asked }) =>
        asked[deployment].flatMap((wanted) => {
          const at = left.findIndex((line) =>
            typeof wanted === "string" ? line === wanted : wanted.test(line),
          );
          if (at >= 0) left.splice(at, 1);
          return at >= 0 ? [] : [`${name}: ${wanted}`];
        }),
      );
      expect({ missing, left }).toEqual({ missing: [], left: [] });
    });

    // The first one's says only that everything is created.
    if (deployment > 0)
      it("the preview has the table's words for it", () => {
        const run = previews[deployment] as Run;
        const problems = units.flatMap((unit) => wordsMissing(unit, run, deployment));
        expect(problems).toEqual([]);
      });

    it("PostgreSQL has what the table says, and the data is still there", async () => {
      for (const { name, seen } of units.filter(({ seen }) => seen !== undefined)) {
        const { on, sql, rows, database } = seen as NonNullable<Unit["seen"]>;
        expect.soft(await place.query(on, sql, database), name).toEqual(rows[deployment]);
      }
      for (const name of withData) {
        const { uid, state } = await ask(place.workspace, "GET", `/api/2.0/database/instances/${name}`);
        if (deployment === 0) uids.set(name, uid);
        expect(uid, name).toBe(uids.get(name));
        if (state === "STOPPED") continue;
        if (deployment === 0)
          await place.query(name, "CREATE TABLE kept AS SELECT generate_series(1, 5) AS id");
        expect(await place.query(name, "SELECT count(*)::int FROM kept"), name).toEqual([{ count: 5 }]);
      }
    });

    it("there is nothing left to do", async () => {
      await stack.succeed("preview", "--expect-no-changes");
    });
  });

  // Each would lose data or do nothing in silence; the deployment before stays as it is.
  it.each<[argument: string, unit: string, change: (place: Place) => object, words: string]>([
    ["name", "by-lsn", () => ({ name: "renamed" }), 'this change replaces instance "by-lsn" by "renamed"'],
    [
      "parent.name",
      "by-lsn",
      ({ lsn }) => ({ parent: { name: "settings", lsn } }),
      'instance "by-lsn" would be cut anew from another parent',
    ],
    [
      "parent.lsn",
      "by-lsn",
      () => ({ parent: { name: "source", lsn: "0/1" } }),
      'instance "by-lsn" would be cut anew from another parent',
    ],
    [
      "parent.branchTime",
      "by-time",
      () => ({ parent: { name: "source" } }),
      'instance "by-time" would be cut anew from another parent',
    ],
    [
      "parent",
      "by-time",
      () => ({ parent: null }),
      'instance "by-time" would be cut anew from another parent',
    ],
    [
      "usagePolicyId",
      "settings",
      () => ({ usagePolicyId: null }),
      'usagePolicyId of instance "settings" is removed from the program',
    ],
  ])("a change of %s of %s is refused by the preview", async (_, unit, change, words) => {
    await declare(2, { [unit]: change(place) });
    const { code, output } = await stack.run("preview");
    expect(code).not.toBe(0);
    expect(output).toContain(words);
    expect(await asked()).toEqual([]);
  });
});

describe("the table", () => {
  // Their arguments are those of the components that declare them.
  const parts = [
    "DatabaseAccessArgs",
    "InstanceIdentityArgs",
    "InstancePermissionsArgs",
    "InstancePowerArgs",
    "InstanceSettingsArgs",
    "LakebaseExportsArgs",
    "PermissionArgs",
    "SyncedTablePipelineArgs",
    "SyncedTableReadyArgs",
  ];
  it("has a row for every argument of every component, and for nothing else", () => {
    const place = { apiUrl: "", ports: [1, 2], caFiles: ["", ""], time: "", lsn: "", appFolders: ["", ""] };
    const rows = unitsOf(place as Place).flatMap((unit) => unit.rows.map(({ argument }) => argument));
    const wanted = everyArgument().filter((argument) => !parts.includes(argument.split(".")[0] ?? ""));
    expect([...new Set(rows)].sort()).toEqual(wanted.sort());
  });
});

/** JSON has no undefined: what is null is left out. */
function without(args: object): object {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

/** What a preview should say about a unit and does not. */
function wordsMissing({ name, rows }: Unit, { output, steps }: Run, deployment: number): string[] {
  const own = output
    .split(/\n(?=\s*(?:\+-|-\+|[+~-])\s?[\w:/-]+: \()/)
    .filter((part) => new RegExp(`urn:pulumi:[^\\]]*::${name}(-[^:\\]]*)?\\]`).test(part))
    .join("\n");
  const wanted = rows.flatMap(({ argument, shown, reset }) => {
    const words = deployment === 1 ? shown : reset;
    return words === undefined ? [] : [{ argument, words }];
  });
  if (wanted.length === 0) {
    const mine = steps.filter((step) => step.name === name || step.name.startsWith(`${name}-`));
    return mine.length === 0 ? [] : [`${name}: nothing was to be shown, and there is:\n${own}`];
  }
  return wanted
    .filter(({ words }) => !words.test(own))
    .map(({ argument, words }) => `${argument}: ${words} is not in:\n${own}`);
}
