// Encoded rows of files: small ones in this thread, large ones in a thread of their own.
import { Worker } from "node:worker_threads";
import { SyncError } from "../sync-error.ts";
import { type EncodedWindow, type EncodeJob, encodeFile } from "./encode.ts";
import type { Reply, Request } from "./encode-worker.ts";
import { MissingFileError } from "./parquet-file.ts";

/** Reads files one after the other; keeps its thread between them. */
export interface RowReader extends AsyncDisposable {
  /** The rows of a file of about `size` bytes. */
  read(job: EncodeJob, size: number): AsyncGenerator<EncodedWindow>;
}

/** Below this many bytes starting a thread takes longer than reading. */
const smallFile = 1024 * 1024;
/** Windows that the thread may be ahead; more would only take memory. */
const windowsAhead = 2;
/**
 * What JavaScript's values may take in the thread: far more than a window of rows needs. Without limits of its own the
 * thread leaves several times as much uncollected.
 */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 48 };

/** Makes a reader. */
export function createRowReader(): RowReader {
  let worker: Worker | undefined;
  return {
    read(job, size) {
      if (size < smallFile) return encodeFile(job);
      worker ??= new Worker(new URL("./encode-worker.ts", import.meta.url), { resourceLimits });
      return readIn(worker, job);
    },
    async [Symbol.asyncDispose]() {
      await worker?.terminate();
    },
  };
}

async function* readIn(worker: Worker, job: EncodeJob): AsyncGenerator<EncodedWindow> {
  const replies: Reply[] = [];
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const onMessage = (reply: Reply): void => {
    replies.push(reply);
    wake?.();
  };
  const onEnd = (reason: unknown): void => {
    failure ??= isOutOfMemory(reason)
      ? new SyncError(
          `some consecutive rows of ${job.path} take more than ${resourceLimits.maxOldGenerationSizeMb} MB in memory, the ` +
            "most that the local workspace gives to reading; write the table with smaller pages or row groups",
        )
      : reason instanceof Error
        ? reason
        : new Error("the reading thread ended");
    wake?.();
  };
  const tell = (request: Request): void => worker.postMessage(request);
  worker.on("message", onMessage).on("error", onEnd).on("exit", onEnd);
  try {
    tell({ job });
    for (let ahead = 0; ahead < windowsAhead; ahead++) tell({ next: true });
    for (;;) {
      const reply = replies.shift();
      if (!reply) {
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ("done" in reply) return;
      if ("failed" in reply) throw errorOf(reply.failed);
      yield reply.window;
      tell({ next: true });
    }
  } finally {
    worker.off("message", onMessage).off("error", onEnd).off("exit", onEnd);
  }
}

function isOutOfMemory(reason: unknown): boolean {
  return (reason as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY";
}

function errorOf({ message, kind }: Extract<Reply, { failed: unknown }>["failed"]): Error {
  if (kind === "missing file") return new MissingFileError(message);
  return kind === "sync" ? new SyncError(message) : new Error(message);
}
