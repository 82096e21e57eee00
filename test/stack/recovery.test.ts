// The workspace is killed in the middle of a deployment: nothing acknowledged is lost, no server is left over, and
// the next deployments converge, with the way in told where a person has to decide.
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalProcess, startLocalProcess } from "../local/support/process.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";

describe("a workspace that dies in the middle of an `up`", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalProcess;
  let stack: StackUnderTest;

  beforeAll(async () => {
    folder = await temporaryFolder();
    // Slow enough that the deployment waits for the instance when the workspace is killed.
    workspace = await startLocalProcess(folder.path, ["--delays", "3000"]);
    // The provider gives up soon after the workspace is gone; with the project's own setting it would take a minute.
    stack = await startStack({ workspace: workspace.ready, config: { "databricks:retryTimeoutSeconds": 5 } });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await workspace?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("leaves no PostgreSQL process, and remembers the instance that it had acknowledged", async () => {
    const up = stack.run("up");
    await expect
      .poll(async () => (await workspace.call("GET", "/api/2.0/database/instances/orders")).status, {
        timeout: 60_000,
        interval: 50,
      })
      .toBe(200);
    const before = await workspace.call("GET", "/api/2.0/database/instances/orders");
    await workspace.kill();
    const { code, output } = await up;
    expect(code, output).not.toBe(0);
    await expect.poll(() => serversOf(folder.path), { timeout: 60_000 }).toEqual([]);

    const { apiUrl, postgresPort } = workspace.ready;
    workspace = await startLocalProcess(folder.path, [
      "--delays",
      "20",
      "--port",
      new URL(apiUrl).port,
      "--postgres-port",
      String(postgresPort),
    ]);
    await workspace.reach("orders", "AVAILABLE");
    const after = await workspace.call("GET", "/api/2.0/database/instances/orders");
    expect(after.body).toMatchObject({
      uid: before.body.uid,
      creation_time: before.body.creation_time,
      capacity: "CU_1",
    });
  });

  it("is told by the next `up`, which names the instance and how to bring it in", async () => {
    const { code, output } = await stack.run("up");
    expect(code).not.toBe(0);
    expect(output).toContain('instance "orders" exists in the workspace, and this stack does not have it');
    expect(output).toContain("pulumi up -c lakebase:adoptExisting=true");
  });

  it("converges with that, and has nothing more to do", async () => {
    await stack.configure({ "lakebase:adoptExisting": true });
    const { steps } = await stack.succeed("up");
    expect(steps).toContainEqual(
      expect.objectContaining({ op: "import", type: "databricks:index/databaseInstance:DatabaseInstance" }),
    );
    await stack.configure({ "lakebase:adoptExisting": false });
    await stack.succeed("up", "--expect-no-changes");
    expect((await stack.exports()).verification?.outcome).toBe("verified");
  });
});

/** The PostgreSQL servers whose data lies under the folder, by their working directory or arguments. */
function serversOf(folder: string): string[] {
  const processes = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  const servers = processes.filter((line) => /bin\/postgres\b/.test(line));
  return servers.filter((line) => line.includes(folder) || workingDirectory(line).startsWith(folder));
}

function workingDirectory(line: string): string {
  try {
    return execFileSync("readlink", [`/proc/${line.trim().split(" ")[0]}/cwd`], { encoding: "utf8" });
  } catch {
    return "";
  }
}
