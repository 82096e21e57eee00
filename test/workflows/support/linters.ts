// The linters of the workflow files: actionlint from the Go module proxy, the others from PyPI.
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { findGo } from "../../../tools/engine/go-toolchain.ts";
import { CACHE_DIR } from "../../../tools/project.ts";
import { createProgress, withLock } from "../../../tools/support/index.ts";
import { preparePython } from "../../support/python.ts";

const run = promisify(execFile);
const actionlintVersion = "v1.7.12";

/** Commands of the linters. */
export interface Linters {
  readonly actionlint: string;
  readonly shellcheck: string;
  readonly yamllint: string;
  readonly checkJsonschema: string;
}

/** Finds them, and installs what is missing; kept between runs. */
export async function prepareLinters(): Promise<Linters> {
  const [python, actionlint] = await Promise.all([preparePython(), prepareActionlint()]);
  const command = (name: string) => path.join(path.dirname(python), name);
  return {
    actionlint,
    shellcheck: command("shellcheck"),
    yamllint: command("yamllint"),
    checkJsonschema: command("check-jsonschema"),
  };
}

async function prepareActionlint(): Promise<string> {
  const folder = path.join(CACHE_DIR, "linters", `actionlint-${actionlintVersion}`);
  const command = path.join(folder, "actionlint");
  const isThere = () =>
    access(command).then(
      () => true,
      () => false,
    );
  if (await isThere()) return command;
  await withLock(
    `${folder}.lock`,
    () => {},
    async () => {
      if (await isThere()) return;
      const go = await findGo({ env: process.env, cacheDir: CACHE_DIR, progress: createProgress() });
      if (!("go" in go)) throw new Error(`actionlint is built with Go: ${go.reason}`);
      const module = `github.com/rhysd/actionlint/cmd/actionlint@${actionlintVersion}`;
      await run(go.go, ["install", module], { env: { ...process.env, GOBIN: folder } });
    },
  );
  return command;
}

/** Runs a linter; what it finds is told, not thrown. */
export async function lint(command: string, args: readonly string[], input?: string): Promise<string> {
  const child = run(command, args);
  if (input !== undefined) child.child.stdin?.end(input);
  return await child.then(
    () => "",
    (error: { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}` || String(error),
  );
}
