// Python environments of the examples: one each, with exactly what the example's requirements.txt names.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withLock } from "../../../tools/support/lock.ts";
import { exampleFolder } from "./folders.ts";

const run = promisify(execFile);

/** Kept between runs: only the first one, and a changed requirements.txt, install. */
const environments = fileURLToPath(new URL("../../../.cache/python-examples", import.meta.url));

/** The folder with the example's `python` and commands; a failure says what is missing. */
export async function preparePythonExample(example: string): Promise<string> {
  const requirements = join(exampleFolder(example), "requirements.txt");
  const wanted = await readFile(requirements, "utf8");
  const environment = join(environments, example);
  const isReady = async (): Promise<boolean> =>
    (await readFile(join(environment, "installed.txt"), "utf8").catch(() => undefined)) === wanted;
  if (!(await isReady())) {
    await withLock(
      `${environment}.lock`,
      () => {},
      async () => {
        if (await isReady()) return;
        await install(environment, requirements);
        // Last: an installation that was cut short is none.
        await writeFile(join(environment, "installed.txt"), wanted);
      },
    );
  }
  return join(environment, "bin");
}

async function install(environment: string, requirements: string): Promise<void> {
  const python = join(environment, "bin", "python");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  try {
    await run("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 11) and sys.version)"]);
    await run("python3", ["-m", "venv", "--clear", environment]);
    await run(python, pip);
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    const reason = code === "ENOENT" ? "python3 is not on the PATH" : stderr?.trim() || String(error);
    throw new Error(
      `this test needs python3 (3.11 or newer) with venv and pip (Debian: apt-get install python3 python3-venv; ` +
        `macOS: brew install python), and the packages of ${requirements}: ${reason}`,
    );
  }
}
