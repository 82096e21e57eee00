// The workspace's REST API, as far as this project asks it directly: reading, minting credentials, and power.
import { randomUUID } from "node:crypto";
import { type InstanceAccess, instanceAccess } from "./access-api.ts";
import { resolveAuthentication } from "./authentication.ts";
import { type Clock, systemClock } from "./clock.ts";
import { WorkspaceError } from "./errors.ts";
import { orNothing } from "./missing.ts";
import { allPages } from "./paging.ts";
import type { WorkspaceSettings } from "./settings.ts";
import { type SyncedTableApi, syncedTableApi } from "./synced-table-api.ts";
import { type RestCall, send } from "./transport.ts";
import {
  type CurrentUser,
  type DatabaseCatalog,
  DatabaseCredential,
  type DatabaseInstance,
  type InstanceChanges,
} from "./types.ts";
import {
  optionalText,
  readCatalog,
  readCurrentUser,
  readInstance,
  requiredText,
  writeChanges,
} from "./wire.ts";

/** How calls to a workspace behave. */
export interface WorkspaceOptions {
  /** Time-out of one attempt. Default: 30 seconds. */
  timeoutMs?: number | undefined;
  /** How long 429 and 503 are retried. Default: 60 seconds. */
  retryMs?: number | undefined;
  clock?: Clock | undefined;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, and waiting between its attempts. */
  signal?: AbortSignal | undefined;
}

/** Which instances a credential is for. */
export interface CredentialRequest {
  instanceNames: readonly string[];
  /** Default: a fresh UUID for each call, as the service wants it. */
  requestId?: string | undefined;
}

/** An authenticated view of one workspace. */
export interface Workspace {
  /** Address of the workspace: scheme, name and port. */
  readonly host: string;
  /** Who the workspace takes the caller for; asked once and remembered. */
  currentUser(options?: CallOptions): Promise<CurrentUser>;
  /** The workspace's id, which stays when its address changes; undefined where the workspace does not say it. */
  workspaceId(options?: CallOptions): Promise<string | undefined>;
  getInstance(name: string, options?: CallOptions): Promise<DatabaseInstance>;
  /** Every instance of the workspace, over all pages. */
  listInstances(options?: CallOptions): Promise<DatabaseInstance[]>;
  findInstanceByUid(uid: string, options?: CallOptions): Promise<DatabaseInstance>;
  /** Asks for the instance to be stopped or started; the service does it afterwards. */
  setInstanceStopped(name: string, stopped: boolean, options?: CallOptions): Promise<DatabaseInstance>;
  /** Changes settings in place; the service applies them afterwards. */
  updateInstance(name: string, changes: InstanceChanges, options?: CallOptions): Promise<DatabaseInstance>;
  getCatalog(name: string, options?: CallOptions): Promise<DatabaseCatalog>;
  /** Removes the registration of a database; the database itself stays. */
  deleteCatalog(name: string, options?: CallOptions): Promise<void>;
  /** Every catalog that is the registration of a database; the service has no list of them, so each candidate is asked for. */
  listCatalogs(options?: CallOptions): Promise<DatabaseCatalog[]>;
  /** Mints a token that logs in to the named instances for an hour. */
  generateDatabaseCredential(request: CredentialRequest, options?: CallOptions): Promise<DatabaseCredential>;
  /** Permissions and roles of instances. */
  readonly access: InstanceAccess;
  /** Synced tables and their pipelines. */
  readonly syncedTables: SyncedTableApi;
}

const api = "/api/2.0/database";
const pageSize = "100";

