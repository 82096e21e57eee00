// Starts the bare server that the REST API is compared with.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChildServer } from "./child-server.ts";

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
  const args = [JSON.stringify({ headers, body }), ...(durable ? [join(folder, "floor.db")] : [])];
  const server = await startChildServer("bare-server.ts", args);
  return {
    url: `http://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
