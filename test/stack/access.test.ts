// LakebaseAccess with the real engine: granted, nothing to do, mended after drift, revoked, others untouched.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConnectionProblem } from "../../lakebase/connection/index.ts";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { mayDelete } from "../support/deletion-ledger.ts";
import { temporaryFolder } from "./support/folder.ts";
import { writeProgram } from "./support/program.ts";
import { runSql } from "./support/run-sql.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";

const accessType = "pulumi-nodejs:dynamic/lakebase:DatabaseAccess";
const permissionsType = "pulumi-nodejs:dynamic/lakebase:InstancePermissions";
const permissionsPath = "/api/2.0/permissions/database-instances/orders";

/** A program whose principals come from the configuration, and whose component may have another name. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { LakebaseAccess, LakebaseInstance } from "pulumi-lakebase";
const config = new pulumi.Config();
const stopped = config.getBoolean("stopped") ?? false;
const instance = new LakebaseInstance("orders", { name: "orders", stopped }, { protect: false });
const principals = config.getObject("principals");
const common = {
  instanceName: instance.name,
  instanceUid: instance.uid,
  stopped,
  port: config.requireNumber("port"),
  sslRootCert: config.require("sslRootCert"),
};
const name = config.get("accessName") ?? "orders";
export const access = principals === undefined ? undefined : new LakebaseAccess(name, { ...common, principals }).roles;
`;

interface Person {
  name: string;
  token: string;
}

describe("access", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalWorkspace;
  let stack: StackUnderTest;
  let ann: Person;
  let bob: Person;

  const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`${workspace.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${workspace.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    expect(response.status, String(answer.message)).toBe(200);
    return answer;
  };
  /** Runs SQL as somebody, in the way that an application does. */
  const query = async (sql: string, token = workspace.token): Promise<unknown[]> => {
    return (await runSql(workspace, "orders", sql, { credentials: { token } })).rows;
  };
  const refusal = (sql: string, token: string) =>
    query(sql, token).then(
      () => "let in",
      (error: Error & { code?: string }) =>
        error instanceof ConnectionProblem ? `${error.stage} ${error.code}` : String(error.code),
    );
  const declare = (principals: unknown) => stack.configure({ "lakebase:principals": principals });
  const typesOf = (steps: { op: string; type: string }[]) => steps.map(({ op, type }) => `${op} ${type}`);

  beforeAll(async () => {
    folder = await temporaryFolder();
    workspace = await startLocalWorkspace({ dataDir: join(folder.path, "workspace"), delays: 20 });
    await writeProgram(join(folder.path, "program"), program);
    stack = await startStack({
      workspace,
      config: {
        "lakebase:instanceName": undefined,
        "lakebase:protect": undefined,
        "lakebase:catalogName": undefined,
      },
      program: join(folder.path, "program"),
    });
    ann = (await call("POST", "/local/identities", {
      type: "user",
      name: "ann@example.com",
    })) as unknown as Person;
    bob = (await call("POST", "/local/identities", {
      type: "user",
      name: "bob@example.com",
    })) as unknown as Person;
    await stack.succeed("up");
    await query("CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2)");
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await workspace?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it("lets in who is declared, as far as declared, and nobody else", async () => {
    expect(await refusal("SELECT 1", ann.token)).toBe("credential PERMISSION_DENIED");
    await declare([{ name: "ann@example.com", type: "USER", grants: [{ preset: "reader" }] }]);
    const { steps } = await stack.succeed("up");
    expect(typesOf(steps)).toEqual(
      expect.arrayContaining([`create ${accessType}`, `create ${permissionsType}`]),
    );
    expect(await query("SELECT count(*)::int FROM orders", ann.token)).toEqual([{ count: 2 }]);
    expect(await refusal("DELETE FROM orders", ann.token)).toBe("42501");
    expect(await refusal("SELECT 1", bob.token)).toBe("credential PERMISSION_DENIED");
  });

  it("has nothing to do the second time, and finds no drift", async () => {
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("tells drift and mends it, and leaves what others did", async () => {
    await query(
      'REVOKE SELECT ON orders FROM "ann@example.com"; GRANT INSERT ON orders TO "ann@example.com"',
    );
    await call("PUT", permissionsPath, {
      access_control_list: [{ group_name: "ops", permission_level: "CAN_MANAGE" }],
    });
    const { steps, output } = await stack.succeed("up", "--refresh", "--diff");
    expect(typesOf(steps)).toEqual(
      expect.arrayContaining([`update ${accessType}`, `update ${permissionsType}`]),
    );
    expect(output).toContain("ann@example.com: lacks SELECT on table public.orders");
    expect(output).toContain("ann@example.com: does not have CAN_USE on the instance");
    expect(await query("SELECT count(*)::int FROM orders", ann.token)).toEqual([{ count: 2 }]);
    expect(JSON.stringify(await call("GET", permissionsPath))).toContain('"group_name":"ops"');
  });

  it("moved without an alias, nothing is lost", async () => {
    await stack.configure({ "lakebase:accessName": "moved" });
    const { steps } = await stack.succeed("up");
    expect(typesOf(steps)).toEqual(expect.arrayContaining([`create ${accessType}`, `delete ${accessType}`]));
    expect(await query("SELECT count(*)::int FROM orders", ann.token)).toEqual([{ count: 2 }]);
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("says at preview that a stopped instance takes no grants, and shows a mistake with its path", async () => {
    const principals = [{ name: "bob@example.com", type: "USER", grants: [{ preset: "writer" }] }];
    await declare([...principals, { name: "public", type: "GROUP" }]);
    const mistake = await stack.run("preview");
    expect(mistake.code).not.toBe(0);
    expect(mistake.output).toMatch(/principals\[1\]\.name: is reserved/);
    await declare(principals);
    await stack.configure({ "lakebase:stopped": true });
    const stopped = await stack.run("preview");
    expect(stopped.code).not.toBe(0);
    expect(stopped.output).toMatch(/cannot be changed while the instance is stopped.*set stopped to false/s);
    await stack.configure({ "lakebase:stopped": undefined });
  });

  it("a failure names the grant and the fix, changes nothing, and the next up tries again", async () => {
    const bobReads = (table: string) => [
      { name: "bob@example.com", type: "USER", grants: [{ tables: [table], preset: "reader" }] },
    ];
    await declare(bobReads("later"));
    const failed = await stack.run("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(
      /grants name what does not exist: table public\.later; to fix: create it first/,
    );
    expect(failed.output).not.toMatch(/\n\s+at /);
    await query("CREATE TABLE later (id int)");
    await stack.succeed("up");
    expect(await query("SELECT FROM later", bob.token)).toEqual([]);
    expect(await refusal("SELECT FROM orders", bob.token)).toBe("42501");
  });

  it("removed, takes back its own and only that, and a stopped instance blocks no destroy", async () => {
    await declare(undefined);
    await stack.succeed("up");
    expect(await refusal("SELECT 1", bob.token)).toBe("credential PERMISSION_DENIED");
    const roles = await query(
      "SELECT rolname::text AS name FROM pg_roles WHERE rolname LIKE '%@example.com' ORDER BY 1",
    );
    // Ann's was found by the moved component, so it is not its to drop; Bob's was made and is gone.
    expect(roles).toEqual([{ name: "ann@example.com" }, { name: "developer@example.com" }]);
    expect(JSON.stringify(await call("GET", permissionsPath))).toContain('"group_name":"ops"');
    await declare([{ name: "bob@example.com", type: "USER" }]);
    await stack.succeed("up");
    await call("PATCH", "/api/2.0/database/instances/orders?update_mask=stopped", {
      name: "orders",
      stopped: true,
    });
    await workspace.settled();
    mayDelete("orders");
    const { output } = await stack.succeed("destroy");
    expect(output).toContain(
      'instance "orders" is stopped: the grants on database "databricks_postgres" stay',
    );
  });

  it("leaves no token in state, events or output", async () => {
    const everything = `${await stack.state()}${await stack.logs()}${await stack.filesWritten()}`;
    for (const token of [workspace.token, ann.token, bob.token])
      expect(everything.includes(token)).toBe(false);
  });
});
