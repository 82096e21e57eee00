// Roles of an instance: /api/2.0/database/instances/{i}/roles. PostgreSQL itself holds them; nothing is kept beside it.
import { Hono } from "hono";
import pg from "pg";
import { ROLE_COMMENT as commentPrefix } from "../postgres/index.ts";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import { type ApiError, alreadyExists, invalidParameter, invalidState, notFound } from "./errors.ts";
import { type InstanceRecord, withoutUndefined } from "./instance-record.ts";
import { requireAtRest } from "./instances.ts";
import { pageOf } from "./paging.ts";
import {
  accept,
  booleanParameter,
  databaseName,
  flag,
  isObject,
  object,
  oneOf,
  outputOnly,
} from "./validation.ts";

const identityTypes = ["USER", "GROUP", "SERVICE_PRINCIPAL", "PG_ONLY"] as const;
const attributeNames = ["bypassrls", "createdb", "createrole"] as const;

type Attributes = Partial<Record<(typeof attributeNames)[number], boolean>>;

interface RoleRequest {
  name?: string;
  identity_type?: string;
  membership_role?: string;
  attributes?: Attributes;
}

const fields = {
  name: databaseName(["pg_", "databricks_"]),
  identity_type: oneOf(identityTypes),
  membership_role: oneOf(["DATABRICKS_SUPERUSER"]),
  attributes: object({ bypassrls: flag, createdb: flag, createrole: flag }),
  effective_attributes: outputOnly,
  instance_name: outputOnly,
};

const selectRoles = `SELECT rolname, rolbypassrls AS bypassrls, rolcreatedb AS createdb, rolcreaterole AS createrole,
  shobj_description(oid, 'pg_authid') AS comment, pg_has_role(rolname, 'databricks_superuser', 'member') AS superuser
  FROM pg_roles WHERE rolname !~ '^(pg_|databricks_)' AND NOT rolsuper ORDER BY oid`;

/** The routes of roles, relative to /api/2.0/database. */
export function instanceRoleRoutes(workspace: Workspace): Hono<Env> {
  const { instances, permissions, postgres } = workspace;
  const query = (instance: InstanceRecord, sql: string): Promise<{ rows: Record<string, unknown>[] }> =>
    postgres.query(instance.uid, "postgres", sql);
  const rolesOf = async (instance: InstanceRecord): Promise<RoleView[]> =>
    (await query(instance, selectRoles)).rows.map((row) => viewRole(row, instance));
  const requireRole = async (instance: InstanceRecord, name: string): Promise<RoleView> => {
    const role = (await rolesOf(instance)).find((candidate) => candidate.name === name);
    if (role) return role;
    throw notFound(`Role '${name}' not found in database instance '${instance.name}'.`);
  };
  /** Roles live in PostgreSQL, so they can be reached only while it runs. */
  const running = (name: string): InstanceRecord => {
    const instance = instances.require(name);
    requireAtRest(instance, ["AVAILABLE"]);
    return instance;
  };

  return new Hono<Env>()
    .post("/instances/:instance/roles", async (c) => {
      const request = accept<RoleRequest & { name: string }>(await readJson(c), object(fields, ["name"]));
      const instance = running(pathParameter(c, "instance"));
      permissions.requireManage(c.get("identity"), instance);
      if ((await rolesOf(instance)).some((role) => role.name === request.name)) {
        throw roleExists(instance, request.name);
      }
      await query(instance, createStatements(request)).catch((error: unknown) => {
        const { code, message } = error as Error & { code?: string };
        if (code === "42939") throw invalidParameter(`name ${JSON.stringify(request.name)}: ${message}`);
        // 42710, or 23505 when both were at it in the same moment: another request has just made it.
        if (code === "42710" || code === "23505") throw roleExists(instance, request.name);
        throw error;
      });
      return c.json(await requireRole(instance, request.name));
    })
    .get("/instances/:instance/roles", async (c) => {
      const roles = await rolesOf(running(pathParameter(c, "instance")));
      const page = pageOf(
        roles.map((value, place) => ({ place, value })),
        c.req.query(),
      );
      return c.json(
        withoutUndefined({ database_instance_roles: page.items, next_page_token: page.nextPageToken }),
      );
    })
    .get("/instances/:instance/roles/:role", async (c) =>
      c.json(await requireRole(running(pathParameter(c, "instance")), pathParameter(c, "role"))),
    )
    .patch("/instances/:instance/roles/:role", async (c) => {
      const body = await readJson(c);
      const request = accept<RoleRequest>(body, object(fields));
      const instance = running(pathParameter(c, "instance"));
      permissions.requireManage(c.get("identity"), instance);
      const role = await requireRole(instance, pathParameter(c, "role"));
      if (request.name !== undefined && request.name !== role.name) {
        throw invalidParameter(`name ${role.name} cannot be changed to ${request.name}`);
      }
      if (request.identity_type !== undefined && request.identity_type !== role.identity_type) {
        throw invalidParameter(
          `identity_type ${role.identity_type} cannot be changed to ${request.identity_type}`,
        );
      }
      const statements = [
        ...attributeStatements(role.name, request.attributes ?? {}),
        ...membership(role.name, request),
        ...endOfMembership(role.name, body),
      ];
      await query(instance, statements.join("; "));
      return c.json(await requireRole(instance, role.name));
    })
    .delete("/instances/:instance/roles/:role", async (c) => {
      const allowMissing = booleanParameter("allow_missing", c.req.query("allow_missing")) ?? false;
      const instance = running(pathParameter(c, "instance"));
      permissions.requireManage(c.get("identity"), instance);
      const name = pathParameter(c, "role");
      const roles = await rolesOf(instance);
      if (!roles.some((role) => role.name === name)) {
        if (allowMissing) return c.json({});
        throw notFound(`Role '${name}' not found in database instance '${instance.name}'.`);
      }
      await dropRole(workspace, instance, name, c.req.query("reassign_owned_to"));
      return c.json({});
    });
}

