// A machine made of a temporary folder: commands as small scripts on its own PATH, its own home and cache.
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A pretended machine; everything it has is in `folder`. */
export interface Machine extends AsyncDisposable {
  readonly folder: string;
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cacheDir: string;
  /** Puts a command on PATH; the script runs in /bin/sh. Every call adds a line to the log. */
  command(name: string, script: string, folder?: string): Promise<string>;
  /** The calls so far, one a line: name and arguments. */
  calls(): Promise<string[]>;
}

/** Makes a machine that has no command at all. */
export async function createMachine(): Promise<Machine> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-machine-"));
  const bin = path.join(folder, "bin");
  const log = path.join(folder, "calls");
  await fs.mkdir(bin);
  return {
    folder,
    bin,
    env: { PATH: bin, HOME: folder, XDG_CACHE_HOME: path.join(folder, "cache") },
    cacheDir: path.join(folder, "cache", "pulumi-lakebase", "engine"),
    async command(name, script, into = bin) {
      await fs.mkdir(into, { recursive: true });
      const file = path.join(into, name);
      await fs.writeFile(file, `#!/bin/sh\necho "${name} $*" >> "${log}"\n${script}\n`, { mode: 0o755 });
      return file;
    },
    calls: async () =>
      (await fs.readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
    [Symbol.asyncDispose]: () => fs.rm(folder, { recursive: true, force: true }),
  };
}

/** Waits until the condition holds. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`);
    await delay(20);
  }
}

/** A script for `go` that builds: writes an executable to the place after -o, after running `before`. */
export function workingGo(version = "1.26.1", before = ""): string {
  return `
if [ "$1" = version ]; then echo "go version go${version} linux/amd64"; exit 0; fi
${before}
while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
/bin/mkdir -p "\${out%/*}"; printf '#!/bin/sh\\necho "v3.256.0 $*"\\n' > "$out"; /bin/chmod 755 "$out"`;
}
