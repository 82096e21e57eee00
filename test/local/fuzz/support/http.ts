// HTTP by hand: bytes as they are, which no well-behaved client would send.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** An answer, read from its bytes. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Connects to the API. */
export async function dial(apiUrl: string): Promise<Socket> {
  const { hostname, port } = new URL(apiUrl);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Everything until the connection is closed. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, "close");
  return Buffer.concat(chunks);
}

/**
 * Sends a whole request that asks for the connection to be closed, and reads the answer; undefined when there was none.
 * Its sending side stays open, as Node gives up requests of clients that close it.
 */
export async function exchange(apiUrl: string, bytes: Buffer): Promise<RawAnswer | undefined> {
  const socket = await dial(apiUrl);
  const answer = readAll(socket);
  socket.write(bytes);
  return parseAnswer(await answer);
}

/** Reads the first answer in the bytes. */
export function parseAnswer(bytes: Buffer): RawAnswer | undefined {
  const text = bytes.toString("utf8");
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) return undefined;
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = "", ...value] = line.split(":");
      return [name.toLowerCase(), value.join(":").trim()];
    }),
  );
  const body = rest.join("\r\n\r\n");
  return { status, headers, body: headers["transfer-encoding"] === "chunked" ? unchunk(body) : body };
}

function unchunk(body: string): string {
  let rest = Buffer.from(body);
  const parts: Buffer[] = [];
  for (;;) {
    const end = rest.indexOf("\r\n");
    const size = Number.parseInt(rest.toString("latin1", 0, end), 16);
    if (end < 0 || !(size > 0)) return Buffer.concat(parts).toString();
    parts.push(rest.subarray(end + 2, end + 2 + size));
    rest = rest.subarray(end + 2 + size + 2);
  }
}

/** A request; header names and values are sent as they are. */
export function request(
  method: string,
  target: string,
  headers: readonly (readonly [string, string])[],
  body: Buffer = Buffer.alloc(0),
): Buffer {
  const all = [
    ["Host", "127.0.0.1"],
    ["Connection", "close"],
    ["Content-Length", String(body.length)],
    ...headers,
  ];
  const head = all.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${head}\r\n`), body]);
}
