// SCIM: who is calling. /api/2.0/preview/scim/v2/Me
import { Hono } from "hono";
import type { Env } from "./context.ts";
import type { Identity } from "./identities.ts";

/** The routes of SCIM, relative to /api/2.0/preview/scim/v2. The workspace's id travels in a header, see server.ts. */
export function scimRoutes(): Hono<Env> {
  return new Hono<Env>().get("/Me", (c) => {
    const excluded = new Set((c.req.query("excludedAttributes") ?? "").split(","));
    const entries = Object.entries(describe(c.get("identity"))).filter(([name]) => !excluded.has(name));
    return c.json(Object.fromEntries(entries));
  });
}

function describe(identity: Identity): Record<string, unknown> {
  const group = (display: string): object => ({ display, type: "direct" });
  const isUser = identity.kind === "user";
  return {
    schemas: [`urn:ietf:params:scim:schemas:core:2.0:${isUser ? "User" : "ServicePrincipal"}`],
    id: identity.id,
    userName: identity.userName,
    displayName: identity.displayName,
    active: true,
    ...(isUser
      ? { emails: [{ value: identity.userName, type: "work", primary: true }] }
      : { applicationId: identity.userName }),
    groups: identity.admin ? [group("users"), group("admins")] : [group("users")],
    entitlements: [{ value: "workspace-access" }, { value: "databricks-sql-access" }],
  };
}
