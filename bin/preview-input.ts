// Where a review's preview comes from: a file, standard input, or a preview run for it.
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { CommandError, type Surroundings } from "./command.ts";

/** The preview's text, and the exit code of the preview where it was run here. */
export interface PreviewInput {
  readonly text: string;
  readonly exitCode: number;
}

/** Reads a file. */
export async function readInputFile(what: string, file: string, cwd: string): Promise<string> {
  try {
    return await fs.readFile(path.resolve(cwd, file), "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : code;
    throw new CommandError(
      `review: cannot read the ${what} "${file}": ${reason}; fix: give the path of a file`,
    );
  }
}

/** Reads standard input to its end. */
export async function readStandardInput({ stdin }: Surroundings): Promise<PreviewInput> {
  if (stdin.isTTY === true) {
    throw new CommandError(
      "review: there is no preview to read: standard input is a terminal\nfix: one of\n" +
        "  pulumi preview --json --show-sames | pulumi-lakebase review\n" +
        "  pulumi-lakebase review FILE\n" +
        "  pulumi-lakebase review --run -- --stack STACK",
    );
  }
  return { text: await text(stdin), exitCode: 0 };
}

/** Unchanged resources are for the picture; the halves of a replacement tell which comes first. */
const previewArguments = [
  "preview",
  "--json",
  "--show-sames",
  "--show-replacement-steps",
  "--non-interactive",
];

/** Runs `pulumi preview`; its messages go to standard error as they come. */
export async function runPreview(
  pulumi: string,
  args: readonly string[],
  { cwd, env, stderr }: Surroundings,
): Promise<PreviewInput> {
  // A stream of events is another form, which only a terminal program wants.
  const { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: _streaming, ...environment } = env;
  const child = spawn(pulumi, [...previewArguments, ...args], {
    cwd,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.setEncoding("utf8").on("data", stderr);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => reject(notStarted(pulumi, error)));
    child.once("close", (code) => resolve(code ?? 1));
  });
  const [output, exitCode] = await Promise.all([text(child.stdout), ended]);
  return { text: output, exitCode };
}

function notStarted(pulumi: string, error: NodeJS.ErrnoException): CommandError {
  const reason = error.code === "ENOENT" ? "it is not there" : error.message;
  return new CommandError(
    `review: cannot run "${pulumi}": ${reason}; fix: install the Pulumi CLI, name it with --pulumi, or pipe a preview in`,
  );
}
