// Users' mistakes with the real engine: clear, all at once, early, and nothing is sent or lost.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mayDelete } from "../support/deletion-ledger.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";

const projectRoot = join(import.meta.dirname, "../..");
const stackTrace = /\n\s+at .*(\.ts|\.js|node:)/;

/** Where nothing listens: a port that was free a moment ago. */
async function unusedAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

describe("a stack with mistakes", () => {
  let stack: StackUnderTest;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  const good = {
    "lakebase:instanceName": "orders",
    "lakebase:capacity": "CU_1",
    "lakebase:nodeCount": 1,
    "lakebase:enableReadableSecondaries": false,
    "lakebase:retentionWindowInDays": 7,
    "lakebase:customTags": {},
    "lakebase:databaseName": "databricks_postgres",
    "lakebase:catalogName": "operational",
    "lakebase:protect": false,
  };

  it("hears of every mistake in its configuration at once, and nothing is sent", async () => {
    await stack.configure({
      "lakebase:instanceName": "my_orders",
      "lakebase:capacity": "CU_3",
      "lakebase:nodeCount": 4,
      "lakebase:retentionWindowInDays": 36,
      "lakebase:customTags": { version: 2 },
      "lakebase:databaseName": "template1",
      "lakebase:catalogName": "analytics.gold",
    });
    for (const command of ["preview", "up"]) {
      const { code, output } = await stack.run(command);
      expect(code).not.toBe(0);
      expect(output).toContain(
        'configuration of stack "test": 7 problems, nothing was sent to the workspace',
      );
      for (const key of [
        "instanceName",
        "capacity",
        "nodeCount",
        "retentionWindowInDays",
        "customTags.version",
        "databaseName",
        "catalogName",
      ]) {
        expect(output).toContain(`- lakebase:${key}: `);
      }
      expect(output).toContain('fix: use "CU_4"; set it with: pulumi config set lakebase:capacity');
      expect(output).not.toMatch(stackTrace);
    }
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("hears that no workspace answers within seconds, where, and what to do", async () => {
    const { apiUrl } = stack.workspace;
    const address = await unusedAddress();
    await stack.configure({ ...good, "databricks:host": address });
    const { code, output } = await stack.run("preview");
    expect(code).not.toBe(0);
    expect(output).toContain(`no workspace answers at ${address}: connection refused`);
    expect(output).toContain("npm run local");
    expect(output).not.toMatch(stackTrace);
    await stack.configure({ "databricks:host": apiUrl });
  });

  it("hears which setting of a component is wrong when the value comes from another resource", async () => {
    const program = join(stack.folder, "program");
    await stack.makeProgram(
      program,
      `import * as pulumi from "@pulumi/pulumi";
       import { LakebaseInstance } from ${JSON.stringify(join(projectRoot, "components/index.ts"))};
       new LakebaseInstance("db", { name: "orders", capacity: pulumi.output(Promise.resolve("CU_3")) });`,
    );
    await using other = await startStack({ workspace: stack.workspace, program });
    const { code, output } = await other.run("up");
    expect(code).not.toBe(0);
    expect(output).toContain('LakebaseInstance "db": 1 problem');
    expect(output).toContain('fix: use "CU_4"');
    expect(output).not.toMatch(stackTrace);
    expect(await other.changesAsked()).toEqual([]);
  });

  it("may have components of one name, as Pulumi does where they have different parents", async () => {
    const program = join(stack.folder, "namesakes");
    await stack.makeProgram(
      program,
      `import * as pulumi from "@pulumi/pulumi";
       import { LakebaseInstance } from ${JSON.stringify(join(projectRoot, "components/index.ts"))};
       for (const team of ["one", "two"]) {
         const parent = new pulumi.ComponentResource("shop:index:" + team, team);
         new LakebaseInstance("db", { name: team }, { parent });
       }`,
    );
    await using other = await startStack({ workspace: stack.workspace, program });
    const { steps } = await other.succeed("preview");
    expect(steps.filter(({ type }) => type.endsWith(":DatabaseInstance"))).toHaveLength(2);
  });

  it("can preview offline, without a host and without credentials", async () => {
    await using offline = await startStack({
      workspace: stack.workspace,
      config: { ...good, "databricks:host": undefined },
      credentials: false,
    });
    const { steps, output } = await offline.succeed("preview");
    expect(steps.map(({ op }) => op)).toEqual(Array(10).fill("create"));
    expect(output).toMatch(/name *: "orders"/);
    expect(await offline.changesAsked()).toEqual([]);
  });

  it("does not lose a protected instance by a rename, a removal or a destroy", async () => {
    await stack.configure({ ...good, "lakebase:protect": true });
    await stack.succeed("up");
    await stack.changesAsked();

    await stack.configure({ "lakebase:instanceName": "renamed" });
    for (const command of ["preview", "up"]) {
      const { code, output } = await stack.run(command);
      expect(code).not.toBe(0);
      expect(output).toContain('this change replaces instance "orders"');
    }
    await stack.configure({ "lakebase:instanceName": "orders" });
    const destroyed = await stack.run("destroy");
    expect(destroyed.code).not.toBe(0);
    expect(destroyed.output).toMatch(/protect/);
    expect((await stack.changesAsked()).filter((line) => line.includes("/instances"))).toEqual([]);
  });

  it("replaces an unprotected instance only when its loss is allowed by name, and shows that before", async () => {
    await stack.configure({ ...good, "lakebase:protect": false });
    await stack.succeed("up");
    await stack.configure({ "lakebase:instanceName": "renamed" });
    await stack.changesAsked();
    for (const command of ["preview", "up"]) {
      const { code, output } = await stack.run(command);
      expect(code).not.toBe(0);
      expect(output).toContain('this change replaces instance "orders" by "renamed"');
      expect(output).not.toMatch(stackTrace);
    }
    expect((await stack.changesAsked()).filter((line) => line.startsWith("DELETE"))).toEqual([]);
    mayDelete("orders");
    await stack.configure({ "lakebase:allowReplacementOf": "orders" });
    const { steps } = await stack.succeed("preview");
    expect(
      steps
        .filter(({ op }) => op === "replace")
        .map(({ type }) => type)
        .sort(),
    ).toEqual([
      "databricks:index/databaseDatabaseCatalog:DatabaseDatabaseCatalog",
      "databricks:index/databaseInstance:DatabaseInstance",
    ]);
    await stack.succeed("up");
    expect((await stack.exports()).instance.name).toBe("renamed");
    await stack.succeed("up", "--expect-no-changes");
  });

  it("hears of a failed verification by stage and fix, and the next `up` tries again and converges", async () => {
    await writeFile(join(stack.folder, "empty.crt"), "");
    const { caFile } = stack.workspace;
    await stack.configure({ "lakebase:sslRootCert": join(stack.folder, "empty.crt") });
    const failed = await stack.run("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/stage tls/);
    expect(failed.output).not.toMatch(stackTrace);
    // Nothing changes in the program but the mistake itself is mended: the recorded failure is tried again.
    await stack.configure({ "lakebase:sslRootCert": caFile });
    await stack.succeed("up");
    expect((await stack.exports()).verification?.outcome).toBe("verified");
    await stack.succeed("up", "--expect-no-changes");
    mayDelete("renamed");
    await stack.succeed("destroy");
  });
});
