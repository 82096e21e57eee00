// A lakehouse folder of a test, written by the deltalake package in a Python process that takes commands.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { preparePython } from "../../../support/python.ts";

/** A command of lakehouse.py without its table's path. */
export type Command = { do: string } & Record<string, unknown>;

/** A lakehouse folder with its writer. */
export interface TestLakehouse extends AsyncDisposable {
  dir: string;
  /** Runs a command on a table and returns its answer. */
  run(table: string, command: Command): Promise<Record<string, unknown>>;
}

const program = fileURLToPath(new URL("lakehouse.py", import.meta.url));

/** Starts the writer on an empty folder. */
export async function startLakehouse(): Promise<TestLakehouse> {
  const python = await preparePython();
  const dir = await mkdtemp(join(tmpdir(), "lakehouse-"));
  const child = spawn(python, [program], { stdio: "pipe" });
  const answers = answersOf(child);
  return {
    dir,
    async run(table, command) {
      const path = join(dir, ...table.split("."));
      child.stdin.write(`${JSON.stringify({ ...command, path })}\n`);
      const answer = await answers();
      if (typeof answer.error === "string") throw new Error(`${command.do} ${table}: ${answer.error}`);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "close");
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The lines of the process's output in order; its end fails the one that is waited for. */
function answersOf(child: ChildProcessWithoutNullStreams): () => Promise<Record<string, unknown>> {
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`lakehouse.py ended: ${errors}`);
    return JSON.parse(value) as Record<string, unknown>;
  };
}
