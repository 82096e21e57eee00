// `pulumi-lakebase app-yaml`: printed, written, mended, checked.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { command } from "../support/command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lakebase-app-yaml-"));
  await writeFile(join(folder, "app.py"), "");
  await writeFile(join(folder, "requirements.txt"), "streamlit\n");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => command(["app-yaml", ".", ...args], { cwd: folder });
const file = () => readFile(join(folder, "app.yaml"), "utf8");
const text = `command: ["streamlit", "run", "app.py"]
env:
  - name: LAKEBASE_INSTANCE_NAME
    value: "orders"
  - name: LAKEBASE_DATABASE_NAME
    value: "databricks_postgres"
`;

describe("app-yaml", () => {
  it("prints what --write writes", async () => {
    expect(await run("--instance", "orders")).toEqual({ code: 0, out: text, err: "" });
    expect((await run("--instance", "orders", "--write")).out).toBe(`${join(folder, "app.yaml")}: written\n`);
    expect(await file()).toBe(text);
  });

  it("takes the names from the stack's output, and mends what is there", async () => {
    await writeFile(join(folder, "app.yaml"), "# ours\ncommand: [python, app.py]\n");
    const output = {
      schemaVersion: 1,
      instance: { name: "other" },
      endpoint: { readWriteDns: "h", sslMode: "verify-full" },
      database: { name: "shop" },
    };
    const stdin = JSON.stringify(output);
    const args = ["app-yaml", "--write", "--stack-output", "-"];
    expect((await command(args, { stdin, cwd: folder })).code).toBe(0);
    expect(await file()).toBe(`# ours
command: [python, app.py]
env:
  - name: LAKEBASE_INSTANCE_NAME
    value: "other"
  - name: LAKEBASE_DATABASE_NAME
    value: "shop"
`);
  });

  it("checks the whole folder", async () => {
    const before = await run("--instance", "orders", "--check");
    expect(before).toMatchObject({ code: 1, out: "" });
    expect(before.err).toMatch(/2 problems.*app.yaml: is missing.*requirements.txt: lists no/s);
    await writeFile(join(folder, "app.yaml"), text);
    await writeFile(join(folder, "requirements.txt"), "streamlit\npsycopg[binary]\n");
    expect(await run("--instance", "orders", "--check")).toMatchObject({ code: 0, err: "" });
    expect((await run("--instance", "other", "--check")).err).toMatch(/is not the instance/);
  });

  it("touches nothing that it cannot read", async () => {
    await writeFile(join(folder, "app.yaml"), "command: [\n");
    const { code, err } = await run("--instance", "orders", "--write");
    expect([code, err]).toEqual([1, expect.stringMatching(/app.yaml: is not YAML in line/)]);
    expect(await file()).toBe("command: [\n");
    const gone = await command(["app-yaml", "gone", "--instance", "orders"], { cwd: folder });
    expect(gone.err).toMatch(/sourceFolder: does not exist/);
  });
});
