// Orders over HTTP, kept in Lakebase. Run it with: npm start
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { ConnectionProblem, createLakebasePool, RuleViolations } from "pulumi-lakebase/client";
import { openOrders, orders } from "./orders.ts";

const { LAKEBASE_EXPORTS, DATABRICKS_APP_PORT, PORT = "8000" } = process.env;

/** The stack's exports if they are given; an app's environment says the rest. */
const pool = createLakebasePool(LAKEBASE_EXPORTS ? { exports: LAKEBASE_EXPORTS } : {});
pool.on("token-refused", () => console.warn("the server refused a token; a new one is asked for"));
pool.on("refresh-failed", () => console.warn("no new token at present; the old one stays"));

const database = await openOrders(pool).catch((error: unknown) => {
  console.error(explain(error));
  process.exit(1);
});

interface Answer {
  status: number;
  body: unknown;
}

const routes: Record<string, (request: IncomingMessage) => Promise<Answer>> = {
  "GET /orders": async () => ({
    status: 200,
    body: await database.select({ id: orders.id, item: orders.item }).from(orders).orderBy(orders.id),
  }),
  "POST /orders": async (request) => {
    const { item } = (await json(request).catch(() => ({}))) as { item?: unknown };
    if (typeof item !== "string" || item === "") return { status: 422, body: { detail: "item: a text" } };
    const [order] = await database
      .insert(orders)
      .values({ item })
      .returning({ id: orders.id, item: orders.item });
    return { status: 201, body: order };
  },
};

async function answer(request: IncomingMessage): Promise<Answer> {
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return { status: 404, body: { detail: "not found" } };
  try {
    return await route(request);
  } catch (error) {
    return { status: 503, body: { detail: explain(error) } };
  }
}

/** Drizzle wraps what the pool says: stage, reason and what to do, without any secret. */
function explain(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof ConnectionProblem || cause instanceof RuleViolations) return cause.message;
  return "the database does not answer";
}

const server = createServer(async (request, response) => {
  const { status, body } = await answer(request);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
});
// The platform's proxy comes from outside; anybody else has to be on this machine.
server.listen(Number(DATABRICKS_APP_PORT ?? PORT), DATABRICKS_APP_PORT ? "0.0.0.0" : "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (typeof address === "object" && address) console.log(`listening on http://127.0.0.1:${address.port}`);

await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
server.close();
server.closeIdleConnections();
await once(server, "close");
await pool.end();
