// SCIM: who is calling, and whom the workspace knows. /api/2.0/preview/scim/v2
import { type Context, Hono } from "hono";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import { invalidParameter, notFound, permissionDenied } from "./errors.ts";
import type { Identity } from "./identities.ts";
import { builtInGroups, type Group } from "./identities-table.ts";
import { accept, flag, list, object, outputOnly, text } from "./validation.ts";

type Resource = Record<string, unknown>;

/** The routes of SCIM, relative to /api/2.0/preview/scim/v2. The workspace's id travels in a header, see server.ts. */
export function scimRoutes({ identities, postgres }: Workspace): Hono<Env> {
  const view = (identity: Identity): Resource => describe(identity, identities.groupsOf(identity));
  const ofKind = (kind: Identity["kind"]): Resource[] =>
    identities
      .all()
      .filter((identity) => identity.kind === kind)
      .map(view);
  const groups = (): Resource[] => [...builtInGroups.map(builtIn), ...identities.groups()].map(describeGroup);
  const added = async (c: Context<Env>, resource: Resource): Promise<Response> => {
    await postgres.identitiesChanged();
    return c.json(resource, 201);
  };
  const lists: [string, () => Resource[]][] = [
    ["/Users", () => ofKind("user")],
    ["/ServicePrincipals", () => ofKind("service_principal")],
    ["/Groups", groups],
  ];
  const routes = new Hono<Env>().get("/Me", (c) => {
    const excluded = new Set((c.req.query("excludedAttributes") ?? "").split(","));
    const entries = Object.entries(view(c.get("identity"))).filter(([name]) => !excluded.has(name));
    return c.json(Object.fromEntries(entries));
  });
  for (const [path, all] of lists) {
    routes.get(path, (c) => c.json(listResponse(filtered(all(), c.req.query("filter")))));
    routes.get(`${path}/:id`, (c) => {
      const found = all().find(({ id }) => id === pathParameter(c, "id"));
      if (found) return c.json(found);
      throw notFound(`${path.slice(1, -1)} with id ${pathParameter(c, "id")} not found.`);
    });
  }
  return routes
    .post("/Users", async (c) => {
      requireAdmin(c);
      const made = accept<{ userName: string; displayName?: string }>(
        await readJson(c),
        object({ userName: email, displayName: text(), ...ignored }, ["userName"]),
      );
      return added(c, view(identities.add({ kind: "user", ...made })));
    })
    .post("/ServicePrincipals", async (c) => {
      requireAdmin(c);
      const made = accept<{ displayName?: string }>(
        await readJson(c),
        object({ displayName: text(), applicationId: outputOnly, ...ignored }),
      );
      const { displayName } = made;
      return added(c, view(identities.add({ kind: "service_principal", displayName })));
    })
    .post("/Groups", async (c) => {
      requireAdmin(c);
      const made = accept<{ displayName: string; members?: { value: string }[] }>(
        await readJson(c),
        object({ displayName: nonEmpty, members: list(object({ value: nonEmpty }, ["value"])), ...ignored }, [
          "displayName",
        ]),
      );
      const members = (made.members ?? []).map(({ value }) => value);
      return added(c, describeGroup(identities.addGroup(made.displayName, members)));
    });
}

const nonEmpty = text({ form: /\S/, described: "a non-empty string" });
const email = text({ form: /^[^@\s]+@[^@\s]+$/, described: "an e-mail address" });
/** What the official clients send along, and what makes no difference here. */
const ignored = {
  schemas: outputOnly,
  active: flag,
  entitlements: outputOnly,
  emails: outputOnly,
  name: outputOnly,
  externalId: outputOnly,
};

function requireAdmin(c: Context<Env>): void {
  if (c.get("identity").admin) return;
  throw permissionDenied("Only workspace admins can change users, groups and service principals.");
}

/** `attribute eq "value"`, the one form of filter that clients look things up with; another must not find everybody. */
function filtered(resources: Resource[], filter: string | undefined): Resource[] {
  if (filter === undefined || filter.trim() === "") return resources;
  const [, attribute, value] = /^\s*(\w+)\s+eq\s+"?([^"]*)"?\s*$/i.exec(filter) ?? [];
  if (attribute === undefined) {
    throw invalidParameter(
      `filter ${JSON.stringify(filter)} is of a form that the local workspace does not read; attribute eq "value" it reads`,
    );
  }
  return resources.filter(
    (resource) => String(resource[attribute] ?? "").toLowerCase() === value?.toLowerCase(),
  );
}

function listResponse(resources: Resource[]): Resource {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: resources.length,
    startIndex: 1,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

function describe(identity: Identity, groups: readonly string[]): Resource {
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
    groups: groups.map((display) => ({ display, type: "direct" })),
    entitlements: [{ value: "workspace-access" }, { value: "databricks-sql-access" }],
  };
}

function builtIn(displayName: string): Group {
  return { id: displayName, displayName, members: [] };
}

function describeGroup({ id, displayName, members }: Group): Resource {
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
    id,
    displayName,
    members: members.map((value) => ({ value })),
  };
}
