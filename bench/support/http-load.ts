// HTTP load at little cost: keep-alive sockets that send a prepared request and count the answer's bytes.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A prepared request; `body` may differ from one time to the next, in content but not in length of the answer. */
export interface LoadRequest {
  method: string;
  path: string;
  token: string;
  body?: (count: number) => string;
}

/** Sockets on a server; each sends one request at a time. */
export interface HttpLoad extends AsyncDisposable {
  /** Sends one request on a socket; resolves with its whole answer there. */
  request(socket: number): Promise<void>;
}

/** Opens the sockets; the first answer's length is that of all. */
export async function openHttpLoad(url: string, count: number, request: LoadRequest): Promise<HttpLoad> {
  const { hostname, port } = new URL(url);
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, "connect");
      return socket;
    }),
  );
  let sent = 0;
  const encode = (): string => {
    const { method, path, token, body } = request;
    const content = body?.(sent++) ?? "";
    const length =
      content === "" ? "" : `Content-Type: application/json\r\nContent-Length: ${content.length}\r\n`;
    return `${method} ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${token}\r\n${length}\r\n${content}`;
  };
  const expected = (await firstAnswer(sockets[0] as Socket, encode())).length;
  return {
    request: (index) => exchange(sockets[index] as Socket, encode(), expected),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The raw bytes of one answer. */
export async function answerOf(url: string, request: LoadRequest): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, "connect");
  const body = request.body?.(0) ?? "";
  const length = body === "" ? "" : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  const head = `${request.method} ${request.path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${request.token}\r\n`;
  const answer = await firstAnswer(socket, `${head}${length}\r\n${body}`);
  socket.destroy();
  return answer;
}

/** Reads until the length that the headers tell is there. */
async function firstAnswer(socket: Socket, request: string): Promise<Buffer> {
  let received = Buffer.alloc(0);
  socket.write(request);
  for (;;) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    received = Buffer.concat([received, chunk]);
    const text = received.toString("latin1");
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) continue;
    if (!text.startsWith("HTTP/1.1 200")) throw new Error(`answer to ${request.split("\r\n")[0]}: ${text}`);
    const length = /^content-length: (\d+)/im.exec(text.slice(0, head))?.[1];
    if (
      length === undefined ? text.endsWith("\r\n0\r\n\r\n") : received.length >= head + 4 + Number(length)
    ) {
      socket.removeAllListeners("data");
      return received;
    }
  }
}

function exchange(socket: Socket, request: string, expected: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = 0;
    const over = (error?: Error): void => {
      socket.off("data", onData).off("close", onClose);
      if (error) reject(error);
      else resolve();
    };
    const onClose = (): void => over(new Error("the server closed the connection"));
    const onData = (chunk: Buffer): void => {
      // "HTTP/1.1 200": the ninth character on.
      if (received === 0 && chunk.toString("latin1", 9, 12) !== "200") {
        over(new Error(`unexpected answer: ${chunk.toString("latin1", 0, 300)}`));
        return;
      }
      received += chunk.length;
      if (received === expected) over();
      else if (received > expected) over(new Error(`${received} bytes instead of ${expected}`));
    };
    socket.on("data", onData).on("close", onClose);
    socket.write(request);
  });
}
