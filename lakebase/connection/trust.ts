// Which certificate authorities a connection trusts.
import { readFile } from "node:fs/promises";
import { getCACertificates } from "node:tls";

/** PEM certificates; undefined stands for the ones that Node trusts. */
export type Trust = string | string[] | undefined;

/**
 * The PEM certificates to trust instead of Node's own: those of a file, or with `system` the operating
 * system's. Undefined keeps Node's. Throws with code ENOENT, EACCES or NO_CERTIFICATE.
 */
export async function loadTrust(sslRootCert: string | undefined): Promise<Trust> {
  if (sslRootCert === undefined) return undefined;
  if (sslRootCert === "system") return getCACertificates("system");
  const pem = await readFile(sslRootCert, "utf8");
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    // Node would go on with an empty list and then blame the server's certificate.
    throw Object.assign(new Error("no PEM certificate in the file"), { code: "NO_CERTIFICATE" });
  }
  return pem;
}
