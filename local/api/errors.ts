// Errors in the service's form: an HTTP status, an error_code and a message that says what to do.

/** HTTP statuses that the API answers errors with. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 500 | 501;

/** An error answer: `{error_code, message}` with its HTTP status. */
export class ApiError extends Error {
  readonly status: ErrorStatus;
  readonly errorCode: string;

  constructor(status: ErrorStatus, errorCode: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.errorCode = errorCode;
  }
}

/** 400: a field or parameter has a value that the service does not take. */
export const invalidParameter = (message: string): ApiError =>
  new ApiError(400, "INVALID_PARAMETER_VALUE", message);

/** 400: the request is well-formed, but not in the state that the object is in. */
export const invalidState = (message: string): ApiError => new ApiError(400, "INVALID_STATE", message);

/** 404 */
export const notFound = (message: string): ApiError => new ApiError(404, "NOT_FOUND", message);

/** 409: the name is taken. */
export const alreadyExists = (message: string): ApiError =>
  new ApiError(409, "RESOURCE_ALREADY_EXISTS", message);

/** 403 */
export const permissionDenied = (message: string): ApiError =>
  new ApiError(403, "PERMISSION_DENIED", message);

/** 401 */
export const unauthenticated = (message: string): ApiError => new ApiError(401, "UNAUTHENTICATED", message);

/** 501: the path exists, the service has not built it. */
export const notImplemented = (message: string): ApiError => new ApiError(501, "NOT_IMPLEMENTED", message);

/**
 * 400: a limit of the workspace is reached. Not 429: that one says "try again", and the official clients do so
 * for ever, while this one ends only when something is deleted.
 */
export const quotaExceeded = (message: string): ApiError => new ApiError(400, "QUOTA_EXCEEDED", message);

/** 404 for a path that the API does not have. */
export const endpointNotFound = (method: string, path: string): ApiError =>
  new ApiError(404, "ENDPOINT_NOT_FOUND", `No API found for '${method} ${path.replace(/^\/api/, "")}'`);
