// Database instances: POST, GET, list, findByUid, PATCH, DELETE and failover under /api/2.0/database.
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { positionOf } from "../postgres/index.ts";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import {
  alreadyExists,
  invalidParameter,
  invalidState,
  notFound,
  notImplemented,
  permissionDenied,
  quotaExceeded,
} from "./errors.ts";
import type { Identity } from "./identities.ts";
import {
  effectiveSettings,
  type InstanceRecord,
  type ParentReference,
  viewInstance,
  withoutUndefined,
} from "./instance-record.ts";
import {
  type CreateRequest,
  effectOfUpdate,
  readCreateRequest,
  readUpdateRequest,
} from "./instance-requests.ts";
import { pageOf } from "./paging.ts";
import { accept, booleanParameter, object, text } from "./validation.ts";

/** The routes of instances, relative to /api/2.0/database. */
export function instanceRoutes(workspace: Workspace): Hono<Env> {
  const { instances, permissions, lifecycle } = workspace;
  const view = (record: InstanceRecord): object => viewInstance(record, instances.childrenOf(record.uid));

  return new Hono<Env>()
    .post("/instances", async (c) => {
      const request = readCreateRequest(await readJson(c));
      requireMayCreate(c.get("identity"));
      return c.json(view(await createInstance(workspace, request, c.get("identity"))));
    })
    .get("/instances", (c) => {
      const page = pageOf(instances.entries(), c.req.query());
      return c.json(
        withoutUndefined({
          database_instances: page.items.map(view),
          next_page_token: page.nextPageToken,
        }),
      );
    })
    .get("/instances:findByUid", (c) => {
      const uid = c.req.query("uid");
      if (!uid) throw invalidParameter("uid is required");
      const record = instances.byUid(uid);
      if (!record) throw notFound(`Database instance with uid '${uid}' not found.`);
      return c.json(view(record));
    })
    .get("/instances/:name", (c) => c.json(view(instances.require(pathParameter(c, "name")))))
    .patch("/instances/:name", async (c) => {
      const body = await readJson(c);
      const record = instances.require(pathParameter(c, "name"));
      permissions.requireManage(c.get("identity"), record);
      return c.json(view(updateInstance(workspace, record, body, c.req.query("update_mask"))));
    })
    .delete("/instances/:name", (c) => {
      const record = instances.require(pathParameter(c, "name"));
      permissions.requireManage(c.get("identity"), record);
      const force = booleanParameter("force", c.req.query("force")) ?? false;
      if (booleanParameter("purge", c.req.query("purge")) === false) {
        throw invalidParameter("Purge must be set to true to delete a database instance.");
      }
      deleteInstance(workspace, record, { force, userAgent: c.req.header("user-agent") ?? "" });
      return c.json({});
    })
    .post("/instances/:name/failover", async (c) => {
      const body = await readJson(c);
      const record = instances.require(pathParameter(c, "name"));
      permissions.requireManage(c.get("identity"), record);
      const fields = { failover_target_database_instance_name: text() };
      const target = accept<{ failover_target_database_instance_name?: string }>(body, object(fields));
      if (target.failover_target_database_instance_name !== undefined) {
        instances.require(target.failover_target_database_instance_name);
      }
      requireAtRest(record, ["AVAILABLE"]);
      if (effectiveSettings(record.settings).node_count < 2) {
        throw invalidState(`Database instance '${record.name}' has no secondary node to fail over to.`);
      }
      return c.json(view(lifecycle.begin(record, "FAILING_OVER", { to: "AVAILABLE", restart: true })));
    })
    .get("/instances/:name/catalogs", () => {
      throw notImplemented("List Database Catalogs is not yet implemented");
    });
}

function requireMayCreate({ userName, mayCreateInstances }: Identity): void {
  if (mayCreateInstances !== false) return;
  throw permissionDenied(`User '${userName}' does not have permission to create database instances.`);
}

async function createInstance(
  workspace: Workspace,
  request: CreateRequest,
  caller: Identity,
): Promise<InstanceRecord> {
  const { instances, permissions, lifecycle, clock, store, maximumInstances } = workspace;
  const parent = request.parent && (await cutParent(workspace, request.parent));
  // No await from here on: two requests for one name cannot both pass the checks.
  if (instances.find(request.name))
    throw alreadyExists(`Database instance '${request.name}' already exists.`);
  if (instances.all().length >= maximumInstances) {
    throw quotaExceeded(
      `The workspace has reached its limit of ${maximumInstances} database instances. Delete one first.`,
    );
  }
  if (parent) requireParent(instances.byUid(parent.uid), parent.name);
  const record: InstanceRecord = {
    uid: randomUUID(),
    name: request.name,
    creator: caller.userName,
    creationTime: clock.now(),
    settings: request.settings,
    state: "STARTING",
    ...(parent ? { parent } : {}),
  };
  return store.transaction(() => {
    const entry = caller.kind === "user" ? "user_name" : "service_principal_name";
    permissions.set(record, [{ [entry]: caller.userName, permission_level: "CAN_MANAGE" }]);
    // Created as stopped, an instance settles in STOPPED and never is AVAILABLE: its storage is made, its
    // compute is not started. Clients that wait for AVAILABLE alone, as the official plugin does, wait in vain.
    const to = request.settings.stopped ? "STOPPED" : "AVAILABLE";
    return lifecycle.begin(record, "STARTING", { to, restart: false });
  });
}

