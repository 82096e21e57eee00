// LakebaseApp with the real engine: its source judged at preview, bound, granted, changed in place, removed.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAppYaml } from "../../lakebase/app-source/index.ts";
import { exportsSchema } from "../../lakebase/rules/exports-schema.ts";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { mayDelete } from "../support/deletion-ledger.ts";
import { temporaryFolder } from "./support/folder.ts";
import { writeProgram } from "./support/program.ts";
import { runSql } from "./support/run-sql.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";

const program = `
import * as pulumi from "@pulumi/pulumi";
import { LakebaseApp, LakebaseInstance, lakebaseExports } from "pulumi-lakebase";
const config = new pulumi.Config();
const sslRootCert = config.require("sslRootCert");
const port = config.requireNumber("port");
const instance = new LakebaseInstance("orders", { name: "orders", port }, { protect: false });
export const desk = config.getBoolean("withApp") === false ? undefined : new LakebaseApp("desk", {
  name: "order-desk",
  description: config.require("description"),
  instanceName: instance.name,
  instanceUid: instance.uid,
  sourceFolder: config.require("source"),
  grants: [{ schema: "public", preset: "reader" }],
  port,
  sslRootCert,
}).servicePrincipalClientId;
export const lakebase = lakebaseExports({ instance, databaseName: "databricks_postgres", sslRootCert });
`;

describe("an app", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalWorkspace;
  let stack: StackUnderTest;
  let source: string;
  let clientId: string;

  const call = async (path: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${workspace.apiUrl}${path}`, {
      headers: { authorization: `Bearer ${workspace.token}` },
    });
    return (await response.json()) as Record<string, unknown>;
  };
  let seen = 0;
  /** What was asked about apps since the last call. */
  const asked = async (): Promise<string[]> => {
    const { requests } = (await call("/local/requests")) as unknown as {
      requests: { seq: number; method: string; path: string; body?: object }[];
    };
    const news = requests.filter(({ seq }) => seq > seen);
    seen = requests.at(-1)?.seq ?? seen;
    return news
      .filter(({ method, path }) => method !== "GET" && path.startsWith("/api/2.0/apps"))
      .map(({ method, path, body }) => `${method} ${path} ${JSON.stringify(body ?? null)}`);
  };
  /** Runs SQL as the deployer, or as the app by what the platform gives to it. */
  const query = async (sql: string, asApp: boolean): Promise<unknown[]> => {
    const { environment = {} } = asApp ? await call("/local/apps/order-desk/environment") : {};
    const { DATABRICKS_CLIENT_ID: id, DATABRICKS_CLIENT_SECRET: secret } = environment as Record<
      string,
      string
    >;
    const credentials = asApp ? { clientId: id, clientSecret: secret } : { token: workspace.token };
    return (await runSql(workspace, "orders", sql, { credentials })).rows;
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    workspace = await startLocalWorkspace({ dataDir: join(folder.path, "workspace"), delays: 20 });
    await writeProgram(join(folder.path, "program"), program);
    source = join(folder.path, "source");
    await mkdir(source);
    await writeFile(join(source, "app.py"), "");
    await writeFile(join(source, "requirements.txt"), "streamlit\n");
    stack = await startStack({
      workspace,
      config: {
        "lakebase:instanceName": undefined,
        "lakebase:protect": undefined,
        "lakebase:catalogName": undefined,
        "lakebase:source": source,
        "lakebase:description": "one",
      },
      program: join(folder.path, "program"),
    });
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await workspace?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it("is not begun while its source is wrong: the preview says what to write", async () => {
    const { code, output } = await stack.run("preview");
    expect(code).not.toBe(0);
    expect(output).toContain('LakebaseApp "desk": 2 problems, nothing was sent to the workspace');
    expect(output).toContain("npx pulumi-lakebase app-yaml --write");
    expect(output).toContain("fix: add the line: psycopg[binary]");
    expect(output).not.toMatch(/\n\s+at .*(\.ts|\.js|node:)/);
    await writeFile(
      join(source, "app.yaml"),
      writeAppYaml({ instanceName: "orders", databaseName: "databricks_postgres" }),
    );
    await writeFile(join(source, "requirements.txt"), "streamlit\npsycopg[binary]\n");
  });

  it("is made, bound, and may read what it is granted", async () => {
    await stack.succeed("up");
    expect(await asked()).toEqual([
      'POST /api/2.0/apps {"description":"one","name":"order-desk","resources":[{"database":{"database_name":' +
        '"databricks_postgres","instance_name":"orders","permission":"CAN_CONNECT_AND_CREATE"},"name":"database"}]}',
    ]);
    const app = await call("/api/2.0/apps/order-desk");
    clientId = String(app.service_principal_client_id);
    await query("CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2)", false);
    expect(await query("SELECT current_user AS me, count(*)::int FROM orders", true)).toEqual([
      { me: clientId, count: 2 },
    ]);
    await expect(query("DELETE FROM orders", true)).rejects.toThrow(/permission denied for table orders/);
    await query("CREATE SCHEMA desk CREATE TABLE notes (id int)", true);
    expect(await stack.exports()).toSatisfy(new Ajv({ strict: true }).compile(exportsSchema));
  });

  it("has nothing to do the second time", async () => {
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("is changed in place: the same service principal, and its grants are not touched", async () => {
    await stack.configure({ "lakebase:description": "two" });
    const { steps } = await stack.succeed("up");
    expect(
      steps.filter(({ type }) => type !== "pulumi:pulumi:Stack").map(({ op, type }) => `${op} ${type}`),
    ).toEqual(["update databricks:index/app:App"]);
    expect(await asked()).toEqual([expect.stringMatching(/^PATCH \/api\/2.0\/apps\/order-desk .*"two"/)]);
    const app = await call("/api/2.0/apps/order-desk");
    expect(app).toMatchObject({ description: "two", service_principal_client_id: clientId });
    expect(await query("SELECT count(*)::int FROM orders", true)).toEqual([{ count: 2 }]);
  });

  it("is removed with its grants, and what it owned is the deployer's", async () => {
    await stack.configure({ "lakebase:withApp": false });
    await stack.succeed("up");
    expect(await asked()).toEqual(["DELETE /api/2.0/apps/order-desk? null"]);
    const owned = await query(
      `SELECT tableowner, has_table_privilege('${clientId}', 'orders', 'SELECT') AS reads
       FROM pg_tables WHERE schemaname = 'desk'`,
      false,
    );
    expect(owned).toEqual([{ tableowner: workspace.userName, reads: false }]);
    mayDelete("orders");
    await stack.succeed("destroy");
  });
});
