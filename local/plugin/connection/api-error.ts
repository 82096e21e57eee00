// What a request can fail with, in the words the official plugin shows.

/** An error answer of the workspace. The official plugin shows only its message. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.errorCode = errorCode;
  }

  /** Reads an error answer: JSON with `error_code` and `message`, or any other text, which is then shown verbatim. */
  static fromAnswer(status: number, body: string): ApiError {
    try {
      const { error_code: errorCode, message } = JSON.parse(body) as {
        error_code?: string;
        message?: string;
      };
      if (typeof message === "string") return new ApiError(status, errorCode ?? "", message);
    } catch {
      // Not JSON: shown as it came.
    }
    return new ApiError(
      status,
      "",
      body === "" ? `the workspace answered ${status} without a message` : body,
    );
  }

  /** Whether the answer means that the object does not exist. */
  get isMissing(): boolean {
    return this.status === 404 || ["RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"].includes(this.errorCode);
  }

  /** Whether the request may be sent again. */
  get isRetriable(): boolean {
    return this.status === 429 || this.status === 503;
  }
}

/** A failure below HTTP: no connection, connection lost, no answer in time. */
export class TransportError extends Error {
  readonly isRetriable: boolean;

  constructor(message: string, isRetriable: boolean) {
    super(message);
    this.name = "TransportError";
    this.isRetriable = isRetriable;
  }
}

/** Whether the error says that the object does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.isMissing;
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