/** The point on the parent from which a clone is taken. */
async function cutParent(
  { instances, clock, postgres }: Workspace,
  wanted: NonNullable<CreateRequest["parent"]>,
): Promise<ParentReference> {
  const parent = requireParent(instances.find(wanted.name), wanted.name);
  const { branch_time, lsn } = wanted;
  if (branch_time !== undefined && lsn === undefined) requireInWindow(parent, branch_time, clock.now());
  const running = parent.state === "AVAILABLE" && postgres.isRunning(parent.uid);
  const position = running
    ? await postgres.query(parent.uid, "postgres", "SELECT pg_current_wal_lsn()::text AS lsn")
    : undefined;
  const present = position?.rows[0]?.lsn as string | undefined;
  if (branch_time !== undefined || lsn !== undefined)
    requireKept(parent, lsn, await postgres.history(parent.uid), present);
  // Where in the log a time lies is only known once the clone has been recovered.
  const effectiveLsn = lsn ?? (branch_time === undefined ? present : undefined);
  return {
    uid: parent.uid,
    name: parent.name,
    ...(branch_time === undefined ? {} : { branchTime: branch_time }),
    ...(lsn === undefined ? {} : { lsn }),
    ...(effectiveLsn === undefined ? {} : { effectiveLsn }),
  };
}

/** Looked at before and after PostgreSQL was asked: one that is being deleted meanwhile can give no copy any more. */
function requireParent(parent: InstanceRecord | undefined, name: string): InstanceRecord {
  if (!parent) throw notFound(`Database instance '${name}' not found.`);
  requireAtRest(parent, ["AVAILABLE", "STOPPED"]);
  return parent;
}

function requireInWindow(parent: InstanceRecord, branchTime: string, now: number): void {
  const days = effectiveSettings(parent.settings).retention_window_in_days;
  const oldest = Math.max(parent.creationTime - 1000, now - days * 86_400_000);
  const time = Date.parse(branchTime);
  if (time >= oldest && time <= now) return;
  throw invalidParameter(
    `parent_instance_ref.branch_time ${branchTime} is outside the retention window of database instance ` +
      `'${parent.name}': from ${new Date(oldest).toISOString()} to ${new Date(now).toISOString()}`,
  );
}

/** The service keeps the past of the whole window; the local clusters keep a limited log, and none of clones. */
function requireKept(
  { name }: InstanceRecord,
  lsn: string | undefined,
  beginning: string | undefined,
  present: string | undefined,
): void {
  if (beginning === undefined) {
    throw invalidParameter(
      `The local workspace has no history of database instance '${name}': it keeps the last 256 MB of changes of an ` +
        "instance that is no clone. Clone its present state, without branch_time and lsn.",
    );
  }
  if (lsn === undefined) return;
  const at = positionOf(lsn);
  if (at >= positionOf(beginning) && (present === undefined || at <= positionOf(present))) return;
  throw invalidParameter(
    `parent_instance_ref.lsn ${lsn} is outside the history of database instance '${name}': from ${beginning} to ${present ?? "its end"}`,
  );
}

/** Changes settings by the API's rules; `mask` as in the request. */
export function updateInstance(
  { instances, lifecycle }: Workspace,
  record: InstanceRecord,
  body: unknown,
  mask: string | undefined,
): InstanceRecord {
  const settings = readUpdateRequest(record, body, mask);
  const same =
    JSON.stringify(effectiveSettings(settings)) === JSON.stringify(effectiveSettings(record.settings));
  // Whether the service queues changes of an instance in transition is not documented: refusing is the safe guess.
  if (!same) requireAtRest(record, ["AVAILABLE", "STOPPED"]);
  const changed = { ...record, settings };
  const effect = record.transition
    ? { state: record.state }
    : effectOfUpdate(record.state, record.settings, settings);
  if (effect.transition) return lifecycle.begin(changed, effect.state, effect.transition);
  instances.save(changed);
  return changed;
}

function deleteInstance(
  workspace: Workspace,
  record: InstanceRecord,
  { force, userAgent }: { force: boolean; userAgent: string },
): void {
  const { instances, lifecycle, store } = workspace;
  // A repeated delete is answered like the first one.
  if (record.state === "DELETING") return;
  const children = instances.childrenOf(record.uid).filter((child) => child.state !== "DELETING");
  if (children.length > 0 && !force) {
    const names = children.map((child) => `'${child.name}'`).join(", ");
    throw invalidParameter(
      `Database instance '${record.name}' has child instances (${names}) and cannot be deleted. Delete them first, or set force to true to delete them as well.`,
    );
  }
  store.transaction(() => {
    for (const child of children) deleteInstance(workspace, child, { force: true, userAgent });
    lifecycle.begin(record, "DELETING", { to: "DELETED", restart: false });
    workspace.onInstanceDeletion({ name: record.name, uid: record.uid, userAgent });
  });
}

/** Refuses what the instance's state does not allow. */
export function requireAtRest(record: InstanceRecord, allowed: readonly string[]): void {
  if (allowed.includes(record.state)) return;
  throw invalidState(
    `Database instance '${record.name}' is in state ${record.state}; this requires ${allowed.join(" or ")}.`,
  );
}
