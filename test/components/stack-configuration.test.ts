// The stack's configuration: every mistake of all keys, each with the command that mends it.
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { readStackConfiguration } from "../../components/stack-configuration.ts";

const complete = {
  instanceName: "orders",
  capacity: "CU_1",
  stopped: "false",
  nodeCount: "1",
  enableReadableSecondaries: "false",
  retentionWindowInDays: "7",
  customTags: "{}",
  protect: "true",
  databaseName: "databricks_postgres",
  catalogName: "",
  syncedTables: "[]",
  refreshSchedules: "{}",
  port: "5432",
  sslRootCert: "",
  verificationTrigger: "",
  adoptExisting: "false",
  allowReplacementOf: "",
};

async function read(changes: Record<string, string> = {}) {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
    "lakebase",
    "dev",
  );
  const values = Object.entries({ ...complete, ...changes });
  pulumi.runtime.setAllConfig(Object.fromEntries(values.map(([key, value]) => [`lakebase:${key}`, value])));
  return readStackConfiguration(new pulumi.Config("lakebase"));
}

const table = { name: "app.public.orders", source: "main.gold.orders", primaryKey: ["id"] };

describe("the stack's configuration", () => {
  it("is read with its types", async () => {
    expect(await read({ nodeCount: "2", syncedTables: JSON.stringify([table]) })).toMatchObject({
      instanceName: "orders",
      stopped: false,
      nodeCount: 2,
      syncedTables: [table],
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      "a key",
      { capacity: "CU_3" },
      ["- lakebase:capacity: is not", "set it with: pulumi config set lakebase:capacity …"],
    ],
    [
      "a member, which is set by its path",
      { syncedTables: JSON.stringify([{ ...table, source: "orders" }]) },
      [
        "- lakebase:syncedTables[0].source: is not",
        "set it with: pulumi config set --path 'lakebase:syncedTables[0].source' …",
      ],
    ],
    [
      "a name within a key",
      { refreshSchedules: JSON.stringify({ "triggered-1": { cron: "0 0 3 * * ?" } }) },
      ["set it with: pulumi config set --path 'lakebase:refreshSchedules.triggered-1' …"],
    ],
    [
      "several tables together, which no key stands for",
      {
        syncedTables: JSON.stringify([
          { ...table, pipeline: "own" },
          { ...table, name: "app.public.shops", policy: "TRIGGERED", pipeline: "own" },
        ]),
      },
      [
        '- pipeline "own": has tables of 2 policies',
        "fix: give the tables of each policy a pipeline of their own",
      ],
    ],
  ])("tells a mistake in %s", async (_what, changes, texts) => {
    const error = await read(changes).then(
      () => expect.unreachable("it was taken"),
      (thrown: Error) => thrown,
    );
    expect(error.message).toContain('configuration of stack "dev": 1 problem');
    for (const text of texts) expect(error.message).toContain(text);
    if (texts.every((text) => !text.includes("set it with")))
      expect(error.message).not.toContain("config set");
  });
});
