// Runs a command in this terminal's foreground: it gets input, output and signals, and its end is our end.
import { spawn } from "node:child_process";
import os from "node:os";

/** Runs the command to its end and gives the exit code a shell would give. */
export function runInForeground(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: "inherit" });
    // The terminal sends Ctrl-C to both; the child decides how to end. What comes to us alone is passed on.
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    const interrupt = isOnTerminal() ? () => {} : pass;
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", pass);
    process.on("SIGHUP", pass);
    const release = () => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", pass);
      process.off("SIGHUP", pass);
    };
    child.once("error", (error) => {
      release();
      reject(error);
    });
    child.once("close", (code, signal) => {
      release();
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
    });
  });
}

// Any of the three: with input from elsewhere, a second SIGINT would tell Pulumi to end at once and leave things behind.
function isOnTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
}
