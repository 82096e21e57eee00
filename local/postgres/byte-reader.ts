// Reads exact numbers of bytes from a socket and leaves what follows in it.
import type { Readable } from "node:stream";

/** The other side has gone, or was cut off: there is nobody left to answer. */
export class Disconnected extends Error {}

const EVENTS = ["readable", "end", "close", "error"];

/** Resolves with exactly `size` bytes; rejects with {@link Disconnected} where the stream ends before. */
export function readBytes(stream: Readable, size: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (bytes?: Buffer) => {
      for (const event of EVENTS) stream.off(event, look);
      if (bytes) resolve(bytes);
      else reject(new Disconnected());
    };
    const look = () => {
      const bytes = stream.read(size) as Buffer | null;
      if (bytes?.length === size) settle(bytes);
      else if (bytes || stream.readableEnded || stream.destroyed) settle();
    };
    // Once for the whole wait: a listener added while too few bytes are there is called at once, so adding one
    // after each call would turn round without end.
    for (const event of EVENTS) stream.on(event, look);
    look();
  });
}
