// Diagnoses of the stages between this machine and the server: resolve, connect, tls. Pure.
import type { Diagnosis } from "./problem.ts";
import { isLoopbackName, ResolutionError } from "./resolve.ts";

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "UNKNOWN";
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** No address was found for the endpoint's name. */
export function diagnoseResolve(error: unknown, host: string): Diagnosis {
  if (error instanceof ResolutionError && error.code === "EINVAL") {
    return {
      code: "EINVAL",
      reason: `the host address "${error.host}" is not an IP address`,
      fix: "set hostAddress (PGHOSTADDR) to an IP address, or leave it out",
      retry: "never",
    };
  }
  return {
    code: codeOf(error),
    reason: `no DNS server knows the name: ${messageOf(error)}`,
    fix: `check this machine's DNS and VPN; else find the address elsewhere (dig ${host}) and give it as hostAddress (PGHOSTADDR)`,
    // The name of an instance made a moment ago may not have spread yet.
    retry: "briefly",
  };
}

/** No TCP connection came about. */
export function diagnoseConnect(error: unknown, host: string, port: number): Diagnosis {
  const code = codeOf(error);
  const local = isLoopbackName(host);
  if (code === "ECONNREFUSED") {
    return {
      code,
      reason: `connection refused on port ${port}`,
      fix: local
        ? "start the local workspace with `npm run local` and give its Postgres port (PGPORT)"
        : `check the port (Lakebase listens on 5432, not on ${port === 5432 ? "others" : port}) and that no firewall or private link refuses it`,
      retry: "briefly",
    };
  }
  if (code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "ENETUNREACH") {
    return {
      code,
      reason: code === "ETIMEDOUT" ? `no reply on port ${port}` : `no route to the address (${code})`,
      fix: `let outgoing TCP to port ${port} through: firewall, VPN, security group, or the workspace's private link and IP access list`,
      retry: "never",
    };
  }
  return {
    code,
    reason: `the connection could not be made: ${messageOf(error)}`,
    fix: `check the network between this machine and the endpoint on port ${port}`,
    retry: code === "ECONNRESET" ? "briefly" : "never",
  };
}

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "INVALID_CA",
]);

/** Why a certificate file cannot be used: the system's codes, and one of this project. */
const fileFailures = new Set(["EACCES", "EISDIR", "ENOENT", "ENOTDIR", "EPERM", "NO_CERTIFICATE"]);

/** What the client trusts, in words. */
function trustOf(sslRootCert: string | undefined): string {
  if (sslRootCert === undefined) return "the certificate authorities that Node trusts";
  return sslRootCert === "system"
    ? "the operating system's certificate authorities"
    : `the authorities in ${sslRootCert}`;
}

/** The server could not be proven to be the endpoint, or speaks no TLS. */
export function diagnoseTls(error: unknown, host: string, sslRootCert: string | undefined): Diagnosis {
  const code = codeOf(error);
  const problem = (
    reason: string,
    fix: string,
    retry: Diagnosis["retry"] = "never",
    as = code,
  ): Diagnosis => ({
    code: as,
    reason,
    fix,
    retry,
  });
  if (untrusted.has(code)) {
    return problem(
      `the server's certificate is not signed by ${trustOf(sslRootCert)} (${code})`,
      "give the right PEM file as sslRootCert (PGSSLROOTCERT); for the local workspace it is caFile in its ready file; verification cannot be switched off",
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return problem(
      `the server's certificate is for another name than ${host}: ${messageOf(error)}`,
      "check host address (PGHOSTADDR) and port: another server answers there",
    );
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return problem(
      `the server's certificate ${code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet"}`,
      "check this machine's date; if it is right, the server's certificate must be renewed",
    );
  }
  if (/does not support SSL/i.test(messageOf(error))) {
    return problem(
      "the server refuses TLS",
      "check host address and port: Lakebase always speaks TLS, another PostgreSQL or a proxy answers there",
      "never",
      "TLS_REFUSED",
    );
  }
  if (fileFailures.has(code)) {
    return problem(
      `the certificate file ${sslRootCert} ${code === "NO_CERTIFICATE" ? "holds no PEM certificate" : `cannot be read (${code})`}`,
      "correct sslRootCert (PGSSLROOTCERT), or leave it out for the certificate authorities that Node trusts",
    );
  }
  if (code === "ETIMEDOUT") {
    return problem(
      "the server does not answer the TLS handshake",
      "check that the port is PostgreSQL's and that no proxy inspects the connection",
    );
  }
  return problem(
    `the TLS handshake failed: ${messageOf(error)}`,
    "check host address and port, and that no proxy is in between",
    "briefly",
  );
}
