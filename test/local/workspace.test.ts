// The whole workspace on real PostgreSQL: logins, restarts of the compute, clones, and the life of the process.

import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalWorkspaceError, startLocalWorkspace } from "../../local/workspace.ts";
import { login, mintCredential, runSql } from "./support/login.ts";
import { startRealWorkspace, type TestWorkspace } from "./support/workspace.ts";

const path = "/api/2.0/database/instances";

describe("instances", () => {
  let api: TestWorkspace;
  beforeAll(async () => {
    api = await startRealWorkspace();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  test("resize ends connections and keeps the data; stop refuses logins until the next start", async () => {
    await api.createInstance({ name: "orders", capacity: "CU_1" });
    await runSql(api, "orders", "CREATE TABLE t AS SELECT 42 AS answer");
    const open = await login(api, "orders");
    const ended = new Promise((end) => open.once("end", end));
    await api.call("PATCH", `${path}/orders`, { capacity: "CU_2" });
    await ended;
    await api.reach("orders", "AVAILABLE");
    const data = (): Promise<unknown> => runSql(api, "orders", "SELECT answer FROM t");
    expect(await data()).toEqual([{ answer: 42 }]);
    await api.call("PATCH", `${path}/orders`, { stopped: true });
    await api.reach("orders", "STOPPED");
    await expect(data()).rejects.toThrow();
    await api.call("PATCH", `${path}/orders`, { stopped: false });
    await api.reach("orders", "AVAILABLE");
    expect(await data()).toEqual([{ answer: 42 }]);
  });

  test("a clone has the parent's data and its own life", async () => {
    await api.createInstance({ name: "parent" });
    await runSql(api, "parent", "CREATE TABLE t AS SELECT 'before' AS word");
    const clone = await api.createInstance({ name: "clone", parent_instance_ref: { name: "parent" } });
    expect(clone.parent_instance_ref).toMatchObject({
      name: "parent",
      effective_lsn: expect.stringMatching(/^\w+\/\w+$/),
    });
    await runSql(api, "clone", "UPDATE t SET word = 'changed'");
    expect(await runSql(api, "parent", "SELECT word FROM t")).toEqual([{ word: "before" }]);
    await expect(
      runSql(api, "clone", "SELECT", { password: await mintCredential(api, "parent") }),
    ).rejects.toThrow('password authentication failed for user "developer@example.com"');
  });

  test("native login takes a role's own password where it is switched on, and nowhere else", async () => {
    await api.createInstance({ name: "native" });
    await runSql(
      api,
      "native",
      `CREATE ROLE app LOGIN PASSWORD 'pässword'; CREATE ROLE old LOGIN PASSWORD 'x' VALID UNTIL '2020-01-01';
       SET password_encryption = 'md5'; CREATE ROLE legacy LOGIN PASSWORD 'secret'; CREATE ROLE plain LOGIN`,
    );
    const tryAs = (user: string, password: string): Promise<unknown> =>
      runSql(api, "native", "SELECT current_user", { user, password }).catch((error) => error.code);
    expect(await tryAs("app", "pässword")).toBe("28P01");
    await api.call("PATCH", `${path}/native`, { enable_pg_native_login: true });
    await api.reach("native", "AVAILABLE");
    expect(await tryAs("app", "pässword")).toEqual([{ current_user: "app" }]);
    expect(await tryAs("legacy", "secret")).toEqual([{ current_user: "legacy" }]);
    for (const [user, password] of [
      ["app", "password"],
      ["app", "secret"],
      ["old", "x"],
      ["plain", ""],
      ["plain", "plain"],
      ["nobody", "x"],
    ] as const) {
      expect([user, await tryAs(user, password)]).toEqual([user, "28P01"]);
    }
    expect(await runSql(api, "native", "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("an expired credential opens nothing, and leaves open sessions alone", async () => {
    await api.createInstance({ name: "hourly" });
    const password = await mintCredential(api, "hourly");
    const session = await login(api, "hourly", { password });
    await api.call("POST", "/local/clock", { advance_seconds: 3601 });
    await expect(login(api, "hourly", { password })).rejects.toMatchObject({ code: "28P01" });
    expect((await session.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await session.end();
    expect(api.lines.join("\n")).toMatch(/refused: the token expired at/);
  });
});

describe("data directory and ports", () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "workspace-"));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  test("serve one workspace at a time, and say who has it", async () => {
    await using first = await startLocalWorkspace({ dataDir });
    const second = startLocalWorkspace({ dataDir });
    await expect(second).rejects.toThrow(LocalWorkspaceError);
    await expect(second).rejects.toThrow(
      `is in use by another local workspace (process ${process.pid}, ${first.apiUrl}); stop that one`,
    );
  });

  test("belong to one user", async () => {
    await expect(startLocalWorkspace({ dataDir, user: "other@example.com" })).rejects.toThrow(
      /belongs to the user developer@example.com, not other@example.com/,
    );
    await using again = await startLocalWorkspace({ dataDir, user: "developer@example.com" });
    expect(again.userName).toBe("developer@example.com");
  });

  test.each([
    ["token", "programs that use the old token need the new one"],
    ["service-principal.json", "the service principal is another one"],
    ["signing-key.json", "tokens minted before are refused"],
  ])("whose file %s is empty say how to get another", async (name, lost) => {
    const file = join(dataDir, name);
    await writeFile(file, "");
    const start = startLocalWorkspace({ dataDir });
    await expect(start).rejects.toThrow(LocalWorkspaceError);
    await expect(start).rejects.toThrow(
      new RegExp(
        `the file ${file} cannot be read .*delete it: the next start makes another one, and ${lost}`,
      ),
    );
    await rm(file);
    await using _works = await startLocalWorkspace({ dataDir });
    expect((await stat(file)).size).toBeGreaterThan(0);
  });

  test.each(["port", "postgresPort"] as const)(
    "say which %s is in use and how to take another",
    async (option) => {
      const blocker = createServer().listen(0, "127.0.0.1");
      await once(blocker, "listening");
      const { port } = blocker.address() as { port: number };
      const flag = option === "port" ? "--port" : "--postgres-port";
      try {
        await expect(startLocalWorkspace({ dataDir, [option]: port })).rejects.toThrow(
          new RegExp(`port ${port} on 127.0.0.1 is in use; .* ${flag} `),
        );
      } finally {
        blocker.close();
      }
      // The failed start let go of everything.
      await using works = await startLocalWorkspace({ dataDir });
      expect(works.apiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    },
  );
});
