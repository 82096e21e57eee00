// Clusters through the host: roles, data across stops, crashes and restarts, children, deletion, no orphans.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startPostgresHost } from "../../../local/postgres/index.ts";
import {
  clientConfig,
  eventually,
  isAlive,
  names,
  OWNER,
  serverPid,
  sql,
  startInstance,
  startTestHost,
  temporaryFolder,
  withClient,
} from "./support.ts";

describe("a new instance", () => {
  test("has the service's databases and roles, owned by its creator, who is no superuser", async () => {
    await using host = await startTestHost();
    await startInstance(host, "one");
    const { rows: databases } = await host.query(
      "one",
      "postgres",
      "SELECT datname, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE NOT datistemplate ORDER BY 1",
    );
    expect(databases).toEqual([
      { datname: "databricks_postgres", owner: OWNER },
      { datname: "postgres", owner: OWNER },
    ]);
    const { rows: roles } = await host.query(
      "one",
      "postgres",
      `SELECT rolsuper, rolcanlogin, rolcreatedb, rolcreaterole, pg_has_role(rolname, 'databricks_superuser', 'MEMBER') AS member
       FROM pg_roles WHERE rolname = $1`,
      [OWNER],
    );
    expect(roles).toEqual([
      { rolsuper: false, rolcanlogin: true, rolcreatedb: true, rolcreaterole: true, member: true },
    ]);
    expect(await sql(host, "one", "SELECT version()")).toMatch(/^PostgreSQL 16\./);
    expect(
      await sql(
        host,
        "one",
        "SELECT concat_ws(',', current_setting('server_encoding'), current_setting('TimeZone'))",
      ),
    ).toBe("UTF8,UTC");
    await sql(host, "one", "CREATE DATABASE another");
    await sql(host, "one", "CREATE ROLE colleague");
    await sql(host, "one", "CREATE TABLE t ()");
  });

  test.each(['O\'Brien "the" owner', "ümläut@example.com", `${"long-".repeat(20)}@example.com`])(
    "belongs to %j",
    async (owner) => {
      await using host = await startTestHost();
      await host.provision({ uid: "one", owner, ...names("one") });
      await host.start("one");
      const user = await withClient(clientConfig(host, "one", { user: owner }), (client) =>
        client.query<{ name: string }>("SELECT current_user AS name"),
      );
      expect(owner.startsWith(user.rows[0]!.name)).toBe(true);
    },
  );

  test("gives its owner no way to the server's files, programs or settings", async () => {
    await using host = await startTestHost();
    await startInstance(host, "one");
    for (const statement of [
      "COPY (SELECT 1) TO PROGRAM 'cat'",
      "SELECT pg_read_file('postmaster.pid')",
      "ALTER SYSTEM SET fsync = off",
      "ALTER ROLE databricks_control_plane PASSWORD 'x'",
      "SET ROLE databricks_control_plane",
    ]) {
      await expect(sql(host, "one", statement)).rejects.toMatchObject({ code: "42501" });
    }
  });
});

describe("power", () => {
  test("provision starts nothing, start and stop may be repeated, data stays", async () => {
    await using host = await startTestHost();
    await host.provision({ uid: "one", owner: OWNER, ...names("one") });
    expect(host.isRunning("one")).toBe(false);
    await expect(host.query("one", "postgres", "SELECT 1")).rejects.toThrow("is not running");
    await Promise.all([host.start("one"), host.start("one")]);
    expect(host.isRunning("one")).toBe(true);
    await sql(host, "one", "CREATE TABLE t AS SELECT 42 AS answer");
    await host.provision({ uid: "one", owner: OWNER, ...names("one") });
    await Promise.all([host.stop("one"), host.stop("one")]);
    expect(host.isRunning("one")).toBe(false);
    await host.start("one");
    expect(await sql(host, "one", "SELECT answer FROM t")).toBe(42);
  });

  test("three at once", async () => {
    await using host = await startTestHost();
    await Promise.all(["a", "b", "c"].map((uid) => startInstance(host, uid)));
    expect(await Promise.all(["a", "b", "c"].map((uid) => sql(host, uid, "SELECT 1")))).toEqual([1, 1, 1]);
  });

  test("a stop does not wait for a running statement", async () => {
    await using host = await startTestHost();
    await startInstance(host, "one");
    const sleep = host.query("one", "postgres", "SELECT pg_sleep(600)");
    const ended = expect(sleep).rejects.toMatchObject({ code: "57P01" });
    await eventually(async () => {
      const { rows } = await host.query(
        "one",
        "postgres",
        "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
      );
      return rows.length === 1;
    }, "the statement runs");
    await host.stop("one");
    await ended;
  });

  test("destroy deletes the data, and the uid may be used again", async () => {
    await using host = await startTestHost();
    await startInstance(host, "one");
    await sql(host, "one", "CREATE TABLE t ()");
    const pid = serverPid(host.dataDir, "one");
    await host.destroy("one");
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(join(host.dataDir, "postgres", "instances"))).toEqual([]);
    await expect(sql(host, "one", "SELECT 1")).rejects.toMatchObject({ code: "08004" });
    await startInstance(host, "one");
    expect(await sql(host, "one", "SELECT to_regclass('t')")).toBe(null);
  });

  test("what does not exist or cannot be a name is refused with the value", async () => {
    await using host = await startTestHost();
    await expect(Promise.resolve().then(() => host.start("none"))).rejects.toThrow('uid "none"');
    const odd = host.provision({ uid: "../up", owner: OWNER, ...names("x") });
    await expect(odd).rejects.toThrow('"../up" is not made of');
    const orphan = host.provision({ uid: "child", owner: OWNER, ...names("x"), cloneOf: "none" });
    await expect(orphan).rejects.toThrow('uid "none"');
    const own = host.provision({ uid: "x", owner: "databricks_control_plane", ...names("x") });
    await expect(own).rejects.toThrow("cannot own");
    expect(readdirSync(join(host.dataDir, "postgres", "instances"))).toEqual([]);
  });
});