function roleExists(instance: InstanceRecord, name: string): ApiError {
  return alreadyExists(`Role '${name}' already exists in database instance '${instance.name}'.`);
}

interface RoleView {
  name: string;
  identity_type: string;
  effective_attributes: Required<Attributes>;
  instance_name: string;
  membership_role?: string;
}

function viewRole(row: Record<string, unknown>, instance: InstanceRecord): RoleView {
  const name = String(row.rolname);
  const comment = typeof row.comment === "string" ? row.comment : "";
  return {
    name,
    identity_type: comment.startsWith(commentPrefix)
      ? comment.slice(commentPrefix.length)
      : identityFromName(name),
    effective_attributes: {
      bypassrls: row.bypassrls === true,
      createdb: row.createdb === true,
      createrole: row.createrole === true,
    },
    instance_name: instance.name,
    ...(row.superuser === true ? { membership_role: "DATABRICKS_SUPERUSER" } : {}),
  };
}

/** For the creator's role and those made by SQL, which carry no mark. */
function identityFromName(name: string): string {
  if (name.includes("@")) return "USER";
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name) ? "SERVICE_PRINCIPAL" : "PG_ONLY";
}

function createStatements(request: RoleRequest & { name: string }): string {
  const role = pg.escapeIdentifier(request.name);
  const mark = pg.escapeLiteral(commentPrefix + (request.identity_type ?? "PG_ONLY"));
  return [
    `CREATE ROLE ${role} LOGIN INHERIT`,
    `COMMENT ON ROLE ${role} IS ${mark}`,
    ...attributeStatements(request.name, request.attributes ?? {}),
    ...membership(request.name, request),
  ].join("; ");
}

function attributeStatements(name: string, attributes: Attributes): string[] {
  const words = attributeNames.flatMap((attribute) => {
    const wanted = attributes[attribute];
    return wanted === undefined ? [] : [`${wanted ? "" : "NO"}${attribute.toUpperCase()}`];
  });
  return words.length === 0 ? [] : [`ALTER ROLE ${pg.escapeIdentifier(name)} ${words.join(" ")}`];
}

function membership(name: string, request: RoleRequest): string[] {
  if (request.membership_role === undefined) return [];
  return [`GRANT databricks_superuser TO ${pg.escapeIdentifier(name)}`];
}

/** A null says "none", as in JSON of protocol buffers; a member left out is left as it is. */
function endOfMembership(name: string, body: unknown): string[] {
  if (!isObject(body) || body.membership_role !== null) return [];
  return [`REVOKE databricks_superuser FROM ${pg.escapeIdentifier(name)}`];
}

async function dropRole(
  { postgres }: Workspace,
  instance: InstanceRecord,
  name: string,
  heir: string | undefined,
): Promise<void> {
  const role = pg.escapeIdentifier(name);
  try {
    if (heir) {
      const databases = await postgres.query(
        instance.uid,
        "postgres",
        "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate",
      );
      for (const { datname } of databases.rows) {
        const statements = `REASSIGN OWNED BY ${role} TO ${pg.escapeIdentifier(heir)}; DROP OWNED BY ${role}`;
        await postgres.query(instance.uid, String(datname), statements);
      }
    }
    await postgres.query(instance.uid, "postgres", `DROP ROLE ${role}`);
  } catch (error) {
    const { code, message, detail } = error as Error & { code?: string; detail?: string };
    if (code === "42704") throw notFound(`Role '${heir}' not found in database instance '${instance.name}'.`);
    if (code !== "2BP01") throw error;
    throw invalidState(
      `${message}${detail ? `: ${detail.replaceAll("\n", ", ")}` : ""}; set reassign_owned_to`,
    );
  }
}
