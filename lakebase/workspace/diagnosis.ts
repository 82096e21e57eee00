// Says what a failed exchange with a workspace means and what to do: pure, from what was seen on the wire.
import { redact } from "./redact.ts";

/** The part of a failure that a diagnosis decides. */
export interface Diagnosis {
  errorCode: string;
  reason: string;
  fix: string;
  code?: string;
}

/** How to start the workspace that runs on this machine, for addresses that can only mean that one. */
function startLocal(host: string): string {
  const { hostname } = new URL(host);
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return isLocal ? "start the local workspace with `npm run local`, or correct the host and port" : "";
}

/** The code of a network failure, found in the error or in what caused it. */
export function networkCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; depth += 1) {
    const { code, cause } = at as Error & { code?: unknown };
    if (typeof code === "string") return code;
    // Several addresses tried, all in vain: the first one's failure stands for them.
    if (at instanceof AggregateError && at.errors.length > 0) at = at.errors[0];
    else at = cause;
  }
  return undefined;
}

/** The innermost message: a failed `fetch` says why only in its cause. */
export function networkDetail(error: unknown): string {
  let at = error;
  for (let depth = 0; at instanceof Error && at.cause instanceof Error && depth < 5; depth += 1)
    at = at.cause;
  return at instanceof Error ? at.message : String(at);
}

const tlsFailure = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

/** No HTTP answer came. */
export function diagnoseNetwork(host: string, code: string | undefined, detail: string): Diagnosis {
  const { hostname } = new URL(host);
  const at = (reason: string, fix: string): Diagnosis => ({
    errorCode: "UNREACHABLE",
    reason: `no workspace answers at ${host}: ${reason}`,
    fix,
    ...(code === undefined ? {} : { code }),
  });
  if (code === "ECONNREFUSED") {
    return at("connection refused", startLocal(host) || "correct the host and port of the workspace");
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return at(
      `the name ${hostname} does not resolve (${code})`,
      "correct the host (databricks:host, DATABRICKS_HOST or the profile), or this machine's DNS",
    );
  }
  if (code !== undefined && tlsFailure.test(code)) {
    return at(
      `the TLS handshake failed (${code})`,
      "correct the host; for a company's own certificate authority set NODE_EXTRA_CA_CERTS to its PEM file",
    );
  }
  if (
    code === "ETIMEDOUT" ||
    code === "UND_ERR_CONNECT_TIMEOUT" ||
    code === "EHOSTUNREACH" ||
    code === "ENETUNREACH"
  ) {
    return at(
      `no route or no reply (${code})`,
      "check VPN, firewall and private link; behind a proxy set HTTPS_PROXY and NODE_USE_ENV_PROXY=1",
    );
  }
  return at(
    `the connection broke (${code ?? redact(detail)})`,
    startLocal(host) || "check the network between this machine and the workspace, and try again",
  );
}

/** The time-out of a request passed. */
export function diagnoseTimeout(host: string, timeoutMs: number): Diagnosis {
  return {
    errorCode: "TIMEOUT",
    reason: `no answer from ${host} within ${timeoutMs / 1000} s`,
    fix: startLocal(host) || "check VPN, firewall, private link and proxy, and that the host is a workspace",
  };
}

/** What an error answer says in the forms that the service uses: plain, SCIM and OAuth. */
function readErrorBody(body: string): { errorCode?: string; message?: string } {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return {};
    const fields = parsed as Record<string, unknown>;
    const text = (name: string) => (typeof fields[name] === "string" ? (fields[name] as string) : undefined);
    const errorCode = text("error_code") ?? text("scimType") ?? text("error");
    const message = text("message") ?? text("detail") ?? text("error_description");
    return { ...(errorCode ? { errorCode } : {}), ...(message ? { message } : {}) };
  } catch {
    return {};
  }
}

const codeOfStatus: Record<number, string> = {
  400: "BAD_REQUEST",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "RESOURCE_CONFLICT",
  429: "REQUEST_LIMIT_EXCEEDED",
  500: "INTERNAL_ERROR",
  503: "TEMPORARILY_UNAVAILABLE",
};

function fixOfStatus(status: number, host: string): string {
  switch (status) {
    case 401:
      return "the token is wrong, expired or of another workspace: set a valid DATABRICKS_TOKEN, client secret or profile";
    case 403:
      return "ask for the permission (CAN_USE on the database instance), or authenticate as someone who has it";
    case 404:
      return `check the name, and that ${host} is the workspace that holds it; what was deleted there is made anew by \`pulumi up --refresh\``;
    case 429:
      return "the workspace's request limit is reached: try again later";
    case 503:
      return "the workspace is temporarily unavailable: try again later";
    default:
      return status >= 500 ? "the workspace failed: try again later" : "correct the request";
  }
}

/** The workspace answered with an error status. */
export function diagnoseStatus(host: string, status: number, contentType: string, body: string): Diagnosis {
  const said = readErrorBody(body);
  const isPage = said.message === undefined && /html/i.test(contentType);
  const errorCode = said.errorCode ?? codeOfStatus[status] ?? `HTTP_${status}`;
  const detail = isPage ? "a web page" : redact((said.message ?? body).trim().slice(0, 500));
  // Not every server behind the address is a workspace: a page for a REST path says that it is not.
  const fix =
    isPage && status < 500 && status !== 429
      ? `check that ${host} is the address of a workspace`
      : fixOfStatus(status, host);
  return { errorCode, reason: `${status} ${errorCode}${detail === "" ? "" : `: ${detail}`}`, fix };
}

/** The workspace redirected a REST request: to a login page, or from another address than its own. */
export function diagnoseRedirect(host: string, status: number, location: string | undefined): Diagnosis {
  const origin =
    location !== undefined && URL.canParse(location, host) ? new URL(location, host).origin : "another page";
  return {
    errorCode: "NOT_JSON",
    reason: `${status}, a redirect to ${origin}`,
    fix: `set the host to the workspace's own address; ${host} is not one`,
  };
}

/** A success that is not JSON. */
export function diagnoseNotJson(host: string, contentType: string): Diagnosis {
  return {
    errorCode: "NOT_JSON",
    reason: `the answer is ${/html/i.test(contentType) ? "a web page" : contentType || "empty"}, not JSON`,
    fix: `check that ${host} is the address of a workspace, and that no proxy or login page is in between`,
  };
}
