// The fourth way: building the CLI and its Node language host from Go modules pinned in engine/go.
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { elapsed, failureOf, run } from "../support/index.ts";
import { keepInCache, type Recipe } from "./cache.ts";
import { findGo } from "./go-toolchain.ts";
import { executable } from "./on-path.ts";
import type { Outcome, Search } from "./types.ts";
import { GO_LANGUAGE_HOST, GO_PULUMI } from "./versions.ts";

const MODULES = path.join(import.meta.dirname, "go");
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** Where the language host itself goes: a launcher takes its place beside the CLI. */
const HOST_FOLDER = "language-host";

/** One program and the module that pins everything it is built from. */
const PROGRAMS = [
  {
    module: "language-host",
    title: `the Pulumi Node language host ${GO_LANGUAGE_HOST}`,
    expected: "half a minute the first time",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    binary: "pulumi-language-nodejs",
    folder: HOST_FOLDER,
    version: GO_LANGUAGE_HOST,
  },
  {
    module: "cli",
    title: `the Pulumi CLI ${GO_PULUMI}`,
    expected: "3 to 10 minutes the first time",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    binary: "pulumi",
    folder: "",
    version: GO_PULUMI,
  },
] as const;
type Program = (typeof PROGRAMS)[number];

// The CLI tells a language host the project's options by gRPC; this release knows them as flags only, and would load
// ts-node for every program in spite of `typescript: false`. Node runs the program's types itself.
const HOST_LAUNCHER = `#!/bin/sh
exec "\${0%/*}/${HOST_FOLDER}/pulumi-language-nodejs" -typescript=false "$@"
`;

/** What the build makes: it is made again when a pin or the launcher changes. */
export async function goRecipe(): Promise<Recipe> {
  const hash = createHash("sha256").update(HOST_LAUNCHER);
  for (const { module } of PROGRAMS)
    for (const file of ["go.mod", "go.sum"]) hash.update(await fs.readFile(path.join(MODULES, module, file)));
  return { version: GO_PULUMI, text: `go sha256:${hash.digest("hex")}` };
}

/** Builds the engine into the cache. An interrupted build goes on where it was, through Go's own build cache. */
export async function lookWithGo(search: Search): Promise<Outcome> {
  const toolchain = await findGo(search);
  if ("reason" in toolchain) return toolchain;
  try {
    const engine = await keepInCache(search.cacheDir, await goRecipe(), async (folder) => {
      for (const program of PROGRAMS) await build(toolchain.go, program, folder, search);
      const launcher = path.join(folder, "pulumi-language-nodejs");
      await fs.writeFile(launcher, HOST_LAUNCHER, { mode: 0o755 });
    });
    return { engine: { ...engine, source: "go" } };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

async function build(go: string, program: Program, folder: string, { env, progress }: Search): Promise<void> {
  const output = path.join(folder, program.folder, executable(program.binary));
  const flags = [
    "-mod=readonly",
    "-trimpath",
    "-v",
    "-ldflags",
    `-s -w -X ${VERSION_VARIABLE}=v${program.version}`,
  ];
  const began = Date.now();
  await progress.step(`building ${program.title} from Go modules (${program.expected})`, async (detail) => {
    const count = { downloaded: 0, compiled: 0 };
    const result = await run(go, ["build", ...flags, "-o", output, program.package], {
      cwd: path.join(MODULES, program.module),
      // Nothing outside the pins takes part: no workspace file around us, no other toolchain, no C compiler.
      env: { ...env, GOWORK: "off", GOTOOLCHAIN: "local", CGO_ENABLED: "0", GO111MODULE: "on", GOFLAGS: "" },
      onLine: (line) => {
        if (line.startsWith("go: downloading")) count.downloaded++;
        else count.compiled++;
        detail(`${count.downloaded} modules downloaded, ${count.compiled} packages compiled`);
      },
    });
    if (result.code !== 0)
      throw new Error(
        `${failureOf(`go build ${program.binary}`, result)} (after ${elapsed(Date.now() - began)})`,
      );
  });
}