describe("children", () => {
  test("of a running parent start from its present data and go their own way", async () => {
    await using host = await startTestHost();
    await startInstance(host, "parent");
    await sql(host, "parent", "CREATE TABLE t AS SELECT 1 AS i");
    await startInstance(host, "child", "parent");
    await sql(host, "child", "INSERT INTO t VALUES (2)");
    expect(await sql(host, "parent", "SELECT count(*)::int FROM t")).toBe(1);
    expect(await sql(host, "child", "SELECT count(*)::int FROM t")).toBe(2);
    const { rows } = await host.query(
      "parent",
      "postgres",
      "SELECT count(*)::int AS slots FROM pg_replication_slots WHERE slot_name <> 'history'",
    );
    expect(rows).toEqual([{ slots: 0 }]);
  });

  test("of a stopped parent too, and for another owner", async () => {
    await using host = await startTestHost();
    await startInstance(host, "parent");
    await sql(host, "parent", "CREATE TABLE t AS SELECT 1 AS i");
    await host.stop("parent");
    await host.provision({ uid: "child", owner: "other@example.com", ...names("child"), cloneOf: "parent" });
    await host.start("child");
    const config = clientConfig(host, "child", { user: "other@example.com" });
    const { rows } = await withClient(config, (client) => client.query("SELECT i FROM t"));
    expect(rows).toEqual([{ i: 1 }]);
  });

  test("are consistent while the parent is written to and its log is recycled", async () => {
    await using host = await startTestHost();
    await startInstance(host, "parent");
    // Each transaction keeps the sum at zero and the two tables in step.
    await sql(host, "parent", "CREATE TABLE a AS SELECT i, 0 AS v FROM generate_series(1, 2000) i");
    await sql(host, "parent", "CREATE TABLE b (n int, filler text)");
    let writing = true;
    const writer = withClient(clientConfig(host, "parent"), async (client) => {
      for (let n = 1; writing; n++) {
        await client.query("BEGIN");
        await client.query("UPDATE a SET v = v + CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END");
        await client.query(
          "INSERT INTO b SELECT $1, repeat(md5(i::text), 20) FROM generate_series(1, 100) i",
          [n],
        );
        await client.query("COMMIT");
      }
    });
    const checkpoints = (async () => {
      while (writing) await host.query("parent", "postgres", "CHECKPOINT");
    })();
    try {
      for (const child of ["c1", "c2", "c3"]) {
        await startInstance(host, child, "parent");
        expect(await sql(host, child, "SELECT sum(v)::int FROM a")).toBe(0);
        expect(await sql(host, child, "SELECT count(*) = 100 * coalesce(max(n), 0) FROM b")).toBe(true);
        expect(await sql(host, child, "SELECT (SELECT max(v) FROM a) = coalesce(max(n), 0) FROM b")).toBe(
          true,
        );
        await host.destroy(child);
      }
    } finally {
      writing = false;
      await Promise.all([writer, checkpoints]);
    }
  });

  test("a child cut off half-way is not mistaken for a whole one", async () => {
    using folder = temporaryFolder();
    const partial = join(folder.path, "postgres", "instances", "child.partial", "data");
    mkdirSync(partial, { recursive: true });
    await using host = await startTestHost({ dataDir: folder.path });
    expect(readdirSync(join(folder.path, "postgres", "instances"))).toEqual([]);
    await startInstance(host, "child");
    expect(await sql(host, "child", "SELECT 1")).toBe(1);
  });
});

