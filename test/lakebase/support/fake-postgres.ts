// A server that speaks just enough of Postgres' protocol to fail at any stage, or to answer one query.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { PemPair } from "./certificates.ts";

/** An error that the server sends, as Postgres does. */
export interface ServerError {
  code: string;
  message: string;
}

/** What one connection gets. */
export interface Behaviour {
  /** Answer to the request for TLS. Default: `accept`. */
  tls?: "accept" | "refuse" | "silence" | "hang-up";
  /** Answer to the password. Default: welcome. */
  login?: "welcome" | "silence" | "hang-up" | ServerError;
  /** Answer to a query: an error, a row by column name, or none; thrown errors hang up. Default: an empty row. */
  query?: (sql: string) => ServerError | Record<string, string>[] | "silence";
}

/** What the server saw of a login. */
export interface SeenLogin {
  servername: string | false | undefined;
  user: string | undefined;
  database: string | undefined;
  password: string;
}

/** A running fake server. */
export interface FakePostgres extends AsyncDisposable {
  port: number;
  logins: SeenLogin[];
  /** Connections accepted so far. */
  connections(): number;
}

const message = (type: string, body: Buffer) => {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};
const int16 = (value: number) => int32(value).subarray(2);
const text = (value: string) => Buffer.from(`${value}\0`);
const ready = message("Z", Buffer.from("I"));

function errorMessage({ code, message: said }: ServerError): Buffer {
  return message("E", Buffer.concat([text("SFATAL"), text(`C${code}`), text(`M${said}`), Buffer.from([0])]));
}

function rowsMessage(rows: Record<string, string>[]): Buffer {
  const names = Object.keys(rows[0] ?? {});
  const column = (name: string) =>
    Buffer.concat([text(name), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]);
  const value = (given = "") => Buffer.concat([int32(Buffer.byteLength(given)), Buffer.from(given)]);
  const row = (fields: Record<string, string>) =>
    message("D", Buffer.concat([int16(names.length), ...names.map((name) => value(fields[name]))]));
  return Buffer.concat([
    message("T", Buffer.concat([int16(names.length), ...names.map(column)])),
    ...rows.map(row),
    message("C", text(`SELECT ${rows.length}`)),
    ready,
  ]);
}

/** Reads messages off a socket; the first ones have no type byte. */
async function* chunks(socket: Socket): AsyncGenerator<(length: number) => Promise<Buffer>> {
  let held = Buffer.alloc(0);
  const source = socket[Symbol.asyncIterator]();
  const read = async (length: number): Promise<Buffer> => {
    while (held.length < length) {
      const { value, done } = await source.next();
      if (done) throw new Error("closed");
      held = Buffer.concat([held, value]);
    }
    const part = held.subarray(0, length);
    held = held.subarray(length);
    return part;
  };
  for (;;) yield read;
}

async function serveSession(socket: TLSSocket, behaviour: Behaviour, logins: SeenLogin[]): Promise<void> {
  const { value: read } = await chunks(socket).next();
  if (!read) return;
  const readBody = async () => read((await read(4)).readInt32BE(0) - 4);
  const startup = (await readBody()).subarray(4).toString().split("\0");
  const parameter = (name: string) =>
    startup.includes(name) ? startup[startup.indexOf(name) + 1] : undefined;
  socket.write(message("R", int32(3)));
  await read(1);
  const password = (await readBody()).toString().replace(/\0$/, "");
  const servername = (socket as TLSSocket & { servername?: string | false }).servername;
  logins.push({ servername, user: parameter("user"), database: parameter("database"), password });
  const login = behaviour.login ?? "welcome";
  if (login === "silence") return;
  if (login === "hang-up") return void socket.destroy();
  if (typeof login === "object") return void socket.end(errorMessage(login));
  socket.write(Buffer.concat([message("R", int32(0)), ready]));
  for (;;) {
    const type = (await read(1)).toString();
    const body = await readBody();
    if (type !== "Q") return void socket.end();
    const answer = behaviour.query?.(body.toString().replace(/\0$/, "")) ?? [{}];
    if (answer === "silence") continue;
    socket.write(Array.isArray(answer) ? rowsMessage(answer) : Buffer.concat([errorMessage(answer), ready]));
  }
}

async function serve(
  socket: Socket,
  pair: PemPair,
  behaviour: Behaviour,
  logins: SeenLogin[],
): Promise<void> {
  const { tls = "accept" } = behaviour;
  await once(socket, "data");
  if (tls === "silence") return;
  if (tls === "hang-up") return void socket.destroy();
  if (tls === "refuse") return void socket.write("N");
  socket.pause();
  socket.write("S");
  const secure = new TLSSocket(socket, { isServer: true, ...pair });
  secure.on("error", () => {});
  await once(secure, "secure");
  await serveSession(secure, behaviour, logins);
}

/** Starts the server; `behave` decides for each connection, counted from 0. */
export async function startFakePostgres(
  pair: PemPair,
  behave: (connection: number) => Behaviour,
): Promise<FakePostgres> {
  const logins: SeenLogin[] = [];
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    // A client that leaves in the middle is part of the tests.
    serve(socket, pair, behave(count++), logins).catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    logins,
    connections: () => count,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
