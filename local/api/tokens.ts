// Tokens: signed JWTs for the API (OAuth) and for database logins (credentials), and their verification.

import { randomUUID } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { type CryptoKey, errors, exportJWK, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { timestamp, type WorkspaceClock } from "../clock.ts";

/** Signature algorithm: short signatures keep the password that a login sends short. */
export const signatureAlgorithm = "ES256";

/** A token and the time at which it ends. */
export interface Minted {
  token: string;
  expiresAt: number;
}

/** What a verified token says. */
export interface TokenClaims {
  subject: string;
  /** `all-apis` for the REST API, `database` for logins. */
  scope: string;
  /** Uids of the instances that a database token opens. */
  instances: string[];
}

/** A token that is not accepted; the message is the reason. */
export class TokenRejectedError extends Error {}

/** Mints and verifies the workspace's tokens. */
export interface Tokens {
  readonly lifetimeSeconds: number;
  mintApiToken(subject: string): Promise<Minted>;
  mintCredential(subject: string, instanceUids: readonly string[]): Promise<Minted>;
  verify(token: string): Promise<TokenClaims>;
  /** The public key, for clients that verify tokens themselves. */
  publicKeys(): Promise<{ keys: JWK[] }>;
}

/** Settings of {@link createTokens}. */
export interface TokensOptions {
  clock: WorkspaceClock;
  /** Private key; the same for each run of a data directory, so that tokens outlive a restart. */
  signingKey: JWK;
  /** Names this workspace in every token; constant for each data directory. */
  issuer: string;
  audience: string;
  lifetimeSeconds: number;
  /** Every token is appended to this file, for tests that look for leaks. */
  mintedTokensFile?: string;
}

/** Makes the workspace's mint. */
export async function createTokens(options: TokensOptions): Promise<Tokens> {
  const { clock, issuer, audience, lifetimeSeconds } = options;
  const privateKey = (await importJWK(options.signingKey, signatureAlgorithm, {
    extractable: true,
  })) as CryptoKey;
  const { d: _private, ...publicJwk } = await exportJWK(privateKey);
  const publicKey = await importJWK(publicJwk, signatureAlgorithm);

  async function mint(subject: string, claims: Record<string, unknown>): Promise<Minted> {
    const issuedAt = Math.floor(clock.now() / 1000);
    const expiresAt = issuedAt + lifetimeSeconds;
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: signatureAlgorithm, typ: "JWT" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      // Two tokens of the same second must differ: leak tests and revocation look at the text.
      .setJti(randomUUID())
      .sign(privateKey);
    if (options.mintedTokensFile) await appendFile(options.mintedTokensFile, `${token}\n`, { mode: 0o600 });
    return { token, expiresAt: expiresAt * 1000 };
  }

  return {
    lifetimeSeconds,
    mintApiToken: (subject) => mint(subject, { scope: "all-apis" }),
    mintCredential: (subject, instances) => mint(subject, { scope: "database", instances }),
    publicKeys: async () => ({ keys: [{ ...publicJwk, alg: signatureAlgorithm, use: "sig" }] }),
    async verify(token) {
      const currentDate = new Date(clock.now());
      const allowed = { issuer, audience, algorithms: [signatureAlgorithm], currentDate };
      try {
        const { payload } = await jwtVerify(token, publicKey, allowed);
        const instances = Array.isArray(payload.instances) ? payload.instances.map(String) : [];
        return { subject: String(payload.sub), scope: String(payload.scope), instances };
      } catch (error) {
        throw new TokenRejectedError(reasonOf(error));
      }
    },
  };
}

/** The reason in words that never repeat the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) {
    return `the token expired at ${timestamp((error.payload.exp ?? 0) * 1000)}`;
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the token's ${error.claim} claim is not this workspace's`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature is not valid";
  return "Provided authentication token is not a valid JWT encoding";
}
