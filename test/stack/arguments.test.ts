// Every argument of an instance and of a catalog with the real engine: given, changed, removed again. What the preview
// says, what the service is asked, and that nothing is replaced and nothing left to do afterwards.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LakebaseCatalogArgs, LakebaseInstanceArgs } from "../../components/index.ts";
import { startInstanceStack } from "./support/instance-program.ts";

const instanceType = "databricks:index/databaseInstance:DatabaseInstance";
const powerType = "pulumi-nodejs:dynamic/lakebase:InstancePower";
const catalogType = "databricks:index/databaseDatabaseCatalog:DatabaseDatabaseCatalog";

const mask =
  "capacity%2Ccustom_tags%2Cenable_pg_native_login%2Cenable_readable_secondaries%2Cnode_count%2Cretention_window_in_days%2Cstopped%2Cusage_policy_id";
const path = "/api/2.0/database/instances/orders";
const defaults = {
  capacity: "CU_1",
  enable_pg_native_login: false,
  enable_readable_secondaries: false,
  name: "orders",
  node_count: 1,
  retention_window_in_days: 7,
};

/** What the provider sends for settings that differ from the defaults. */
const update = (settings: object): string => {
  const body = Object.entries({ ...defaults, ...settings }).sort(([left], [right]) =>
    left < right ? -1 : 1,
  );
  return `PATCH ${path}?update_mask=${mask} ${JSON.stringify(Object.fromEntries(body))}`;
};
const power = (stopped: boolean): string =>
  `PATCH ${path}?update_mask=stopped ${JSON.stringify({ name: "orders", stopped })}`;

interface Row {
  argument: string;
  args: Partial<LakebaseInstanceArgs>;
  steps: string[];
  /** The words that the preview has for it. */
  shown: RegExp;
  /** What is asked when it is given, and when it is removed again. */
  given: string[];
  removed: string[];
}

const both = [`update ${instanceType}`, `update ${powerType}`];
const rows: Row[] = [
  {
    argument: "capacity",
    args: { capacity: "CU_2" },
    steps: both,
    shown: /capacity *: "CU_1" => "CU_2"/,
    given: [update({ capacity: "CU_2" })],
    removed: [update({})],
  },
  {
    argument: "nodeCount and enableReadableSecondaries",
    args: { nodeCount: 2, enableReadableSecondaries: true },
    steps: both,
    shown: /nodeCount *: 1 => 2/,
    given: [update({ node_count: 2, enable_readable_secondaries: true })],
    removed: [update({})],
  },
  {
    argument: "enablePgNativeLogin",
    args: { enablePgNativeLogin: true },
    steps: both,
    shown: /enablePgNativeLogin *: false => true/,
    given: [update({ enable_pg_native_login: true })],
    removed: [update({})],
  },
  {
    argument: "retentionWindowInDays",
    args: { retentionWindowInDays: 14 },
    steps: both,
    shown: /retentionWindowInDays *: 7 => 14/,
    given: [update({ retention_window_in_days: 14 })],
    removed: [update({})],
  },
  {
    argument: "customTags",
    args: { customTags: { team: "payments", env: "dev" } },
    steps: both,
    shown: /team *: "payments"/,
    given: [
      update({
        custom_tags: [
          { key: "env", value: "dev" },
          { key: "team", value: "payments" },
        ],
      }),
    ],
    removed: [update({})],
  },
  {
    argument: "stopped",
    args: { stopped: true },
    steps: [`update ${powerType}`],
    shown: /stopped *: false => true/,
    given: [power(true)],
    removed: [power(false)],
  },
  { argument: "port", args: { port: 54321 }, steps: [], shown: /unchanged/, given: [], removed: [] },
  {
    argument: "allowReplacementOf",
    args: { allowReplacementOf: "orders" },
    steps: [],
    shown: /unchanged/,
    given: [],
    removed: [],
  },
  {
    argument: "deadlineSeconds",
    args: { deadlineSeconds: 900 },
    steps: [],
    shown: /unchanged/,
    given: [],
    removed: [],
  },
];

describe("arguments of an instance and a catalog", () => {
  let stack: Awaited<ReturnType<typeof startInstanceStack>>;
  const instance = { name: "orders" };
  const catalog: LakebaseCatalogArgs = { name: "operational", instanceName: "orders" };
  const declare = (args: Partial<LakebaseInstanceArgs>, changes: Partial<LakebaseCatalogArgs> = {}) =>
    stack.declare({ instances: [{ ...instance, ...args }], catalog: { ...catalog, ...changes } });
  const uid = async (): Promise<unknown> => {
    const answer = await fetch(`${stack.workspace.apiUrl}${path}`, {
      headers: { authorization: `Bearer ${stack.workspace.token}` },
    });
    return ((await answer.json()) as { uid: unknown }).uid;
  };
  let made: unknown;

  beforeAll(async () => {
    stack = await startInstanceStack({ instances: [instance], catalog });
    await stack.succeed("up");
    made = await uid();
    await stack.changesAsked();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it.each(rows)("$argument: in place, and back to the default when removed", async (row) => {
    await declare(row.args);
    const { output } = await stack.succeed("preview", "--diff");
    expect(output).toMatch(row.shown);
    const { steps } = await stack.succeed("up");
    expect(steps.map(({ op, type }) => `${op} ${type}`)).toEqual(row.steps);
    expect(await stack.changesAsked()).toEqual(row.given);
    await declare({});
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual(row.removed);
    expect(await uid()).toBe(made);
  });

  it("usagePolicyId: exchanged in place, and its removal refused instead of ignored", async () => {
    await declare({ usagePolicyId: "policy-1" });
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual([update({ usage_policy_id: "policy-1" })]);
    await declare({});
    const { code, output } = await stack.run("preview");
    expect(code).not.toBe(0);
    expect(output).toContain('usagePolicyId of instance "orders" is removed from the program');
    await declare({ usagePolicyId: "policy-1" });
    await stack.succeed("up", "--refresh", "--expect-no-changes");
    expect(await stack.changesAsked()).toEqual([]);
  });

  it.each<[keyof LakebaseCatalogArgs, Partial<LakebaseCatalogArgs>, string[]]>([
    [
      "name",
      { name: "other" },
      [
        "DELETE /api/2.0/database/catalogs/operational? null",
        'POST /api/2.0/database/catalogs {"create_database_if_not_exists":false,"database_instance_name":"orders","database_name":"databricks_postgres","name":"other"}',
      ],
    ],
    [
      "databaseName",
      { name: "other", databaseName: "postgres" },
      [
        "DELETE /api/2.0/database/catalogs/other? null",
        'POST /api/2.0/database/catalogs {"create_database_if_not_exists":false,"database_instance_name":"orders","database_name":"postgres","name":"other"}',
      ],
    ],
    [
      "createDatabaseIfNotExists",
      { name: "other", databaseName: "postgres", createDatabaseIfNotExists: true },
      [],
    ],
  ])("catalog %s: replaces the registration alone, or changes nothing", async (_, changes, asked) => {
    await declare({ usagePolicyId: "policy-1" }, changes);
    const { steps } = await stack.succeed("up");
    expect(new Set(steps.map(({ type }) => type))).toEqual(new Set(asked.length === 0 ? [] : [catalogType]));
    expect(await stack.changesAsked()).toEqual(asked);
    expect(await uid()).toBe(made);
  });
});
