// The engine's environment: defaults, what the user has set, the dev stack, isolation.
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import type { Engine } from "../../tools/engine/index.ts";
import { DEV_PASSPHRASE, engineEnvironment, isolatedEnvironment } from "../../tools/environment.ts";
import { PROJECT_DIR, PULUMI_HOME, STATE_DIR } from "../../tools/project.ts";
import type { ReadyWorkspace } from "../../tools/ready-file.ts";

const engine: Engine = {
  pulumi: "/engine/pulumi",
  path: ["/engine", "/host"],
  source: "cache",
  version: "3.256.0",
};
const workspace: ReadyWorkspace = {
  apiUrl: "http://127.0.0.1:1234",
  token: "dapi0123",
  userName: "me@example.com",
  postgresHost: "127.0.0.1",
  postgresPort: 5678,
  caFile: "/data/ca.pem",
  pid: 1,
};

test("home and state are the project's own, the engine and the project's commands come first on PATH", () => {
  const env = engineEnvironment({ engine, base: { PATH: "/usr/bin:/engine:/bin" } });
  expect(env).toMatchObject({
    PULUMI_HOME,
    PULUMI_BACKEND_URL: `file://${STATE_DIR}`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PATH: `/engine:/host:${path.join(PROJECT_DIR, "node_modules/.bin")}:/usr/bin:/bin`,
  });
  expect(env.NODE_COMPILE_CACHE).toContain(PROJECT_DIR);
});

test("what the user has set stays; what is set but empty does not count", () => {
  const base = { PATH: "", PULUMI_HOME: "/mine", PULUMI_BACKEND_URL: "s3://states", NODE_COMPILE_CACHE: "" };
  const env = engineEnvironment({ engine, stack: "dev", base });
  expect(env.PULUMI_HOME).toBe("/mine");
  expect(env.PULUMI_BACKEND_URL).toBe("s3://states");
  expect(env.NODE_COMPILE_CACHE).toContain(PROJECT_DIR);
  expect(env.PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
});

test("only the dev stack gets the public passphrase, whatever the shell has for other stacks", () => {
  const base = { PULUMI_CONFIG_PASSPHRASE: "of prod" };
  expect(engineEnvironment({ engine, stack: "dev", base }).PULUMI_CONFIG_PASSPHRASE).toBe(DEV_PASSPHRASE);
  expect(engineEnvironment({ engine, stack: "prod", base }).PULUMI_CONFIG_PASSPHRASE).toBe("of prod");
  expect(engineEnvironment({ engine, stack: "prod", base: {} }).PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
  expect(engineEnvironment({ engine, base: {} }).PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
});

test("the dev stack gets the local workspace, the port and the authority unless set", () => {
  const env = engineEnvironment({ engine, stack: "dev", workspace, base: { PGPORT: "9" } });
  expect(env).toMatchObject({
    DATABRICKS_HOST: "http://127.0.0.1:1234",
    DATABRICKS_TOKEN: "dapi0123",
    PGPORT: "9",
    PGSSLROOTCERT: "/data/ca.pem",
  });
});

test.each(["DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "DATABRICKS_CONFIG_PROFILE"])(
  "with the user's %s the local workspace's token is not handed out",
  (name) => {
    const env = engineEnvironment({ engine, stack: "dev", workspace, base: { [name]: "theirs" } });
    expect(Object.values(env)).not.toContain("dapi0123");
    expect(env[name]).toBe("theirs");
  },
);

test("another stack gets nothing of the local workspace", () => {
  const env = engineEnvironment({ engine, stack: "prod", workspace, base: {} });
  expect(Object.keys(env).filter((name) => /^(DATABRICKS|PG)/.test(name))).toEqual([]);
});

test("an isolated environment shares the plugins only, is deaf to the user's settings, and goes", async () => {
  const pluginsOf = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-home-"));
  try {
    await fs.mkdir(path.join(pluginsOf, "plugins", "resource-databricks-v1.0.0"), { recursive: true });
    const base = {
      PATH: "/bin",
      DATABRICKS_TOKEN: "theirs",
      PGHOST: "theirs",
      PULUMI_STACK: "theirs",
      PULUMI_HOME: "/theirs",
    };
    await using isolated = await isolatedEnvironment({ engine, stack: "dev", workspace, base, pluginsOf });
    const { env, folder } = isolated;
    expect(Object.values(env)).not.toContain("theirs");
    expect(env.PULUMI_HOME).toBe(path.join(folder, "home"));
    expect(env.PULUMI_BACKEND_URL).toBe(`file://${path.join(folder, "state")}`);
    expect(env.DATABRICKS_TOKEN).toBe("dapi0123");
    expect(await fs.readdir(path.join(folder, "home", "plugins"))).toEqual(["resource-databricks-v1.0.0"]);
    await isolated.dispose();
    await expect(fs.access(folder)).rejects.toThrow("ENOENT");
    expect(await fs.readdir(path.join(pluginsOf, "plugins"))).toHaveLength(1);
  } finally {
    await fs.rm(pluginsOf, { recursive: true, force: true });
  }
});
