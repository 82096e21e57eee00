// `pulumi-lakebase env`: the stack's exports from a file, from standard input and from the Pulumi CLI; mistakes.
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../support/command.ts";

const exports = {
  schemaVersion: 1,
  instance: { name: "orders", uid: "u", capacity: "CU_1", state: "AVAILABLE", stopped: false },
  endpoint: {
    readWriteDns: "instance-u.database.example.com",
    port: 5432,
    sslMode: "verify-full",
    sslRootCert: "/my certificates/ca.pem",
  },
  database: { name: "shop's" },
  workspace: { host: "https://dbc-1.example.com" },
};
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lakebase-env-"));
  await writeFile(join(folder, "output.json"), JSON.stringify(exports));
  await writeFile(
    join(folder, "pulumi"),
    `#!/bin/sh\necho "$@" >&2\n[ "$6" = "--stack" ] && cat output.json\n`,
  );
  await chmod(join(folder, "pulumi"), 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const expected = `export PGHOST=instance-u.database.example.com
export PGPORT=5432
export PGDATABASE='shop'\\''s'
export PGSSLMODE=verify-full
export PGSSLROOTCERT='/my certificates/ca.pem'
export LAKEBASE_INSTANCE_NAME=orders
export LAKEBASE_DATABASE_NAME='shop'\\''s'
export DATABRICKS_HOST=https://dbc-1.example.com
`;

describe("env", () => {
  it("reads a file, standard input, or asks the Pulumi CLI with the options after --", async () => {
    const shell = ["env", "--format", "shell"];
    const file = await command([...shell, "--stack-output", "output.json"], { cwd: folder });
    expect(file).toEqual({ code: 0, out: expected, err: "" });
    const stdin = await command([...shell, "--stack-output=-"], {
      stdin: JSON.stringify({ lakebase: exports }),
    });
    expect(stdin).toEqual(file);
    const asked = await command([...shell, "--pulumi", "./pulumi", "--", "--stack", "dev"], { cwd: folder });
    expect(asked).toEqual(file);
  });

  it("leaves out what the exports do not have, and adds a user that is given", async () => {
    const { host: _, ...workspace } = exports.workspace;
    const { sslRootCert: _file, ...endpoint } = exports.endpoint;
    const stdin = JSON.stringify({ ...exports, endpoint, workspace, database: { name: "shop" } });
    const { out } = await command(["env", "--user", "ann@example.com", "--stack-output", "-"], { stdin });
    expect(out).toBe(
      "PGHOST=instance-u.database.example.com\nPGPORT=5432\nPGDATABASE=shop\nPGUSER=ann@example.com\n" +
        "PGSSLMODE=verify-full\nLAKEBASE_INSTANCE_NAME=orders\nLAKEBASE_DATABASE_NAME=shop\n",
    );
  });

  it.each<[string[], string, string]>([
    [["--stack-output", "gone.json"], "", 'cannot read "gone.json": there is no such file'],
    [["--stack-output", "-"], "not JSON, dapi123", "the stack's output is not JSON"],
    [["--stack-output", "-"], "{}", "exports.schemaVersion: not a known version"],
    [["--stack-output", "-"], '{"schemaVersion":2}', "written by a newer pulumi-lakebase"],
    [["--stack-output", "-"], '{"schemaVersion":1}', "exports.instance.name: missing"],
    [["--pulumi", "./gone"], "", 'cannot run "./gone": it is not there'],
    [["--pulumi", "."], "", "env: spawn . EACCES; fix: "],
    [["--pulumi", "./pulumi"], "", "stack output lakebase --json --non-interactive; fix: run it where"],
    [["--format", "toml"], "", 'option --format cannot be "toml"; allowed: dotenv, shell, json, app.yaml'],
  ])("%j with %j ends with 1 and says why", async (args, stdin, message) => {
    const { code, out, err } = await command(["env", ...args], { stdin, cwd: folder });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
    expect(err).not.toContain("dapi123");
  });
});
