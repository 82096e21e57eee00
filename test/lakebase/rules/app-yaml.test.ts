// Rules of app.yaml: a command that can run, the names of instance and database, resources that exist, no secret.
import { describe, expect, it } from "vitest";
import { type AppBinding, checkAppYaml } from "../../../lakebase/rules/index.ts";

const binding: AppBinding = {
  resourceKey: "lakebase",
  otherKeys: ["warehouse"],
  instanceName: "orders",
  databaseName: "shop",
};
const env = [
  { name: "LAKEBASE_INSTANCE_NAME", value: "orders" },
  { name: "LAKEBASE_DATABASE_NAME", value: "shop" },
];
const problems = (content: unknown, given = binding) =>
  checkAppYaml("app.yaml", content, given).map(({ path, reason }) => `${path}: ${reason}`);

describe("a correct app.yaml", () => {
  it.each([
    [{ env }],
    [{ command: ["streamlit", "run", "app.py"], env }],
    [{ command: null, env: [...env, { name: "WAREHOUSE", valueFrom: "warehouse" }] }],
    [
      {
        env,
        resources: [
          { name: "lakebase", database: { instance: "orders" } },
          { name: "sql", sql_warehouse: {} },
        ],
      },
    ],
  ])("is taken: %j", (content) => {
    expect(problems(content)).toEqual([]);
  });

  it("is taken with the databases of resources that are not known", () => {
    const resources = [
      { name: "lakebase", database: { instance: "orders" } },
      { name: "archive", database: { instance: "old" } },
    ];
    const { otherKeys: _, ...unknown } = binding;
    expect(problems({ env, resources }, unknown)).toEqual([]);
    expect(problems({ env, resources: resources.slice(1) }, unknown)).toHaveLength(1);
  });

  it("is taken with any names while those of the binding are not known", () => {
    const other = env.map((item) => ({ ...item, value: "unknown" }));
    expect(problems({ env: [...other, { name: "A", valueFrom: "b" }] }, { resourceKey: "lakebase" })).toEqual(
      [],
    );
  });
});

describe("a wrong app.yaml", () => {
  it.each<[string, unknown, string[]]>([
    ["nothing", null, ["app.yaml: is not a mapping"]],
    [
      "a command as text",
      { command: "python app.py", env },
      ["app.yaml command: is not a list: no shell runs it"],
    ],
    ["a number in the command", { command: ["x", 8000], env }, ["app.yaml command: is not a list of texts"]],
    ["an empty command", { command: [], env }, ["app.yaml command: is not a list of texts"]],
    ["env as a mapping", { env: { LAKEBASE_INSTANCE_NAME: "orders" } }, ["app.yaml env: is not a list"]],
    [
      "neither name",
      {},
      ["app.yaml env LAKEBASE_INSTANCE_NAME: is missing", "app.yaml env LAKEBASE_DATABASE_NAME: is missing"],
    ],
    [
      "another instance and database",
      { env: env.map((item) => ({ ...item, value: "other" })) },
      [
        "app.yaml env LAKEBASE_INSTANCE_NAME: is not the instance that the app is bound to",
        "app.yaml env LAKEBASE_DATABASE_NAME: is not the database that the app is bound to",
      ],
    ],
    [
      "a host name for the instance's name",
      { env: [{ name: "LAKEBASE_INSTANCE_NAME", valueFrom: "lakebase" }, env[1]] },
      [
        "app.yaml env LAKEBASE_INSTANCE_NAME: comes from a resource, which stands for a host name and not for a name",
      ],
    ],
    [
      "an unknown resource",
      { env: [...env, { name: "X", valueFrom: "database" }] },
      ["app.yaml env X: comes from a resource that the app does not have"],
    ],
    ["a variable twice", { env: [...env, env[0]] }, ["app.yaml env LAKEBASE_INSTANCE_NAME: is set twice"]],
    ["no name", { env: [...env, { value: "x" }] }, ["app.yaml env[2]: has no name"]],
    ["no value", { env: [...env, { name: "X" }] }, ["app.yaml env X: has no value"]],
    [
      "two values",
      { env: [...env, { name: "X", value: "a", valueFrom: "warehouse" }] },
      ["app.yaml env X: has both value and valueFrom"],
    ],
    ["a number", { env: [...env, { name: "X", value: 1 }] }, ["app.yaml env X: is not a text"]],
    [
      "what the platform injects",
      { env: [...env, { name: "PGHOST", value: "h" }] },
      ["app.yaml env PGHOST: is set by the platform from the app's resources"],
    ],
    [
      "the key of another resource",
      { env, resources: [{ name: "db", database: { instance: "orders" } }] },
      ["app.yaml resources db: is not the key of the app's database"],
    ],
    [
      "another instance in resources",
      { env, resources: [{ name: "lakebase", database: { instance_name: "x", database_name: "y" } }] },
      [
        "app.yaml resources lakebase: names another instance than the app is bound to",
        "app.yaml resources lakebase: names another database than the app is bound to",
      ],
    ],
  ])("is refused: %s", (_what, content, expected) => {
    expect(problems(content)).toEqual(expected);
  });

  it("never shows a credential", () => {
    const found = checkAppYaml(
      "app.yaml",
      {
        env: [
          ...env,
          { name: "PGPASSWORD", value: "hunter2" },
          { name: "DATABRICKS_TOKEN", value: "hunter2" },
        ],
      },
      binding,
    );
    expect(found.map(({ path }) => path)).toEqual([
      "app.yaml env PGPASSWORD",
      "app.yaml env DATABRICKS_TOKEN",
    ]);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });
});
