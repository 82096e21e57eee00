// Starts the bare server that the REST API is compared with.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("bare-server.ts", import.meta.url));
/** Written by the server itself. */
const ownHeaders = ["connection", "date", "keep-alive", "transfer-encoding"];

/** Starts it with the answer that another server gave; `durable` makes it write before it answers. */
export async function startFloor(
  answer: Buffer,
  { durable = false } = {},
): Promise<{ url: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "lakebase-bench-floor-"));
  const [head = "", body = ""] = answer.toString("utf8").split("\r\n\r\n");
  const headers = Object.fromEntries(
    head
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(": ") as [string, string])
      .filter(([name]) => !ownHeaders.includes(name.toLowerCase())),
  );
  const args = [program, JSON.stringify({ headers, body }), ...(durable ? [join(folder, "floor.db")] : [])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const abandon = (): void => void child.kill("SIGTERM");
  process.once("exit", abandon);
  const closed = once(child, "close").then(() => process.off("exit", abandon));
  const [port] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return {
    url: `http://127.0.0.1:${port.trim()}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
