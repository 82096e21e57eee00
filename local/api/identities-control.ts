// Identities for tests and demos, with their secrets: /local/identities
import { Hono } from "hono";
import { type Env, readJson, type Workspace } from "./context.ts";
import { invalidParameter } from "./errors.ts";
import type { IdentityWithSecret } from "./identities-table.ts";
import { accept, flag, list, object, oneOf, text } from "./validation.ts";

interface IdentityRequest {
  type: "user" | "service_principal" | "group";
  name?: string;
  display_name?: string;
  admin?: boolean;
  may_create_instances?: boolean;
  /** Of a group: user names and application ids. */
  members?: string[];
}

const nonEmpty = text({ form: /\S/, described: "a non-empty string" });
const request = object(
  {
    type: oneOf(["user", "service_principal", "group"]),
    name: nonEmpty,
    display_name: nonEmpty,
    admin: flag,
    may_create_instances: flag,
    members: list(nonEmpty),
  },
  ["type"],
);

/** The routes relative to /local: who there is, and who is to be there. A group that exists gets new members. */
export function identityControlRoutes({ identities, postgres }: Workspace): Hono<Env> {
  return new Hono<Env>()
    .get("/identities", (c) =>
      c.json({
        identities: identities.all().map((identity) => describe(identity, identities.groupsOf(identity))),
        groups: identities.groups().map(({ id, displayName, members }) => ({
          type: "group",
          id,
          name: displayName,
          members: identities.all().flatMap((one) => (members.includes(one.id) ? [one.userName] : [])),
        })),
      }),
    )
    .post("/identities", async (c) => {
      const wanted = accept<IdentityRequest>(await readJson(c), request);
      const made = wanted.type === "group" ? addGroup(wanted) : addIdentity(wanted);
      await postgres.identitiesChanged();
      return c.json(made);
    });

  function addIdentity({ type, name, display_name, admin, may_create_instances }: IdentityRequest): object {
    if (type === "user" && name === undefined) throw invalidParameter("name is required for a user");
    const identity = identities.add({
      kind: type === "user" ? "user" : "service_principal",
      userName: name,
      displayName: display_name ?? name,
      admin,
      mayCreateInstances: may_create_instances,
    });
    return describe(identity, identities.groupsOf(identity));
  }

  function addGroup({ name, members = [] }: IdentityRequest): object {
    if (name === undefined) throw invalidParameter("name is required for a group");
    const ids = members.map((member) => {
      const found = identities.find(member);
      if (!found) throw invalidParameter(`the workspace knows nobody named ${JSON.stringify(member)}`);
      return found.id;
    });
    const exists = identities.groups().some(({ displayName }) => displayName === name);
    const group = exists ? identities.setMembers(name, ids) : identities.addGroup(name, ids);
    return { type: "group", id: group.id, name, members };
  }
}

function describe(identity: IdentityWithSecret, groups: string[]): object {
  const { kind: type, id, userName, displayName, admin, mayCreateInstances, secret } = identity;
  return {
    type,
    id,
    name: userName,
    display_name: displayName,
    admin,
    may_create_instances: mayCreateInstances ?? true,
    groups,
    ...(type === "user" ? { token: secret } : { client_id: userName, client_secret: secret }),
  };
}
