// Host, port, user and database of a pool: known from the configuration, or asked of the workspace once.

import { diagnoseAuthenticate, diagnoseStateError } from "../lakebase/connection/diagnose-workspace.ts";
import { ConnectionProblem, type Diagnosis } from "../lakebase/connection/index.ts";
import type { PoolConfiguration } from "./configuration.ts";
import type { DatabaseService, Whereabouts } from "./service.ts";

/** What a connection is made to. */
export interface Target {
  host: string;
  port: number;
  user: string;
  database: string;
}

/** How long the workspace may take to say where a database is. */
const patienceMillis = 15_000;

/** Finds the target, once; after a failure the next caller tries anew. */
export class TargetFinder {
  readonly #configuration: PoolConfiguration;
  readonly #service: DatabaseService | undefined;
  #known: Target | undefined;
  #search: Promise<Target> | undefined;

  constructor(configuration: PoolConfiguration, service: DatabaseService | undefined) {
    this.#configuration = configuration;
    this.#service = service;
    const { host, readOnlyHost, readOnly, user, port, database } = configuration;
    const name = readOnly ? readOnlyHost : host;
    if (name !== undefined && user !== undefined) this.#known = { host: name, port, user, database };
  }

  /** What errors call the database. */
  get label(): string {
    return this.#service?.label ?? this.#configuration.host ?? "";
  }

  /** The target, if it is known. */
  current(): Target | undefined {
    return this.#known;
  }

  /** The target, asked for if need be. */
  get(): Promise<Target> {
    if (this.#known !== undefined) return Promise.resolve(this.#known);
    this.#search ??= this.#find().finally(() => {
      this.#search = undefined;
    });
    return this.#search;
  }

  async #find(): Promise<Target> {
    const { port, database } = this.#configuration;
    const signal = AbortSignal.timeout(patienceMillis);
    const [host, user] = await Promise.all([this.#host(signal), this.#user(signal)]);
    this.#known = { host, port, user, database };
    return this.#known;
  }

  async #user(signal: AbortSignal): Promise<string> {
    if (this.#configuration.user !== undefined) return this.#configuration.user;
    if (this.#service === undefined) throw this.#missing("user");
    try {
      return await this.#service.userName(signal);
    } catch (error) {
      throw this.#problem("authenticate", diagnoseAuthenticate(error));
    }
  }

  async #host(signal: AbortSignal): Promise<string> {
    const { host, readOnlyHost, readOnly } = this.#configuration;
    const known = readOnly ? readOnlyHost : host;
    if (known !== undefined) return known;
    if (this.#service === undefined) throw this.#missing(readOnly ? "readOnlyHost" : "host");
    let found: Whereabouts;
    try {
      found = await this.#service.find(signal);
    } catch (error) {
      const workspace = this.#configuration.workspace.host ?? "";
      throw this.#problem("state", diagnoseStateError(error, this.label, workspace));
    }
    if (found.obstacle !== undefined) throw this.#problem("state", found.obstacle);
    const name = readOnly ? found.readOnlyHost : found.host;
    if (name !== undefined) return name;
    throw this.#missing(readOnly ? "readOnlyHost" : "host");
  }

  #missing(option: string): ConnectionProblem {
    return this.#problem("state", {
      code: option === "readOnlyHost" ? "NO_READ_ONLY_ENDPOINT" : "NO_ENDPOINT",
      reason: `the ${option} is not known, and the workspace names none`,
      fix:
        option === "readOnlyHost"
          ? "enable readable secondaries, or connect without readOnly"
          : `give ${option}`,
      retry: "never",
    });
  }

  #problem(stage: "state" | "authenticate", diagnosis: Diagnosis): ConnectionProblem {
    return new ConnectionProblem(stage, { instance: this.label, ...this.#configurationHost() }, diagnosis);
  }

  #configurationHost(): { database: string } {
    return { database: this.#configuration.database };
  }
}
