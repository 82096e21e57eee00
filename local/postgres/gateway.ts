// The TLS gateway: one port for all instances. It demands TLS, finds the instance, has the token checked and then
// joins the client to the instance's server.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { Disconnected, readBytes } from "./byte-reader.ts";
import type { Certificates } from "./certificates.ts";
import type { Cluster } from "./cluster.ts";
import { type Login, type LoginOptions, login } from "./login.ts";
import { finish, relay } from "./session.ts";
import { encodeCancel, encodeStartup, parseStartupPacket, startupBodyLength, WireError } from "./wire.ts";

/** First byte of a TLS handshake: a client that negotiates TLS without asking PostgreSQL first. */
const TLS_HANDSHAKE = 0x16;
/** The application protocol that PostgreSQL has registered for TLS. */
const PROTOCOL = "postgresql";

/** How the gateway is started. */
export interface GatewayOptions extends LoginOptions {
  port: number;
  certificates: Certificates;
  maxConnections: number;
  /** Milliseconds for each step of the login: plain part, TLS handshake, password. */
  authenticationTimeout: number;
}

/** The running gateway. */
export interface Gateway {
  readonly port: number;
  /** Takes new certificates for the handshakes from now on; connections stay. */
  rotateCertificates(): Promise<void>;
  /** Takes no more clients. */
  stopListening(): void;
  /** Ends what is left of the clients. */
  close(): Promise<void>;
}

/** Starts the gateway on 127.0.0.1. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const sessions = new Sessions(options);
  const negotiated = tlsServer(options, (client) => serve(client, sessions, options));
  const direct = tlsServer(options, (client) => {
    // Without it the bytes could be a misdirected browser's; PostgreSQL refuses such clients too.
    if (client.alpnProtocol !== PROTOCOL) client.destroy();
    else void serve(client, sessions, options);
  });
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    void welcome(socket, { negotiated, direct, sessions, options });
  });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    rotateCertificates: async () => {
      const { certificates } = options;
      await certificates.rotate();
      for (const tls of [negotiated, direct]) tls.setSecureContext(certificates.unnamed);
    },
    stopListening: () => server.close(),
    close: async () => {
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function tlsServer(options: GatewayOptions, onClient: (client: TLSSocket) => void): TlsServer {
  const { certificates } = options;
  const server = createTlsServer({
    ...certificates.unnamed,
    minVersion: "TLSv1.2",
    ALPNProtocols: [PROTOCOL],
    handshakeTimeout: options.authenticationTimeout,
    SNICallback: (name, done) => {
      certificates.contextFor(name).then(
        (context) => done(null, context),
        (error: Error) => done(error),
      );
    },
  });
  // Never listens: it receives the sockets of clients that have come as far as TLS.
  server.on("secureConnection", (client) => {
    client.on("error", () => {});
    onClient(client);
  });
  server.on("tlsClientError", (_error, client) => client.destroy());
  return server;
}

/** The plain part of the startup phase: encryption requests, cancellation, and refusal of all else. */
async function welcome(
  socket: Socket,
  to: { negotiated: TlsServer; direct: TlsServer; sessions: Sessions; options: GatewayOptions },
): Promise<void> {
  await guarded(socket, to.options, async () => {
    let gssRefused = false;
    for (;;) {
      const header = await readBytes(socket, 4);
      if (header[0] === TLS_HANDSHAKE && !gssRefused) {
        socket.unshift(header);
        return to.direct.emit("connection", socket);
      }
      const packet = parseStartupPacket(await readBytes(socket, startupBodyLength(header)));
      if (packet.kind === "cancel") return to.sessions.cancel(packet.key, socket);
      if (packet.kind === "startup") {
        throw new WireError(
          "28000",
          "no pg_hba.conf entry for this connection: SSL/TLS is required",
          "Connect with sslmode=require or, better, sslmode=verify-full and the local workspace's authority as sslrootcert.",
        );
      }
      if (socket.readableLength > 0) {
        // Sent before encryption, it could be another's, put in front of the client's own words.
        throw new WireError(
          "08P01",
          `received unencrypted data after ${packet.kind === "ssl" ? "SSL" : "GSSAPI"} request`,
        );
      }
      if (packet.kind === "ssl") {
        socket.write("S");
        return to.negotiated.emit("connection", socket);
      }
      if (gssRefused) throw new WireError("08P01", "GSSAPI encryption was requested twice");
      gssRefused = true;
      socket.write("N");
    }
  });
}

/** The encrypted part: login, then the session. */
async function serve(client: TLSSocket, sessions: Sessions, options: GatewayOptions): Promise<void> {
  await guarded(client, options, async () => {
    const result = await login(client, options);
    if (result.kind === "cancel") await sessions.cancel(result.key, client);
    else await sessions.open(client, result);
  });
}

/** Runs a step of the startup phase within its time; a refusal is sent, and nothing ever escapes. */
async function guarded(client: Socket, options: GatewayOptions, step: () => Promise<unknown>): Promise<void> {
  const timer = setTimeout(
    () => finish(client, new WireError("57014", "canceling authentication due to timeout")),
    options.authenticationTimeout,
  );
  client.once("close", () => clearTimeout(timer));
  try {
    await step();
  } catch (error) {
    if (error instanceof WireError) return finish(client, error);
    if (!(error instanceof Disconnected)) {
      options.log(`a client's login failed: ${(error as Error).message}`);
      return finish(
        client,
        new WireError("XX000", "internal error of the local workspace; its log has the cause"),
      );
    }
    client.destroy();
  } finally {
    clearTimeout(timer);
  }
}

/** The sessions under way: how many an instance has, and how to cancel their queries. */
class Sessions {
  readonly #options: GatewayOptions;
  readonly #count = new Map<string, number>();
  readonly #keys = new Map<string, Cluster>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Joins a logged-in client to its server. */
  async open(client: TLSSocket, { cluster, parameters }: Login): Promise<void> {
    if (client.destroyed) return;
    if (!cluster.isPoweredOn) {
      throw new WireError(
        "57P03",
        "the database instance is stopped",
        "It accepts connections once it is started.",
      );
    }
    this.#reserve(client, cluster.uid);
    const server = await this.#connect(cluster);
    if (client.destroyed) return void server.destroy();
    server.write(encodeStartup(parameters));
    relay(client, server, (key) => {
      this.#keys.set(key, cluster);
      server.once("close", () => this.#keys.delete(key));
    });
  }

  /** Passes a cancellation on; like PostgreSQL it gives no answer, whether or not there is such a session. */
  async cancel(key: string, client: Socket): Promise<void> {
    const cluster = this.#keys.get(key);
    if (cluster?.isRunning) {
      const server = await this.#connect(cluster);
      server.on("error", () => {});
      server.resume();
      server.end(encodeCancel(key));
      // The client takes the end of its connection for "delivered".
      if (!server.closed) await once(server, "close");
    }
    finish(client);
  }

  #reserve(client: Socket, uid: string): void {
    const count = this.#count.get(uid) ?? 0;
    if (count >= this.#options.maxConnections) {
      throw new WireError(
        "53300",
        "sorry, too many clients already",
        `A database instance takes ${this.#options.maxConnections} connections.`,
      );
    }
    this.#count.set(uid, count + 1);
    client.once("close", () => this.#count.set(uid, (this.#count.get(uid) ?? 1) - 1));
  }

  async #connect(cluster: Cluster): Promise<Socket> {
    try {
      return await cluster.connect();
    } catch (error) {
      this.#options.log(`instance ${cluster.uid} cannot be reached: ${(error as Error).message}`);
      throw new WireError("57P03", "the database system is not accepting connections");
    }
  }
}
