// Why a connection failed: the stage's own diagnosis, unless the instance's state already says it all.

import { diagnoseCredential } from "../lakebase/connection/diagnose-workspace.ts";
import {
  ConnectionProblem,
  type Diagnosis,
  diagnoseConnect,
  diagnoseDatabase,
  diagnoseResolve,
  diagnoseTls,
  ResolutionError,
} from "../lakebase/connection/index.ts";
import type { DatabaseService } from "./service.ts";
import type { Target } from "./target.ts";

/** The stages that a client passes by itself. */
export type ClientStage = "credential" | "connect" | "tls" | "login";

/** How long the workspace may take to tell the state, while an application waits for its error. */
const patienceMillis = 3_000;
/** A failing application tries often; the state is not asked for each time. */
const memoryMillis = 5_000;

/** SQLSTATEs at login that the instance's state explains: shutting down, starting, too broken to say. */
const stateCodes = new Set(["57P01", "57P02", "57P03", "ECONNRESET", "EPIPE"]);

/** Whether an instance that is stopped or restarting may be what is behind the failure. */
function mayBeState(stage: ClientStage, error: Error): boolean {
  const { code, status = 0 } = error as { code?: string; status?: number };
  if (stage === "credential") return status === 400 || status === 404 || status === 409;
  return stage !== "login" || stateCodes.has(code ?? "") || /terminated/.test(error.message);
}

/** Turns failures of connecting into errors that say what to do. */
export class Diagnostician {
  readonly #service: DatabaseService | undefined;
  readonly #label: () => string;
  readonly #sslRootCert: string | undefined;
  #asked: { at: number; obstacle: Promise<Diagnosis | undefined> } | undefined;

  constructor(service: DatabaseService | undefined, label: () => string, sslRootCert: string | undefined) {
    this.#service = service;
    this.#label = label;
    this.#sslRootCert = sslRootCert;
  }

  /** The error for the application; one that is a diagnosis already stays as it is. */
  async explain(stage: ClientStage, error: Error, target: Target | undefined): Promise<Error> {
    if (error instanceof ConnectionProblem) return error;
    const instance = this.#label();
    const { host, port, database, user } = target ?? {};
    const about = { instance, host, port, database, identity: user };
    const obstacle = mayBeState(stage, error) ? await this.#obstacle() : undefined;
    if (obstacle !== undefined) return new ConnectionProblem("state", about, obstacle);
    if (stage === "credential") {
      return new ConnectionProblem("credential", about, diagnoseCredential(error, instance));
    }
    const { at, diagnosis } = this.#diagnose(stage, error, instance, target);
    const problem = new ConnectionProblem(at, about, diagnosis);
    problem.cause = error;
    return problem;
  }

  #diagnose(
    stage: "connect" | "tls" | "login",
    error: Error,
    instance: string,
    target: Target | undefined,
  ): { at: "resolve" | "connect" | "tls" | "login"; diagnosis: Diagnosis } {
    const { host = "", port = 5432, database = "", user = "" } = target ?? {};
    if (error instanceof ResolutionError) return { at: "resolve", diagnosis: diagnoseResolve(error, host) };
    if (stage === "connect") return { at: stage, diagnosis: diagnoseConnect(error, host, port) };
    if (stage === "tls") return { at: stage, diagnosis: diagnoseTls(error, host, this.#sslRootCert) };
    return { at: stage, diagnosis: diagnoseDatabase(error, { instance, database, identity: user }) };
  }

  /** What speaks against a connection, as far as the workspace tells; silence there is no second failure. */
  #obstacle(): Promise<Diagnosis | undefined> {
    if (this.#service === undefined) return Promise.resolve(undefined);
    const now = performance.now();
    if (this.#asked === undefined || now - this.#asked.at > memoryMillis) {
      const answer = this.#service.find(AbortSignal.timeout(patienceMillis));
      this.#asked = { at: now, obstacle: answer.then(({ obstacle }) => obstacle).catch(() => undefined) };
    }
    return this.#asked.obstacle;
  }
}