/** Finds host and credentials; nothing is sent before the first call. */
export async function openWorkspace(
  settings: WorkspaceSettings = {},
  { timeoutMs = 30_000, retryMs = 60_000, clock = systemClock }: WorkspaceOptions = {},
): Promise<Workspace> {
  const authentication = await resolveAuthentication(settings);
  const call = (request: RestCall) => send({ authentication, timeoutMs, retryMs, clock }, request);
  const get = (path: string, options: CallOptions = {}, query: Record<string, string> = {}) =>
    call({ method: "GET", path, query, signal: options.signal });
  const getCatalog = async (name: string, options?: CallOptions) =>
    readCatalog(await get(`${api}/catalogs/${segment("name", name)}`, options));
  const patch = (name: string, changes: object, options: CallOptions) =>
    call({
      method: "PATCH",
      path: `${api}/instances/${segment("name", name)}`,
      query: { update_mask: Object.keys(changes).join(",") },
      body: { name, ...changes },
      signal: options.signal,
    });
  let user: CurrentUser | undefined;

  return {
    host: authentication.host,
    access: instanceAccess(call, segment),
    syncedTables: syncedTableApi(call, segment),
    async currentUser(options) {
      user ??= readCurrentUser(await get("/api/2.0/preview/scim/v2/Me", options));
      return user;
    },
    async workspaceId(options) {
      let id: string | undefined;
      const onWorkspaceId = (seen: string) => {
        id = seen;
      };
      await call({
        method: "GET",
        path: "/api/2.0/preview/scim/v2/Me",
        signal: options?.signal,
        onWorkspaceId,
      });
      return id;
    },
    async getInstance(name, options) {
      return readInstance(await get(`${api}/instances/${segment("name", name)}`, options));
    },
    async listInstances(options) {
      const found = await allPages(
        (token) => get(`${api}/instances`, options, { page_size: pageSize, ...token }),
        "database_instances",
      );
      return found.map(readInstance);
    },
    async findInstanceByUid(uid, options) {
      return readInstance(await get(`${api}/instances:findByUid`, options, { uid }));
    },
    async setInstanceStopped(name, stopped, options = {}) {
      return readInstance(await patch(name, { stopped }, options));
    },
    async updateInstance(name, changes, options = {}) {
      return readInstance(await patch(name, writeChanges(changes), options));
    },
    getCatalog,
    async deleteCatalog(name, options = {}) {
      const path = `${api}/catalogs/${segment("name", name)}`;
      await call({ method: "DELETE", path, signal: options.signal });
    },
    async listCatalogs(options) {
      const path = "/api/2.1/unity-catalog/catalogs";
      const all = await allPages(
        (token) => get(path, options, { max_results: pageSize, ...token }),
        "catalogs",
      );
      const names = all
        .filter(mayBeRegistration)
        .map((catalog) => requiredText(catalog, "name", "a catalog"));
      const found: DatabaseCatalog[] = [];
      for (const name of names) {
        const catalog = await orNothing(getCatalog(name, options));
        if (catalog !== undefined) found.push(catalog);
      }
      return found;
    },
    async generateDatabaseCredential({ instanceNames, requestId = randomUUID() }, options = {}) {
      const body = { request_id: requestId, instance_names: [...instanceNames] };
      const answer = await call({ method: "POST", path: `${api}/credentials`, body, signal: options.signal });
      const token = requiredText(answer, "token", "a credential");
      const expiresAt = new Date(requiredText(answer, "expiration_time", "a credential"));
      return new DatabaseCredential(token, expiresAt, requestId);
    },
  };
}

/** Types of catalogs that are certainly no registration of a database. */
const otherCatalogTypes = ["MANAGED_CATALOG", "SYSTEM_CATALOG", "DELTASHARING_CATALOG", "INTERNAL_CATALOG"];

function mayBeRegistration(catalog: unknown): boolean {
  return !otherCatalogTypes.includes(optionalText(catalog, "catalog_type") ?? "");
}

/** A name as part of a path; an empty one would ask for the whole list instead. */
function segment(what: string, value: string): string {
  if (value !== "" && value !== "." && value !== "..") return encodeURIComponent(value);
  throw new WorkspaceError({
    errorCode: "CONFIGURATION",
    reason: `${what} "${value}" cannot be asked for`,
    fix: "give the name of an instance or catalog",
  });
}