describe("after a crash", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  test("of a server, committed data is there and the next client starts it again", async () => {
    await using host = await startTestHost();
    await startInstance(host, "one");
    await sql(host, "one", "CREATE TABLE t AS SELECT 7 AS i");
    const pid = serverPid(host.dataDir, "one");
    process.kill(pid, "SIGKILL");
    await eventually(() => !host.isRunning("one"), "the host notices");
    expect(await sql(host, "one", "SELECT i FROM t")).toBe(7);
    expect(host.isRunning("one")).toBe(true);
    expect(serverPid(host.dataDir, "one")).not.toBe(pid);
    expect(host.log.join("\n")).toContain("the server of instance one ended unexpectedly");
  });

  test("of a session, the server goes on", async () => {
    await using host = await startTestHost();
    await startInstance(host, "one");
    const pid = await sql(host, "one", "SELECT pg_backend_pid()");
    expect(pid).toEqual(expect.any(Number));
    const victim = withClient(clientConfig(host, "one"), async (client) => {
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      process.kill(rows[0]!.pid, "SIGKILL");
      await client.query("SELECT pg_sleep(600)");
    });
    await expect(victim).rejects.toThrow();
    await eventually(
      () =>
        sql(host, "one", "SELECT 1").then(
          () => true,
          () => false,
        ),
      "the server has recovered",
    );
  });

  /** A workspace in a process of its own, with one started instance. */
  async function workspaceProcess(dataDir: string): Promise<ChildProcess> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "workspace-process.ts"), dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout!, "data");
    return child;
  }

  test("of the workspace, the server ends by itself, and the next workspace has all the data", async () => {
    using folder = temporaryFolder();
    const child = await workspaceProcess(folder.path);
    const pid = serverPid(folder.path, "one");
    expect(isAlive(pid)).toBe(true);
    child.kill("SIGKILL");
    await eventually(() => !isAlive(pid), "the server ends");
    await using host = await startTestHost({ dataDir: folder.path });
    await startInstance(host, "one");
    expect(await sql(host, "one", "SELECT i FROM t")).toBe(1);
  });

  test("of the workspace together with the server's lifeline, the next workspace ends the orphan", async () => {
    using folder = temporaryFolder();
    const child = await workspaceProcess(folder.path);
    const pid = serverPid(folder.path, "one");
    for (const reader of lifelineReaders(pid)) process.kill(reader, "SIGKILL");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isAlive(pid)).toBe(true);
    await using host = await startTestHost({ dataDir: folder.path });
    expect(isAlive(pid)).toBe(false);
    await startInstance(host, "one");
    expect(await sql(host, "one", "SELECT i FROM t")).toBe(1);
  });

  test("a data folder serves one workspace at a time, and the error names the other", async () => {
    await using host = await startTestHost();
    await startInstance(host, "one");
    const second = startTestHost({ dataDir: host.dataDir });
    await expect(second).rejects.toThrow(`in use by the local workspace with process id ${process.pid}`);
    expect(await sql(host, "one", "SELECT 1")).toBe(1);
  });
});

describe("what is left", () => {
  test("after close: no server, no reader, no temporary folder, no lock", async () => {
    await using host = await startTestHost();
    await startInstance(host, "one");
    const pid = serverPid(host.dataDir, "one");
    const readers = lifelineReaders(pid);
    expect(readers).toHaveLength(1);
    await host.close();
    expect(isAlive(pid)).toBe(false);
    await eventually(() => !readers.some(isAlive), "the lifeline's reader ends");
    expect(readdirSync(join(host.dataDir, "postgres")).sort()).toEqual(["ca.crt", "ca.key", "instances"]);
    expect(statSync(join(host.dataDir, "postgres", "ca.key")).mode & 0o777).toBe(0o600);
  });

  test("after a start that failed: nothing that keeps a second one from it", async () => {
    await using host = await startTestHost();
    using folder = temporaryFolder();
    const options = {
      dataDir: folder.path,
      authenticate: async () => ({ ok: true }) as const,
      instancesOfToken: async () => [],
    };
    await expect(startPostgresHost({ ...options, port: host.port })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    const second = await startPostgresHost({ ...options, port: 0 });
    await second.close();
  });
});

/** The shells that wait for the workspace's end on behalf of the server: their text names its process id. */
function lifelineReaders(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== pid)
    .map(Number)
    .filter((candidate) => sessionOf(candidate) === pid && commandLine(candidate).includes("read -r"));
}

function sessionOf(pid: number): number {
  return Number(
    readProc(pid, "stat")
      .replace(/^.*\) /, "")
      .split(" ")[3],
  );
}

function commandLine(pid: number): string {
  return readProc(pid, "cmdline").replaceAll("\0", " ");
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
