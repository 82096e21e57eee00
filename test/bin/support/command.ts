// Runs the command line in this process, with everything it says kept.
import { Readable } from "node:stream";
import { main } from "../../../bin/main.ts";

/** What a run said and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `pulumi-lakebase` with these arguments. */
export async function command(
  args: readonly string[],
  world: { stdin?: string | "terminal"; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Outcome> {
  const { stdin = "", env = process.env, cwd = process.cwd() } = world;
  const out: string[] = [];
  const err: string[] = [];
  const input = Object.assign(Readable.from(stdin === "terminal" ? [] : [stdin]), {
    isTTY: stdin === "terminal",
  });
  const code = await main(args, {
    stdin: input,
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    env,
    cwd,
  });
  return { code, out: out.join(""), err: err.join("") };
}
