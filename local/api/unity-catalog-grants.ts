// Grants in Unity Catalog: kept and shown, so that declared grants settle. /api/2.1/unity-catalog/permissions
import { Hono } from "hono";
import { type Env, readJson, type Workspace } from "./context.ts";
import { accept, list, object, text } from "./validation.ts";

interface Assignment {
  principal: string;
  privileges: string[];
}

interface Change {
  principal: string;
  add?: string[];
  remove?: string[];
}

const fields = {
  changes: list(object({ principal: text(), add: list(text()), remove: list(text()) }, ["principal"])),
};

/** The routes of grants, relative to /api/2.1/unity-catalog. */
export function grantRoutes({ store }: Workspace): Hono<Env> {
  const grants = store.collection<Assignment[]>("grant");
  const view = (assignments: readonly Assignment[]): object =>
    assignments.length > 0 ? { privilege_assignments: assignments } : {};

  return new Hono<Env>()
    .get("/permissions/:type/:name", (c) => c.json(view(grants.get(keyOf(c.req.param())) ?? [])))
    .patch("/permissions/:type/:name", async (c) => {
      const { changes = [] } = accept<{ changes?: Change[] }>(await readJson(c), object(fields));
      const key = keyOf(c.req.param());
      const assignments = changes.reduce(applied, grants.get(key) ?? []);
      grants.put(key, assignments);
      return c.json(view(assignments));
    });
}

function keyOf({ type = "", name = "" }: { type?: string; name?: string }): string {
  return `${type.toLowerCase()}/${name}`;
}

function applied(
  assignments: readonly Assignment[],
  { principal, add = [], remove = [] }: Change,
): Assignment[] {
  const privileges = new Set(assignments.find((entry) => entry.principal === principal)?.privileges);
  for (const privilege of remove.map(normal)) {
    if (privilege === "ALL_PRIVILEGES") privileges.clear();
    else privileges.delete(privilege);
  }
  for (const privilege of add.map(normal)) privileges.add(privilege);
  const others = assignments.filter((entry) => entry.principal !== principal);
  return privileges.size > 0 ? [...others, { principal, privileges: [...privileges].sort() }] : others;
}

/** "USE SCHEMA" is USE_SCHEMA. */
function normal(privilege: string): string {
  return privilege.toUpperCase().replaceAll(" ", "_");
}
