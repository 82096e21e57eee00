// The fourth way: building the CLI from Go modules pinned in engine/go; the Node language host is the project's own.
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { elapsed, failureOf, run } from "../support/index.ts";
import { keepInCache, type Recipe } from "./cache.ts";
import { findGo } from "./go-toolchain.ts";
import { executable } from "./on-path.ts";
import type { Outcome, Search } from "./types.ts";
import { GO_PULUMI } from "./versions.ts";

const MODULE = path.join(import.meta.dirname, "go", "cli");
const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
// Nothing outside the pins takes part: no workspace file around us, no other toolchain, no C compiler.
const ISOLATION = { GOWORK: "off", GOTOOLCHAIN: "local", CGO_ENABLED: "0", GO111MODULE: "on", GOFLAGS: "" };
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

// The official Node language host is not to be had as a current Go module, so the project's own stands beside the CLI.
// The cache serves every checkout; the one that runs the engine is named by its environment, or is where it runs.
const HOST_LAUNCHER = `#!/bin/sh
project=\${PULUMI_LAKEBASE_PROJECT:-$PWD}
host="$project/tools/language-host/main.ts"
if [ ! -f "$host" ]; then
  echo "this Pulumi engine belongs to pulumi-lakebase: run it with 'npm run pulumi' there, or install the official CLI" >&2
  exit 1
fi
exec node "$host" "$@"
`;

/** What the build makes: it is made again when a pin or the launcher changes. */
export async function goRecipe(): Promise<Recipe> {
  const hash = createHash("sha256").update(HOST_LAUNCHER);
  for (const file of ["go.mod", "go.sum"]) hash.update(await fs.readFile(path.join(MODULE, file)));
  return { version: GO_PULUMI, text: `go sha256:${hash.digest("hex")}` };
}

/** Builds the engine into the cache. An interrupted build goes on where it was, through Go's own build cache. */
export async function lookWithGo(search: Search): Promise<Outcome> {
  const toolchain = await findGo(search);
  if ("reason" in toolchain) return toolchain;
  try {
    const engine = await keepInCache(search.cacheDir, await goRecipe(), async (folder) => {
      await build(toolchain.go, path.join(folder, executable("pulumi")), search);
      await fs.writeFile(path.join(folder, "pulumi-language-nodejs"), HOST_LAUNCHER, { mode: 0o755 });
    });
    return { engine: { ...engine, source: "go" } };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

async function build(go: string, output: string, { env, progress }: Search): Promise<void> {
  const flags = [
    "-mod=readonly",
    "-trimpath",
    "-v",
    "-ldflags",
    `-s -w -X ${VERSION_VARIABLE}=v${GO_PULUMI}`,
  ];
  const began = Date.now();
  const title = `building the Pulumi CLI ${GO_PULUMI} from Go modules (3 to 10 minutes the first time)`;
  await progress.step(title, async (detail) => {
    const count = { downloaded: 0, compiled: 0 };
    const result = await run(go, ["build", ...flags, "-o", output, PACKAGE], {
      cwd: MODULE,
      // Its temporary files go with the unfinished folder, also when Go is ended before it removes them itself.
      env: { ...env, ...ISOLATION, GOTMPDIR: path.dirname(output) },
      onLine: (line) => {
        if (line.startsWith("go: downloading")) count.downloaded++;
        else count.compiled++;
        detail(`${count.downloaded} modules downloaded, ${count.compiled} packages compiled`);
      },
    });
    if (result.code !== 0)
      throw new Error(`${failureOf("go build pulumi", result)} (after ${elapsed(Date.now() - began)})`);
  });
}
