// Starts a server of the bench's own as a process, which prints its port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A server that serves; disposing of it ends its process. */
export interface ChildServer extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

/** Starts a program of this folder. */
export async function startChildServer(program: string, args: string[]): Promise<ChildServer> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const abandon = (): void => void child.kill("SIGTERM");
  process.once("exit", abandon);
  const closed = once(child, "close").then(() => process.off("exit", abandon));
  const [port] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return {
    pid: child.pid ?? 0,
    port: Number(port),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}
