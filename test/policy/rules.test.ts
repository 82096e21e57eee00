// Each policy as a function: what it lets pass, what it reports, what its settings change, what it cannot know.
import { describe, expect, test } from "vitest";
import { type LakebasePolicy, lakebasePolicies, type Resource } from "../../policy/index.ts";
import { defaultsOf } from "../../policy/types.ts";

const types = {
  instance: "databricks:index/databaseInstance:DatabaseInstance",
  power: "pulumi-nodejs:dynamic/lakebase:InstancePower",
  check: "pulumi-nodejs:dynamic/lakebase:ConnectivityCheck",
  grant: "databricks:index/grant:Grant",
  grants: "databricks:index/grants:Grants",
  other: "random:index/randomId:RandomId",
};

interface Given {
  kind?: keyof typeof types;
  stack?: string;
  protect?: boolean;
  [property: string]: unknown;
}

function resource({ kind = "instance", stack = "production", protect = true, ...given }: Given): Resource {
  const defaults =
    kind === "instance"
      ? {
          name: "orders",
          capacity: "CU_1",
          nodeCount: 2,
          enableReadableSecondaries: true,
          retentionWindowInDays: 14,
          customTags: [{ key: "team", value: "shop" }],
        }
      : {};
  const props = { ...defaults, ...given };
  for (const [key, value] of Object.entries(props)) {
    // As the policy SDK does for a value that only the deployment will bring.
    if (value === "unknown") Object.defineProperty(props, key, { get: throwUnknown, enumerable: true });
  }
  return {
    type: types[kind],
    name: "resource",
    urn: `urn:pulumi:${stack}::shop::${types[kind]}::resource`,
    props,
    protect,
  };
}

function throwUnknown(): never {
  throw new Error("value is unknown until the deployment");
}

function run(name: string, given: Given | Given[], config: object = {}): string[] {
  const policy = lakebasePolicies.find((one) => one.name === `lakebase-${name}`) as LakebasePolicy;
  const settings = { ...defaultsOf(policy), ...config };
  const list = (Array.isArray(given) ? given : [given]).map(resource);
  return policy.scope === "stack"
    ? policy.check(list, settings)
    : list.flatMap((one) => policy.check(one, settings));
}

describe("reported", () => {
  test.each<[string, Given | Given[], object, RegExp]>([
    ["deletion-protection", { protect: false }, {}, /^instance "orders" is not protected$/],
    ["deletion-protection", { protect: false, stack: "eu" }, { productionStacks: ["eu"] }, /not protected/],
    ["deletion-protection", { protect: false, stack: "prod-eu" }, {}, /not protected/],
    ["capacity-ceiling", { capacity: "CU_8" }, {}, /has CU_8, and the ceiling is CU_4/],
    [
      "capacity-ceiling",
      { capacity: "CU_2" },
      { maximumCapacity: "CU_1" },
      /has CU_2, and the ceiling is CU_1/,
    ],
    ["capacity-ceiling", { nodeCount: 3 }, { maximumNodes: 2 }, /has 3 nodes, and the ceiling is 2/],
    ["retention-floor", { retentionWindowInDays: 2 }, {}, /keeps 2 days, and the floor is 7/],
    [
      "retention-floor",
      { retentionWindowInDays: undefined },
      { minimumDays: 14 },
      /keeps 7 days, and the floor is 14/,
    ],
    ["readable-secondaries", { nodeCount: 1 }, {}, /has one node$/],
    [
      "readable-secondaries",
      { nodeCount: undefined, enableReadableSecondaries: false },
      {},
      /has one node and has no readable secondaries/,
    ],
    ["required-tags", { customTags: undefined }, {}, /lacks the tags team$/],
    [
      "required-tags",
      { customTags: [{ key: "team", value: "" }] },
      { requiredTags: ["team", "cost"] },
      /lacks the tags team, cost/,
    ],
    ["no-native-login", { enablePgNativeLogin: true, stack: "dev" }, {}, /allows logins with passwords/],
    [
      "no-public-read",
      { kind: "grant", catalog: "orders", principal: "account users", privileges: ["SELECT", "USE_CATALOG"] },
      {},
      /^"account users" gets SELECT on catalog "orders"$/,
    ],
    [
      "no-public-read",
      {
        kind: "grants",
        schema: "o.p",
        grants: [{ principal: "staff", privileges: ["USE SCHEMA", "ALL PRIVILEGES"] }],
      },
      { everybody: ["staff"] },
      /"staff" gets ALL_PRIVILEGES on schema "o.p"/,
    ],
    [
      "verified",
      [{}, { kind: "check", instanceName: "reports" }],
      {},
      /nothing verifies that instance "orders" can be reached/,
    ],
    ["production-runs", { stopped: true }, {}, /instance "orders" is stopped/],
    [
      "production-runs",
      { kind: "power", instanceName: "orders", stopped: true },
      {},
      /instance "orders" is stopped/,
    ],
  ])("%s: %j %j", (name, given, config, message) => {
    const found = run(name, given, config);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});

describe("passed", () => {
  test.each<[string, Given | Given[], object?]>([
    ["deletion-protection", {}],
    ["deletion-protection", { protect: false, stack: "dev" }],
    ["deletion-protection", { protect: false, stack: "reproduction" }],
    ["deletion-protection", { protect: false, stack: "axb" }, { productionStacks: ["a.b"] }],
    ["deletion-protection", { protect: false, kind: "other" }],
    ["capacity-ceiling", { capacity: "CU_4", nodeCount: 3 }],
    ["capacity-ceiling", { capacity: "unknown", nodeCount: "unknown" }],
    ["retention-floor", { retentionWindowInDays: 7 }],
    ["retention-floor", { retentionWindowInDays: undefined }],
    ["retention-floor", { retentionWindowInDays: 2, stack: "dev" }],
    ["retention-floor", { retentionWindowInDays: "unknown" }, { minimumDays: 14 }],
    ["readable-secondaries", {}],
    ["readable-secondaries", { nodeCount: 1, stack: "dev" }],
    ["readable-secondaries", { nodeCount: "unknown", enableReadableSecondaries: "unknown" }],
    ["required-tags", {}],
    ["required-tags", { customTags: "unknown" }],
    ["required-tags", { customTags: undefined }, { requiredTags: [] }],
    ["no-native-login", { enablePgNativeLogin: false }],
    ["no-native-login", { enablePgNativeLogin: "unknown" }],
    ["no-public-read", { kind: "grant", catalog: "orders", principal: "analysts", privileges: ["SELECT"] }],
    [
      "no-public-read",
      { kind: "grant", catalog: "orders", principal: "account users", privileges: ["BROWSE", "USE CATALOG"] },
    ],
    ["verified", [{}, { kind: "check", instanceName: "orders" }]],
    ["verified", [{}, { kind: "check", instanceName: "unknown" }]],
    ["verified", []],
    ["production-runs", { stopped: false }],
    ["production-runs", { stopped: "unknown" }],
    ["production-runs", { kind: "power", instanceName: "orders", stopped: true, stack: "dev" }],
  ])("%s: %j %j", (name, given, config = {}) => {
    expect(run(name, given, config)).toEqual([]);
  });
});

test("no policy concerns itself with a foreign resource", () => {
  for (const { name } of lakebasePolicies) {
    expect(
      run(name.replace("lakebase-", ""), { kind: "other", stopped: true, capacity: "CU_8", protect: false }),
    ).toEqual([]);
  }
});
