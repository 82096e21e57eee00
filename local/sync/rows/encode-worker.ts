// The thread that reads and encodes large files, so that the workspace keeps answering meanwhile.
import { parentPort } from "node:worker_threads";
import { SyncError } from "../sync-error.ts";
import { type EncodedWindow, type EncodeJob, encodeFile } from "./encode.ts";
import { MissingFileError } from "./parquet-file.ts";

/** To the thread: a job, then one `next` for each window that there is room for. */
export type Request = { job: EncodeJob } | { next: true };

/** From the thread. */
export type Reply =
  | { window: EncodedWindow }
  | { done: true }
  | { failed: { message: string; kind: "missing file" | "sync" | "other" } };

const port = parentPort;
if (!port) throw new Error("encode-worker.ts runs as a worker thread");

let wake: (() => void) | undefined;
let room = 0;

port.on("message", (request: Request) => {
  if ("job" in request) void run(request.job);
  else {
    room++;
    wake?.();
  }
});

async function run(job: EncodeJob): Promise<void> {
  try {
    for await (const window of encodeFile(job)) {
      while (room === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      room--;
      send({ window }, [window.bytes.buffer]);
    }
    room = 0;
    send({ done: true });
  } catch (error) {
    const kind =
      error instanceof MissingFileError ? "missing file" : error instanceof SyncError ? "sync" : "other";
    send({ failed: { message: (error as Error).message, kind } });
  }
}

function send(reply: Reply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(reply, transfer);
}
