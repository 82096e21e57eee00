// Runs one of PostgreSQL's programs to its end, as the servers' user.
import { spawn } from "node:child_process";
import type { Binaries } from "./binaries.ts";
import { serverUser } from "./server-user.ts";

/** Runs a program with `input` on its standard input; resolves with exit code and everything it printed. */
export function runAsServerUser(
  binaries: Binaries,
  cwd: string,
  program: string,
  args: string[],
  input = "",
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: binaries.environment, ...serverUser() });
    let output = "";
    const collect = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    // A program that ends early closes its input; its exit code and output tell the reason.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("error", (error) => reject(new Error(`cannot run ${program}: ${error.message}`)));
    child.on("close", (code) => resolve({ code, output }));
  });
}
