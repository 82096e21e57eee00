// Binary COPY into a table, fed with encoded rows.
import { once } from "node:events";
import { finished } from "node:stream/promises";
import type { Client } from "pg";
import { from as copyFrom } from "pg-copy-streams";

const header = Buffer.from([...Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), 0, 0, 0, 0, 0, 0, 0, 0]);
const trailer = Buffer.from([0xff, 0xff]);

/** The server works on one message while the next is on its way. */
const messageBytes = 256 * 1024;

/** Copies rows in the binary format; `table` and `columns` are quoted SQL. */
export async function copyRows(
  session: Client,
  table: string,
  columns: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const stream = session.query(copyFrom(`COPY ${table} (${columns}) FROM STDIN WITH (FORMAT binary)`));
  const over = finished(stream);
  // Awaited below; a failure before that must not count as unhandled.
  over.catch(() => {});
  try {
    stream.write(header);
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += messageBytes) {
        const full = !stream.write(chunk.subarray(at, at + messageBytes));
        if (full) await Promise.race([once(stream, "drain"), over]);
      }
    }
    stream.end(trailer);
  } catch (error) {
    // The rows cannot be read: the server must not take what came so far as all of them.
    stream.destroy(error as Error);
    await over.catch(() => {});
    throw error;
  }
  await over;
}
