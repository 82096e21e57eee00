// The local certificate authority and the gateway's certificates, one for each name that a client asks for.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import * as x509 from "@peculiar/x509";
import { writeDurably } from "../durable-file.ts";
import { exists } from "./binaries.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;
const AUTHORITY_DAYS = 20 * 365;
const LEAF_DAYS = 397;

/** What the authority vouches for. */
const LOCAL_NAME = /^([a-z0-9_-]{1,63}\.)*localhost$/i;

/** Names beyond this are forgotten, oldest first: a client may ask for any. */
const CACHE_LIMIT = 1_000;

// Should somebody trust the authority machine-wide, it can still vouch for this machine only. DER of the extension
// "permitted: DNS localhost and below, IP 127.0.0.0/8", which the library has no class for.
const NAME_CONSTRAINTS = "2.5.29.30";
const ONLY_LOCALHOST = Buffer.concat([
  Buffer.from([0x30, 0x1b, 0xa0, 0x19, 0x30, 0x0b, 0x82, 0x09]),
  Buffer.from("localhost"),
  Buffer.from([0x30, 0x0a, 0x87, 0x08, 127, 0, 0, 0, 255, 0, 0, 0]),
]);

/** A certificate with its key, as PEM. */
export interface Identity {
  cert: string;
  key: string;
}

/** Signs certificates for the names that clients ask for. */
export interface Certificates {
  readonly caFile: string;
  /** The TLS identity for clients that ask for no name: `localhost` and 127.0.0.1. */
  readonly unnamed: Identity;
  /** The TLS identity for a client that asks for `name`; for a name outside `localhost`, that of `unnamed`. */
  contextFor(name: string): Promise<SecureContext>;
  /** Replaces key and certificates by new ones of the same authority, for the handshakes from then on. */
  rotate(): Promise<void>;
}

/** Reads the authority from the folder, or makes one. */
export async function openCertificates(folder: string): Promise<Certificates> {
  const caFile = join(folder, "ca.crt");
  const keyFile = join(folder, "ca.key");
  // The certificate is written last: where it stands its key does too.
  if (!(await exists(caFile))) await createAuthority(caFile, keyFile);
  const authority = new x509.X509Certificate(await readFile(caFile, "utf8"));
  const signingKey = await importKey(await readFile(keyFile, "utf8"));
  const cache = new Map<string, { context: Promise<SecureContext>; until: number }>();

  const makeLeaf = async () => {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const key = await exportKey(keys.privateKey);
    const certify = async (name: string): Promise<Identity> => ({
      cert: await issue(name, authority, signingKey, keys.publicKey),
      key,
    });
    return { certify, unnamed: await certify("localhost") };
  };
  let leaf = await makeLeaf();

  return {
    caFile,
    get unnamed() {
      return leaf.unnamed;
    },
    async rotate() {
      leaf = await makeLeaf();
      cache.clear();
    },
    contextFor: (asked) => {
      const name = LOCAL_NAME.test(asked) && asked.length <= 253 ? asked.toLowerCase() : "localhost";
      const known = cache.get(name);
      if (known && known.until > Date.now()) return known.context;
      const context = leaf.certify(name).then((identity) => createSecureContext(identity));
      cache.delete(name);
      cache.set(name, { context, until: Date.now() + (LEAF_DAYS / 2) * DAY });
      if (cache.size > CACHE_LIMIT) cache.delete(cache.keys().next().value as string);
      return context;
    },
  };
}

async function createAuthority(caFile: string, keyFile: string): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=pulumi-lakebase local workspace",
    ...validity(AUTHORITY_DAYS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(NAME_CONSTRAINTS, true, ONLY_LOCALHOST),
    ],
  });
  await writeDurably(keyFile, await exportKey(keys.privateKey), 0o600);
  await writeDurably(caFile, `${certificate.toString("pem")}\n`, 0o644);
}

async function issue(
  name: string,
  authority: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  publicKey: webcrypto.CryptoKey,
): Promise<string> {
  const names = new Set([name, "localhost"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer: authority.subject,
    ...validity(LEAF_DAYS),
    publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...[...names].map((value) => ({ type: "dns" as const, value })),
        { type: "ip" as const, value: "127.0.0.1" },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authority, false),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return certificate.toString("pem");
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  // A day back: the clocks of a container and of its host may differ.
  return { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + days * DAY) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), ALGORITHM, false, ["sign"]);
}
