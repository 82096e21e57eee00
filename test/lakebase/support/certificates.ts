// Certificates for TLS tests: an authority, and servers' certificates that it signs, in every way wrong.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;
x509.cryptoProvider.set(webcrypto);

/** A key with its certificate, in PEM. */
export interface PemPair {
  key: string;
  cert: string;
}

/** Signs certificates for servers. */
export interface TestAuthority {
  /** The authority's own certificate, in PEM. */
  ca: string;
  /** Makes a certificate for a DNS name, valid for these days from now (negative: in the past). */
  issue(name: string, validDays?: { from: number; to: number }): Promise<PemPair>;
}

async function toPem(key: webcrypto.CryptoKey, cert: x509.X509Certificate): Promise<PemPair> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", key);
  return { key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"), cert: cert.toString("pem") };
}

const generateKeys = async () => await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

const daysFromNow = (days: number) => new Date(Date.now() + days * dayMs);

/** A new certificate authority. */
export async function createAuthority(): Promise<TestAuthority> {
  const keys = await generateKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Test authority",
    keys,
    signingAlgorithm: algorithm,
    notBefore: daysFromNow(-10),
    notAfter: daysFromNow(10),
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  return {
    ca: ca.toString("pem"),
    async issue(name, validDays = { from: -1, to: 1 }) {
      const own = await generateKeys();
      const cert = await x509.X509CertificateGenerator.create({
        subject: `CN=${name}`,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore: daysFromNow(validDays.from),
        notAfter: daysFromNow(validDays.to),
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
      });
      return toPem(own.privateKey, cert);
    },
  };
}

/** A certificate that nobody but itself vouches for. */
export async function createSelfSigned(name: string): Promise<PemPair> {
  const keys = await generateKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: daysFromNow(-1),
    notAfter: daysFromNow(1),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
  });
  return toPem(keys.privateKey, cert);
}
