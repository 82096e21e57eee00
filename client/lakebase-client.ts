// A pg client that logs in with the newest token, and gives up exactly that token when the server refuses it.
import pg, { type Client, type ClientConfig } from "pg";
import type { ClientStage, Diagnostician } from "./diagnosis.ts";
import { asError } from "./errors.ts";
import type { Target, TargetFinder } from "./target.ts";
import type { TokenSource } from "./token-source.ts";

/** What every client of a pool shares. */
export interface LoginContext {
  tokens: TokenSource;
  targets: TargetFinder;
  diagnostician: Diagnostician;
}

type Done = (error: Error | null, client?: Client) => void;
type ClientClass = new (config?: ClientConfig) => Client;

/** pg's own view of where it connects to, which it reads when it connects. */
interface Addressed {
  host: string;
  port: number;
  user?: string;
  database?: string;
  connectionParameters: { host: string; port: number; user: string; database: string };
}

const refusals = new WeakSet<Error>();

/** Whether connecting failed because the server refused the token, which has been given up since. */
export function wasRefused(error: unknown): boolean {
  return error instanceof Error && refusals.has(error);
}

/** pg only tells that it closed the connection when its time was up. */
function timeout(cause: Error): Error {
  const isTold = (cause as { code?: unknown }).code !== undefined;
  return isTold ? cause : Object.assign(new Error("no reply in time", { cause }), { code: "ETIMEDOUT" });
}

/** Says in which stage a connection is. */
function watchStages(client: Client): () => ClientStage {
  let stage: ClientStage = "connect";
  const { connection } = client;
  connection.stream.once("connect", () => {
    stage = "tls";
  });
  connection.once("sslconnect", () =>
    connection.stream.once("secureConnect", () => {
      stage = "login";
    }),
  );
  return () => stage;
}

/** A client class on top of pg's, or of the application's own. */
export function createClientClass(context: LoginContext, Base: ClientClass = pg.Client): ClientClass {
  const { tokens, targets, diagnostician } = context;

  return class LakebaseClient extends Base {
    /** The token of this client's login. */
    readonly #login: { token?: string };
    readonly #timeoutMillis: number;

    constructor(config: ClientConfig = {}) {
      const login: { token?: string } = {};
      super({
        ...config,
        password: async () => {
          login.token = await tokens.get();
          return login.token;
        },
      });
      this.#login = login;
      this.#timeoutMillis = config.connectionTimeoutMillis || Number.POSITIVE_INFINITY;
      // A session that breaks while nobody queries must not end the process; the next query tells.
      this.on("error", () => {});
    }

    override connect(): Promise<Client>;
    override connect(callback: Done): void;
    override connect(callback?: Done): Promise<Client> | undefined {
      if (callback === undefined) {
        return new Promise((resolve, reject) => {
          this.#connect((error) => (error ? reject(error) : resolve(this)));
        });
      }
      this.#connect(callback);
      return undefined;
    }

    #connect(callback: Done): void {
      // Where the pool's time limit begins: getting a token and the address counts too.
      const started = performance.now();
      const target = targets.current();
      if (target !== undefined && tokens.current() !== undefined) {
        this.#dial(target, started, callback);
        return;
      }
      this.#prepare().then(
        (found) => queueMicrotask(() => this.#dialUnlessGivenUp(found, started, callback)),
        (error) => this.#fail("credential", asError(error), targets.current(), callback),
      );
    }

    /** Before the server is dialled: it would hang up on a client that keeps it waiting for its password. */
    async #prepare(): Promise<Target> {
      const token = tokens.get();
      // An instance that is stopped says more than a token that cannot be had for it.
      token.catch(() => {});
      const target = await targets.get();
      await token;
      return target;
    }

    /** pg-pool's time-out destroys the socket, which a late `connect` would bring back to life. */
    #dialUnlessGivenUp(target: Target, started: number, callback: Done): void {
      const stream = this.connection.stream as { destroyed?: boolean };
      if (stream.destroyed) callback(new Error("the connection was given up before it was dialled"));
      else this.#dial(target, started, callback);
    }

    #dial(target: Target, started: number, callback: Done): void {
      const { host, port, user, database } = target;
      const addressed = this as unknown as Addressed;
      Object.assign(addressed, { host, port, user, database });
      Object.assign(addressed.connectionParameters, { host, port, user, database });
      const stage = watchStages(this);
      super.connect((error: Error | null) => {
        const { token } = this.#login;
        if (error === null) {
          if (token !== undefined) tokens.accepted(token);
          callback(null, this);
          return;
        }
        const isRefused = (error as { code?: unknown }).code === "28P01" && token !== undefined;
        if (isRefused) tokens.invalidate(token);
        const isLate = performance.now() - started >= this.#timeoutMillis * 0.98;
        this.#fail(stage(), isLate ? timeout(error) : error, target, callback, isRefused);
      });
    }

    #fail(
      stage: ClientStage,
      error: Error,
      target: Target | undefined,
      callback: Done,
      isRefused = false,
    ): void {
      diagnostician.explain(stage, error, target).then((problem) => {
        if (isRefused) refusals.add(problem);
        queueMicrotask(() => callback(problem));
      });
    }
  };
}
