// Stages "connect", "tls" and "login": one node-postgres client, watched so that each stage fails by name.
import { isIP, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Client } from "pg";
import type { Trust } from "./trust.ts";

/** What to dial. */
export interface DialTarget {
  /** DNS name: sent as SNI and verified against the certificate. */
  host: string;
  address: string;
  port: number;
  databaseName: string;
  userName: string;
  token: string;
  /** PEM certificates to trust instead of Node's. */
  trust: Trust;
  applicationName: string;
  /** For each stage. */
  stageTimeoutMs: number;
  signal?: AbortSignal | undefined;
  now: () => number;
}

/** The stages of dialling. */
export type DialStage = "connect" | "tls" | "login";

/** A client that is logged in. */
export interface Dialled {
  client: Client;
  tlsVersion: string;
  tlsCipher?: string;
  milliseconds: Record<DialStage, number>;
}

/** Dialling failed at this stage, with the driver's or the system's error. */
export class DialFailure extends Error {
  readonly stage: DialStage;
  readonly error: unknown;

  constructor(stage: DialStage, error: unknown) {
    super(`dialling failed at ${stage}`);
    this.name = "DialFailure";
    this.stage = stage;
    this.error = error;
  }
}

/** Runs the stages' clock: which one is on, how long each took, and when one took too long. */
class StageWatch {
  stage: DialStage = "connect";
  readonly milliseconds: Record<DialStage, number> = { connect: 0, tls: 0, login: 0 };
  readonly expired: Promise<never>;
  #reject: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #began: number;
  readonly #target: DialTarget;

  constructor(target: DialTarget) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.expired = promise;
    this.#reject = reject;
    this.#target = target;
    this.#began = target.now();
    this.#arm();
  }

  enter(stage: DialStage): void {
    this.#record();
    this.stage = stage;
    this.#arm();
  }

  abort = (): void => this.#reject(this.#target.signal?.reason);

  end(): void {
    this.#record();
    clearTimeout(this.#timer);
  }

  #record(): void {
    const now = this.#target.now();
    this.milliseconds[this.stage] = now - this.#began;
    this.#began = now;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const seconds = this.#target.stageTimeoutMs / 1000;
    const error = Object.assign(new Error(`no reply within ${seconds} s`), { code: "ETIMEDOUT" });
    this.#timer = setTimeout(() => this.#reject(error), this.#target.stageTimeoutMs);
  }
}

async function createClient(target: DialTarget, socket: Socket): Promise<Client> {
  const { default: pg } = await import("pg");
  return new pg.Client({
    host: target.address,
    port: target.port,
    database: target.databaseName,
    user: target.userName,
    password: target.token,
    application_name: target.applicationName,
    keepAlive: true,
    stream: () => socket,
    ssl: {
      // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED=0 does not take it away.
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      // Verified against the name although the connection goes to an address; an address is no SNI.
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
      ...(target.trust === undefined ? {} : { ca: target.trust }),
    },
  });
}

/** Connects to one address, verifies the server and logs in; throws a `DialFailure`. */
export async function dial(target: DialTarget): Promise<Dialled> {
  target.signal?.throwIfAborted();
  const socket = new Socket();
  const client = await createClient(target, socket);
  const { connection } = client;
  const watch = new StageWatch(target);
  // The driver repeats a failure as an event, which would end the process where nobody hears it; the query that it
  // fails, or the next one, tells.
  client.on("error", () => {});
  socket.once("connect", () => watch.enter("tls"));
  connection.once("sslconnect", () => connection.stream.once("secureConnect", () => watch.enter("login")));
  target.signal?.addEventListener("abort", watch.abort, { once: true });
  try {
    await Promise.race([client.connect(), watch.expired]);
  } catch (error) {
    connection.stream.destroy();
    socket.destroy();
    target.signal?.throwIfAborted();
    throw new DialFailure(watch.stage, error);
  } finally {
    watch.end();
    target.signal?.removeEventListener("abort", watch.abort);
  }
  const secure = connection.stream as TLSSocket;
  return {
    client,
    tlsVersion: secure.getProtocol() ?? "unknown",
    tlsCipher: secure.getCipher().standardName,
    milliseconds: watch.milliseconds,
  };
}

/** Closes a client, and does not wait for a server that does not answer. */
export async function hangUp(client: Client): Promise<void> {
  const patience = setTimeout(() => client.connection.stream.destroy(), 2_000);
  try {
    await client.end();
  } catch {
    client.connection.stream.destroy();
  } finally {
    clearTimeout(patience);
  }
}
