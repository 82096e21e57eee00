// Which databricks plugin the engine gets: the official one wherever it can be had, else the announced stand-in.
import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Engine } from "../../../tools/engine/index.ts";
import {
  type EnsurePluginOptions,
  ensureDatabricksPlugin,
  PluginNotAvailableError,
} from "../../../tools/plugin/index.ts";
import { createMachine, type Machine } from "../support/machine.ts";
import { closedSite, openSite } from "../support/site.ts";

const HOUR = 3_600_000;
const INSTALLS = `folder="$PULUMI_HOME/plugins/resource-databricks-v$5"; /bin/mkdir -p "$folder"
printf '#!/bin/sh\\necho official\\n' > "$folder/pulumi-resource-databricks"; /bin/chmod 755 "$folder/pulumi-resource-databricks"`;

let machine: Machine;
let home: string;
let lines: string[];
let now: number;
beforeEach(async () => {
  machine = await createMachine();
  home = path.join(machine.folder, "project", ".cache", "pulumi-home");
  lines = [];
  now = Date.now();
});
afterEach(() => machine[Symbol.asyncDispose]());

async function ensure(pulumiScript: string, site: string, more: Partial<EnsurePluginOptions> = {}) {
  const pulumi = await machine.command("pulumi", pulumiScript);
  const engine: Engine = { pulumi, path: [machine.bin], source: "path", version: "3.256.0" };
  return await ensureDatabricksPlugin({
    engine,
    home,
    allowStandIn: true,
    env: machine.env,
    log: (line) => lines.push(line),
    version: "1.2.3",
    now: () => now,
    sites: [site],
    ...more,
  });
}

test("the official plugin is installed once and then used in silence", async () => {
  await using site = await openSite();
  const plugin = await ensure(INSTALLS, site.url);
  expect(plugin).toEqual({
    kind: "official",
    version: "1.2.3",
    folder: path.join(home, "plugins/resource-databricks-v1.2.3"),
  });
  expect(String(execFileSync(path.join(plugin.folder, "pulumi-resource-databricks")))).toBe("official\n");
  lines = [];
  expect(await ensure("exit 1", await closedSite())).toEqual(plugin);
  expect(lines).toEqual([]);
  expect(await machine.calls()).toEqual(["pulumi plugin install resource databricks 1.2.3"]);
  expect((await fs.readdir(home)).filter((name) => name.startsWith(".installing"))).toEqual([]);
});

test("where no site answers, the stand-in is installed without an attempt and announced every time", async () => {
  for (let time = 1; time <= 2; time++) {
    lines = [];
    expect((await ensure(INSTALLS, await closedSite())).kind).toBe("stand-in");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /using the STAND-IN for the databricks plugin 1\.2\.3 .*127\.0\.0\.1:\d+ does not answer/,
    );
  }
  expect(await machine.calls()).toEqual([]);
});

test("an attempt that failed is not repeated for hours; then the official plugin takes the stand-in's place", async () => {
  await using site = await openSite();
  expect((await ensure("echo 'error: 404 HTTP error' >&2; exit 255", site.url)).kind).toBe("stand-in");
  expect(lines.at(-1)).toContain("404 HTTP error");
  now += 5 * HOUR;
  expect((await ensure(INSTALLS, site.url)).kind).toBe("stand-in");
  expect(await machine.calls()).toHaveLength(1);
  now += 2 * HOUR;
  const plugin = await ensure(INSTALLS, site.url);
  expect(plugin.kind).toBe("official");
  expect(await fs.readdir(plugin.folder)).toEqual(["pulumi-resource-databricks"]);
});

test("a home that others use gets no stand-in but an error with the fix", async () => {
  const attempt = ensure(INSTALLS, await closedSite(), { allowStandIn: false });
  await expect(attempt).rejects.toThrow(PluginNotAvailableError);
  await expect(attempt).rejects.toThrow(
    /unset PULUMI_HOME[\s\S]*pulumi plugin install resource databricks v1\.2\.3 --file/,
  );
  await expect(fs.access(path.join(home, "plugins"))).rejects.toThrow("ENOENT");
});

test("the stand-in runs the project's plugin with the project's Node, also through a linked folder of plugins", async () => {
  await ensure("exit 1", await closedSite());
  const project = path.join(machine.folder, "project");
  await machine.command("node", `echo "node runs $*"`, path.join(project, "node_modules", ".bin"));
  const elsewhere = path.join(machine.folder, "elsewhere");
  await fs.mkdir(elsewhere);
  await fs.symlink(path.join(home, "plugins"), path.join(elsewhere, "plugins"));
  const said = execFileSync(
    path.join(elsewhere, "plugins/resource-databricks-v1.2.3/pulumi-resource-databricks"),
    ["127.0.0.1:1"],
    { env: { PATH: "/usr/bin:/bin" } },
  );
  expect(String(said)).toBe(`node runs ${await fs.realpath(project)}/local/plugin/main.ts 127.0.0.1:1\n`);
});

test("an interrupted attempt is not remembered: the next run tries again", async () => {
  await using site = await openSite();
  const interruption = new AbortController();
  const log = () => interruption.abort();
  const { signal } = interruption;
  await expect(ensure("exit 130", site.url, { log, signal })).rejects.toThrow("This operation was aborted");
  expect((await ensure(INSTALLS, site.url)).kind).toBe("official");
});
