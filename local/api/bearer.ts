// Who is calling: the bearer token of a request, a personal access token or one from the OAuth endpoint.
import type { MiddlewareHandler } from "hono";
import type { Env } from "./context.ts";
import { permissionDenied, unauthenticated } from "./errors.ts";
import { type Directory, equal, type Identity } from "./identities.ts";
import type { Identities } from "./identities-table.ts";
import { TokenRejectedError, type Tokens } from "./tokens.ts";

/** Middleware that finds the caller, or refuses the request. */
export function requireBearer(identities: Identities, tokens: Tokens): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set("identity", await identify(c.req.header("authorization"), identities, tokens));
    await next();
  };
}

/** Middleware for the control endpoints: the personal access token and nothing else. */
export function requirePersonalAccessToken(directory: Directory): MiddlewareHandler<Env> {
  return async (c, next) => {
    const token = bearerOf(c.req.header("authorization"));
    if (token === undefined || !equal(token, directory.personalAccessToken)) {
      throw unauthenticated("/local needs the workspace's personal access token as the bearer token.");
    }
    c.set("identity", directory.user);
    await next();
  };
}

async function identify(
  header: string | undefined,
  identities: Identities,
  tokens: Tokens,
): Promise<Identity> {
  const token = bearerOf(header);
  if (token === undefined) {
    throw unauthenticated("Credential was not sent or was of an unsupported type for this API.");
  }
  const owner = identities.byToken(token);
  if (owner) return owner;
  if (token.startsWith("dapi")) throw permissionDenied("Invalid access token.");
  try {
    const claims = await tokens.verify(token);
    const identity = identities.find(claims.subject);
    if (claims.scope === "all-apis" && identity) return identity;
    // A database credential opens a database, not the API.
    throw permissionDenied("Provided OAuth token does not have required scopes: all-apis");
  } catch (error) {
    if (error instanceof TokenRejectedError) throw unauthenticated(`Invalid access token: ${error.message}.`);
    throw error;
  }
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
}
