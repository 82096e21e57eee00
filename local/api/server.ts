// The HTTP server: every resource under its path, errors in the service's form, the log and the faults around them.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { timestamp } from "../clock.ts";
import { consoleRoutes } from "../console/index.ts";
import { appRoutes } from "./apps.ts";
import { appControlRoutes } from "./apps-control.ts";
import { requireBearer, requirePersonalAccessToken } from "./bearer.ts";
import { catalogRoutes } from "./catalogs.ts";
import type { Env, Workspace } from "./context.ts";
import { controlRoutes } from "./control.ts";
import { isControl } from "./control-paths.ts";
import { credentialRoutes } from "./credentials.ts";
import { ApiError, endpointNotFound } from "./errors.ts";
import { createFaults, type Faults } from "./faults.ts";
import { identityControlRoutes } from "./identities-control.ts";
import { instanceRoleRoutes } from "./instance-roles.ts";
import { instanceRoutes } from "./instances.ts";
import { jobRoutes } from "./jobs.ts";
import { hostMetadataRoutes, oidcRoutes } from "./oidc.ts";
import { permissionRoutes } from "./permissions.ts";
import { pipelineRoutes } from "./pipelines.ts";
import { createRequestLog, loggableBody, type RequestLog } from "./request-log.ts";
import { scimRoutes } from "./scim.ts";
import { syncedTableRoutes } from "./synced-tables.ts";
import { unityCatalogRoutes } from "./unity-catalog.ts";

/** A serving API. */
export interface ApiServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/** Largest body taken, in bytes. */
const largestBody = 1024 * 1024;

/** Serves a workspace on the loopback address; resolves once it listens. */
export async function serveApi(options: {
  workspace: Workspace;
  issuer: string;
  port: number;
  log: (line: string) => void;
}): Promise<ApiServer> {
  const closing = new AbortController();
  const faults = createFaults(closing.signal, options.workspace.directory.personalAccessToken);
  const app = createApp({ ...options, faults, requests: createRequestLog() });
  const server = createAdaptorServer({ fetch: app.fetch, hostname: "127.0.0.1" });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      closing.abort(new Error("the workspace is closing"));
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

interface AppOptions {
  workspace: Workspace;
  issuer: string;
  faults: Faults;
  requests: RequestLog;
  log: (line: string) => void;
}

function createApp({ workspace, issuer, faults, requests, log }: AppOptions): Hono<Env> {
  const { clock, directory, identities, tokens } = workspace;
  const app = new Hono<Env>();
  const api = new Hono<Env>()
    .use(requireBearer(identities, tokens))
    .route("/2.0/database", instanceRoutes(workspace))
    .route("/2.0/database", instanceRoleRoutes(workspace))
    .route("/2.0/database", catalogRoutes(workspace))
    .route("/2.0/database", credentialRoutes(workspace))
    .route("/2.0/database", syncedTableRoutes(workspace))
    .route("/2.0", appRoutes(workspace))
    .route("/2.0/pipelines", pipelineRoutes(workspace))
    .route("/2.1/jobs", jobRoutes(workspace))
    .route("/2.2/jobs", jobRoutes(workspace))
    .route("/2.0/permissions", permissionRoutes(workspace))
    .route("/2.0/preview/scim/v2", scimRoutes(workspace))
    .route("/2.1/unity-catalog", unityCatalogRoutes(workspace));

  const limitBody = bodyLimit({ maxSize: largestBody, onError: tooLarge });
  app.use((c, next) => (mayHaveBody(c.req.method) ? limitBody(c, next) : next()));
  app.use(async (c, next) => {
    // The official clients take the workspace's id from this header, not from a body. Set before the answer is made:
    // afterwards it would have to be made again.
    c.header("X-Databricks-Org-Id", directory.workspaceId);
    if (isControl(c.req.path)) return next();
    // As sent: a trailing "?" and the client's own encoding are part of the record.
    const path = c.env.incoming.url ?? c.req.path;
    const time = timestamp(clock.now());
    const body = mayHaveBody(c.req.method) ? await c.req.text() : "";
    const started = performance.now();
    await next();
    const dropped = c.env.incoming.socket.destroyed;
    const status = dropped ? 0 : c.res.status;
    const { method } = c.req;
    const fault = c.get("fault");
    requests.add({
      time,
      method,
      path,
      body: loggableBody(body),
      status,
      user_agent: c.req.header("user-agent") ?? "",
      duration_ms: Math.round((performance.now() - started) * 10) / 10,
      ...(fault === undefined ? {} : { fault }),
    });
    if (dropped || status >= 400) log(`${method} ${path} -> ${dropped ? "connection dropped" : status}`);
  });
  app.use(faults.middleware);
  app.use("/local/*", requirePersonalAccessToken(directory));
  app.route("/local", controlRoutes({ ...workspace, requests, faults }));
  app.route("/local", identityControlRoutes(workspace));
  app.route("/local", appControlRoutes(workspace));
  app.route("/console", consoleRoutes({ workspace, requests, faults }));
  app.route("/.well-known", hostMetadataRoutes(workspace));
  app.route("/oidc", oidcRoutes(workspace, issuer));
  app.route("/api", api);
  app.notFound((c) => {
    throw endpointNotFound(c.req.method, c.req.path);
  });
  app.onError((error, c) => {
    if (error instanceof ApiError) {
      return c.json({ error_code: error.errorCode, message: error.message }, error.status);
    }
    log(`${c.req.method} ${c.req.path} failed: ${error.stack ?? error.message}`);
    return c.json({ error_code: "INTERNAL_ERROR", message: `internal error: ${error.message}` }, 500);
  });
  return app;
}

/** Whether there may be a body to read: asking for one that is not there costs as much as all the rest. */
function mayHaveBody(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

function tooLarge(): never {
  throw new ApiError(
    400,
    "MAX_REQUEST_SIZE_EXCEEDED",
    `The request body is larger than ${largestBody} bytes`,
  );
}
