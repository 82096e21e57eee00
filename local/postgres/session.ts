// A logged-in session: bytes go both ways between client and server, unread.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { BackendKeyReader, encodeFatal, type WireError } from "./wire.ts";

/** How long a client may take to close after it was told that all is over. */
const LINGER = 5_000;

/**
 * Joins client and server until either ends; whatever the server said last still reaches the client.
 * `onKey` receives the session's cancellation key.
 */
export function relay(client: Duplex, server: Socket, onKey: (key: string) => void): void {
  const keyReader = new BackendKeyReader();
  const peek = (chunk: Buffer) => {
    keyReader.push(chunk);
    if (!keyReader.done) return;
    server.off("data", peek);
    if (keyReader.key !== undefined) onKey(keyReader.key);
  };
  server.on("data", peek);
  // `close` follows an error, and is where both are handled.
  server.on("error", () => {});
  client.on("close", () => leave(client, server));
  server.on("close", () => finish(client));
  // Not stream.pipeline: it destroys the client when the server closes, with the last message unsent.
  server.pipe(client);
  client.pipe(server);
}

/** The client has gone: what it sent before still reaches the server, which has nobody left to answer. */
function leave(client: Duplex, server: Socket): void {
  server.unpipe();
  server.resume();
  if (client.readableEnded) server.end(() => server.destroy());
  else server.destroy();
}

/** Sends a last message, if any, and closes; input is drained so that no reset overtakes the message. */
export function finish(client: Duplex, reason?: WireError): void {
  if (client.destroyed) return;
  client.unpipe();
  client.resume();
  if (!client.writableEnded) client.end(reason ? encodeFatal(reason) : undefined);
  const timer = setTimeout(() => client.destroy(), LINGER);
  client.once("close", () => clearTimeout(timer));
}
