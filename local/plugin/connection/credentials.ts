// Turns the settings into the Authorization header: a personal access token, or a token minted for a service principal.

import type { Clock } from "../clock.ts";
import type { HttpAnswer } from "./http.ts";
import type { Settings } from "./settings.ts";

/** A way to authorize requests. */
export interface Credentials {
  /** Its name in the User-Agent. */
  readonly name: "pat" | "oauth-m2m";
  /** Finds out where tokens come from; nothing for a fixed token. */
  discover(): Promise<void>;
  /** The value of the Authorization header. */
  authorization(): Promise<string>;
}

/** Sends an unauthenticated request for the credentials. */
export type SendPlain = (request: {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  chunked?: boolean;
}) => Promise<HttpAnswer>;

const HELP =
  "cannot configure default credentials, please check " +
  "https://docs.databricks.com/en/dev-tools/auth.html#databricks-client-unified-authentication " +
  "to configure credentials for your preferred authentication method";

/** Chooses the credentials; throws, without a request, when the settings hold none that can be used. */
export function chooseCredentials(settings: Settings, send: SendPlain, clock: Clock): Credentials {
  const { host, token, clientId, clientSecret, authType } = settings;
  if (host && token && (authType === "" || authType === "pat")) {
    return { name: "pat", discover: async () => {}, authorization: async () => `Bearer ${token}` };
  }
  if (host && clientId && clientSecret && (authType === "" || authType === "oauth-m2m")) {
    return new ServicePrincipal(settings, send, clock);
  }
  throw noCredentials(settings);
}

function noCredentials({ summary }: Settings): Error {
  return new Error(`default auth: ${HELP}${summary ? `. ${summary}` : ""}`);
}

interface Token {
  value: string;
  mintedAt: number;
  expiresAt: number;
}

const LONGEST_EARLY_REFRESH = 20 * 60 * 1000;

/** OAuth for machines: client id and secret for a token, renewed in the background before it expires. */
class ServicePrincipal implements Credentials {
  readonly name = "oauth-m2m";
  readonly #settings: Settings;
  readonly #send: SendPlain;
  readonly #clock: Clock;
  #endpoint: Promise<string> | undefined;
  #token: Token | undefined;
  #minting: Promise<Token> | undefined;

  constructor(settings: Settings, send: SendPlain, clock: Clock) {
    this.#settings = settings;
    this.#send = send;
    this.#clock = clock;
  }

  async discover(): Promise<void> {
    this.#endpoint ??= this.#findEndpoint();
    try {
      await this.#endpoint;
    } catch (error) {
      this.#endpoint = undefined;
      throw error;
    }
  }

  async authorization(): Promise<string> {
    await this.discover();
    const token = this.#token;
    const now = this.#clock.now();
    if (!token || now >= token.expiresAt) return `Bearer ${(await this.#mint()).value}`;
    const early = Math.min((token.expiresAt - token.mintedAt) / 2, LONGEST_EARLY_REFRESH);
    // A failed renewal is tried again by the next request; this one still has a good token.
    if (now >= token.expiresAt - early) this.#mint().catch(() => {});
    return `Bearer ${token.value}`;
  }

  async #findEndpoint(): Promise<string> {
    const answer = await this.#send({ method: "GET", path: "/oidc/.well-known/oauth-authorization-server" });
    const endpoint = answer.status === 200 ? (JSON.parse(answer.body) as { token_endpoint?: string }) : {};
    if (!endpoint.token_endpoint) throw noCredentials(this.#settings);
    return endpoint.token_endpoint;
  }

  #mint(): Promise<Token> {
    this.#minting ??= this.#requestToken().finally(() => {
      this.#minting = undefined;
    });
    return this.#minting;
  }

  async #requestToken(): Promise<Token> {
    const { clientId, clientSecret } = this.#settings;
    const pair = `${formEncode(clientId)}:${formEncode(clientSecret)}`;
    const endpoint = new URL((await this.#endpoint)!);
    const answer = await this.#send({
      method: "POST",
      path: endpoint.pathname + endpoint.search,
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
      },
      body: "grant_type=client_credentials&scope=all-apis",
      chunked: true,
    });
    if (answer.status !== 200) throw noCredentials(this.#settings);
    const minted = JSON.parse(answer.body) as { access_token: string; expires_in: number };
    const mintedAt = this.#clock.now();
    this.#token = { value: minted.access_token, mintedAt, expiresAt: mintedAt + minted.expires_in * 1000 };
    return this.#token;
  }
}

function formEncode(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
