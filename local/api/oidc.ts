// OAuth for machines: discovery, the token endpoint (client credentials) and the public keys. /oidc
import { Hono } from "hono";
import type { Env, Workspace } from "./context.ts";

/**
 * The host's metadata, relative to /.well-known. Clients take the place of /oidc from it (the Python SDK has no
 * other way to log a service principal in) and the workspace's id, which saves them a request.
 */
export function hostMetadataRoutes({ directory }: Workspace): Hono<Env> {
  return new Hono<Env>().get("/databricks-config", (c) =>
    c.json({
      oidc_endpoint: `${new URL(c.req.url).origin}/oidc`,
      workspace_id: directory.workspaceId,
      host_type: "workspace",
    }),
  );
}

/** The routes of OAuth, relative to /oidc. */
export function oidcRoutes({ identities, tokens }: Workspace, issuer: string): Hono<Env> {
  return new Hono<Env>()
    .get("/.well-known/oauth-authorization-server", (c) => {
      const base = `${new URL(c.req.url).origin}/oidc/v1`;
      return c.json({
        issuer,
        authorization_endpoint: `${base}/authorize`,
        token_endpoint: `${base}/token`,
        jwks_uri: `${base}/keys`,
        grant_types_supported: ["client_credentials"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        scopes_supported: ["all-apis"],
      });
    })
    .get("/v1/keys", async (c) => c.json(await tokens.publicKeys()))
    .post("/v1/token", async (c) => {
      const form = new URLSearchParams(await c.req.text());
      const client = basicClient(c.req.header("authorization")) ?? {
        id: form.get("client_id") ?? "",
        secret: form.get("client_secret") ?? "",
      };
      const identity = identities.byClient(client.id, client.secret);
      if (!identity) {
        return c.json({ error: "invalid_client", error_description: "Client authentication failed" }, 401);
      }
      const grant = form.get("grant_type");
      if (grant !== "client_credentials") {
        return c.json(
          {
            error: grant === null ? "invalid_request" : "unsupported_grant_type",
            error_description: `grant_type must be client_credentials, not ${JSON.stringify(grant)}`,
          },
          400,
        );
      }
      const scope = form.get("scope") ?? "all-apis";
      if (scope !== "all-apis") {
        return c.json({ error: "invalid_scope", error_description: "The scope must be all-apis" }, 400);
      }
      const { token } = await tokens.mintApiToken(identity.userName);
      return c.json({
        access_token: token,
        token_type: "Bearer",
        expires_in: tokens.lifetimeSeconds,
        scope,
      });
    });
}

/** The client of `Basic base64(urlencode(id):urlencode(secret))`, RFC 6749 section 2.3.1. */
function basicClient(header: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^Basic (.+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [id = "", ...secret] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part.replaceAll("+", " "));
    } catch {
      return part;
    }
  };
  return { id: decode(id), secret: decode(secret.join(":")) };
}
