// The one error of this folder: what was asked of which workspace, what came back, and how to fix it.
import { redact } from "./redact.ts";

/** What is known about a failed call. */
export interface WorkspaceFailure {
  /** HTTP status; undefined when there was no answer. */
  status?: number | undefined;
  /**
   * The service's `error_code`, or one of this project's: `CONFIGURATION`, `AUTHENTICATION`, `UNREACHABLE`,
   * `TIMEOUT`, `NOT_JSON`.
   */
  errorCode: string;
  /** What went wrong, without method, path and fix. */
  reason: string;
  method?: string | undefined;
  path?: string | undefined;
  host?: string | undefined;
  fix: string;
  /** The system's code when no answer came, such as `ECONNREFUSED`. */
  code?: string | undefined;
}

/**
 * A call to the workspace failed, or could not be made. It carries no `cause`: the libraries' own errors hold
 * whole configurations and requests, secrets included.
 */
export class WorkspaceError extends Error {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The service's `error_code`, or one of this project's, such as `UNREACHABLE`. */
  readonly errorCode: string;
  /** HTTP method of the call. */
  readonly method: string | undefined;
  /** Path of the call. */
  readonly path: string | undefined;
  /** Address of the workspace. */
  readonly host: string | undefined;
  /** The system's code when no answer came, such as `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** What to do about it. */
  readonly fix: string;

  constructor(failure: WorkspaceFailure) {
    const asked = failure.method ? `${failure.method} ${failure.host ?? ""}${failure.path ?? ""}: ` : "";
    super(`${asked}${redact(failure.reason)}; ${failure.fix}`);
    this.name = "WorkspaceError";
    this.status = failure.status;
    this.errorCode = failure.errorCode;
    this.method = failure.method;
    this.path = failure.path;
    this.host = failure.host;
    this.fix = failure.fix;
    this.code = failure.code;
  }
}
