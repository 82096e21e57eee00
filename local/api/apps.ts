// Databricks Apps: /api/2.0/apps. An app has a service principal of its own, and may be bound to databases.
import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { timestamp } from "../clock.ts";
import { type Principals, rebind, release } from "./app-binding.ts";
import { acceptCreation, acceptUpdate, settingsOf } from "./app-requests.ts";
import { type AppCompute, type AppRecord, computeStateOf, newPrincipalPrefix } from "./apps-table.ts";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import { invalidState, permissionDenied } from "./errors.ts";
import { withoutUndefined } from "./instance-record.ts";
import { pageOf } from "./paging.ts";
import { booleanParameter } from "./validation.ts";

/** The routes of apps, relative to /api/2.0. */
export function appRoutes(workspace: Workspace): Hono<Env> {
  const { apps, clock, identities, postgres } = workspace;
  const view = (record: AppRecord): object => viewApp(record, clock.now());
  const target = (c: Context<Env>): AppRecord => {
    const record = apps.require(pathParameter(c, "name"));
    const { admin, userName } = c.get("identity");
    if (admin || record.creator === userName) return record;
    throw permissionDenied(`User '${userName}' does not have CAN_MANAGE permission on app '${record.name}'.`);
  };
  const atRest = (record: AppRecord): AppRecord => {
    const state = computeStateOf(record, clock.now());
    if (state !== "DELETING") return record;
    throw invalidState(`App ${record.name} is in state ${state}.`);
  };
  const turn = (record: AppRecord, to: AppCompute["target"]): AppRecord => {
    const changed = { ...record, compute: computeOf(workspace, to) };
    apps.save(changed);
    return changed;
  };

  return new Hono<Env>()
    .post("/apps", async (c) => {
      const noCompute = booleanParameter("no_compute", c.req.query("no_compute")) ?? false;
      const request = acceptCreation(await readJson(c));
      using _name = apps.reserve(request.name);
      const { userName } = c.get("identity");
      const principalName = `${newPrincipalPrefix()} ${request.name}`;
      const principal = identities.add({
        kind: "service_principal",
        displayName: principalName,
        mayCreateInstances: false,
      });
      try {
        await postgres.identitiesChanged();
        const resources = request.resources ?? [];
        const principals = { clientId: principal.userName, caller: userName };
        const bound = await rebind(workspace, principals, [], resources);
        const now = clock.now();
        const record: AppRecord = {
          id: randomUUID(),
          name: request.name,
          settings: settingsOf(request),
          resources,
          bound,
          creator: userName,
          createdAt: now,
          updater: userName,
          updatedAt: now,
          // The last label is the workspace, as on the service; nothing is served there.
          url: `https://${request.name}-${workspace.directory.workspaceId}.databricksapps.localhost`,
          servicePrincipal: { id: principal.id, clientId: principal.userName, name: principalName },
          compute: noCompute ? { target: "STOPPED", dueAt: now } : computeOf(workspace, "ACTIVE"),
        };
        apps.save(record);
        return c.json(view(record));
      } catch (error) {
        identities.remove(principal.userName);
        throw error;
      }
    })
    .get("/apps", (c) => {
      const page = pageOf(apps.entries(), c.req.query());
      return c.json(withoutUndefined({ apps: page.items.map(view), next_page_token: page.nextPageToken }));
    })
    .get("/apps/:name", (c) => c.json(view(apps.require(pathParameter(c, "name")))))
    .patch("/apps/:name", async (c) => {
      const body = await readJson(c);
      const record = atRest(target(c));
      const request = acceptUpdate(body, record.name);
      // The whole list is replaced, and a body without it unbinds everything.
      const resources = request.resources ?? [];
      const bound = await rebind(workspace, principalsOf(c, record), record.bound, resources);
      const changed: AppRecord = {
        ...record,
        settings: settingsOf(request),
        resources,
        bound,
        updater: c.get("identity").userName,
        updatedAt: clock.now(),
      };
      apps.save(changed);
      return c.json(view(changed));
    })
    .post("/apps/:name/start", (c) => c.json(view(turn(atRest(target(c)), "ACTIVE"))))
    .post("/apps/:name/stop", (c) => c.json(view(turn(atRest(target(c)), "STOPPED"))))
    .delete("/apps/:name", async (c) => {
      const record = target(c);
      if (record.compute.target === "DELETED") return c.json(view(record));
      await release(workspace, principalsOf(c, record), record.bound);
      const deleted = turn({ ...record, bound: [] }, "DELETED");
      identities.remove(record.servicePrincipal.clientId);
      await postgres.identitiesChanged();
      return c.json(view(deleted));
    });
}

function principalsOf(c: Context<Env>, { servicePrincipal }: AppRecord): Principals {
  return { clientId: servicePrincipal.clientId, caller: c.get("identity").userName };
}

function computeOf({ clock, appDelays }: Workspace, target: AppCompute["target"]): AppCompute {
  const delay = {
    ACTIVE: appDelays.starting,
    STOPPED: appDelays.stopping,
    DELETED: appDelays.deleting,
  }[target];
  return { target, dueAt: clock.now() + delay };
}

function viewApp(record: AppRecord, now: number): object {
  const { settings, resources, servicePrincipal } = record;
  const state = computeStateOf(record, now);
  return withoutUndefined({
    ...settings,
    id: record.id,
    name: record.name,
    url: record.url,
    resources: resources.length > 0 ? resources : undefined,
    compute_size: settings.compute_size ?? "MEDIUM",
    compute_status: { state, message: `App compute is ${state.toLowerCase()}.` },
    // Nothing is deployed here: `pulumi-lakebase run-app` runs the source on the developer's machine.
    app_status: { state: "UNAVAILABLE", message: "App has not been deployed yet." },
    create_time: timestamp(record.createdAt),
    creator: record.creator,
    update_time: timestamp(record.updatedAt),
    updater: record.updater,
    effective_user_api_scopes: ["iam.current-user:read", "iam.access-control:read"],
    service_principal_client_id: servicePrincipal.clientId,
    service_principal_id: Number(servicePrincipal.id),
    service_principal_name: servicePrincipal.name,
  });
}
