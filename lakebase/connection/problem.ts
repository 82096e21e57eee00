// The one error of this folder: at which stage a connection failed, what was tried, and how to fix it.
import { redact } from "../workspace/index.ts";
import type { ConnectionStage } from "./types.ts";

/**
 * Whether trying again may help: never; briefly, because a fresh instance needs a moment to settle; or until
 * the deadline, because the server itself says that it is starting.
 */
export type RetryAdvice = "never" | "briefly" | "until-deadline";

/** What a diagnosis says about a failure. */
export interface Diagnosis {
  /** SQLSTATE, system code or a code of this project, such as `STOPPED`. */
  code: string;
  /** What went wrong. */
  reason: string;
  /** What to do about it. */
  fix: string;
  retry: RetryAdvice;
}

/** What was being tried, as far as known at that stage. */
export interface ConnectionTarget {
  instance: string;
  host?: string | undefined;
  address?: string | undefined;
  port?: number | undefined;
  database?: string | undefined;
  /** The Postgres user: the caller's user name or application id. */
  identity?: string | undefined;
}

function describe(target: ConnectionTarget): string {
  const { host, address, port, database, identity } = target;
  const parts: string[] = [];
  if (host !== undefined) {
    const via = address === undefined || address === host ? "" : ` [${address}]`;
    parts.push(`${host}${via}${port === undefined ? "" : `:${port}`}`);
  }
  if (database !== undefined) parts.push(`database "${database}"`);
  if (identity !== undefined) parts.push(`as ${identity}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** A connection could not be made; the message is one paragraph and holds no secret. */
export class ConnectionProblem extends Error {
  /** Stage that failed. */
  readonly stage: ConnectionStage;
  /** Name of the instance. */
  readonly instance: string;
  /** Host name, once it is known. */
  readonly host: string | undefined;
  /** Address that the host name resolved to. */
  readonly address: string | undefined;
  /** TCP port. */
  readonly port: number | undefined;
  /** PostgreSQL database. */
  readonly database: string | undefined;
  /** The Postgres user: the caller's user name or application id. */
  readonly identity: string | undefined;
  /** SQLSTATE, system code or a code of this project, such as `STOPPED`. */
  readonly code: string;
  /** What went wrong, without stage, target and fix. */
  readonly reason: string;
  /** What to do about it. */
  readonly fix: string;
  /** Whether trying again may help. */
  readonly retry: RetryAdvice;

  constructor(stage: ConnectionStage, target: ConnectionTarget, diagnosis: Diagnosis) {
    const reason = redact(diagnosis.reason);
    super(
      `Lakebase instance "${target.instance}", stage ${stage}: ${reason}${describe(target)}; to fix: ${diagnosis.fix}`,
    );
    this.name = "ConnectionProblem";
    this.stage = stage;
    this.instance = target.instance;
    this.host = target.host;
    this.address = target.address;
    this.port = target.port;
    this.database = target.database;
    this.identity = target.identity;
    this.code = diagnosis.code;
    this.reason = reason;
    this.fix = diagnosis.fix;
    this.retry = diagnosis.retry;
  }
}
