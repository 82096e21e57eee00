// Reads exact numbers of bytes from a socket and leaves what follows in it.
import type { Readable } from "node:stream";

/** The other side has gone, or was cut off: there is nobody left to answer. */
export class Disconnected extends Error {}

/** Resolves with exactly `size` bytes; rejects with {@link Disconnected} where the stream ends before. */
export async function readBytes(stream: Readable, size: number): Promise<Buffer> {
  for (;;) {
    const bytes = stream.read(size) as Buffer | null;
    if (bytes?.length === size) return bytes;
    if (bytes || stream.readableEnded || stream.destroyed) throw new Disconnected();
    await changed(stream);
  }
}

function changed(stream: Readable): Promise<void> {
  const events = ["readable", "end", "close", "error"];
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}
