// The local workspace against what it is made of: PostgreSQL itself, and a bare HTTP server.
import type { Part } from "../harness/result.ts";
import { startNativePostgres } from "../support/native-postgres.ts";
import { startWorkspace } from "../support/workspace.ts";
import { idleMemory } from "./gateway-memory.ts";
import { nodePostgres, pgbench } from "./gateway-postgres.ts";
import { rest } from "./gateway-rest.ts";
import { starting } from "./gateway-start.ts";

const instance = "bench";

/** The part. */
export const gateway: Part = {
  title: "Local workspace: gateway, REST API, start, memory",
  async run(effort, log) {
    const sections = [];
    {
      await using workspace = await startWorkspace({ effort });
      await workspace.createInstance(instance);
      await using native = await startNativePostgres();
      await using relay = await native.relay();
      const through = { pid: workspace.pid, connection: await workspace.connection(instance) };
      sections.push(...(await nodePostgres(through, { native, relay }, effort, log)));
      sections.push(...(await pgbench(through, { native, relay }, effort, log)));
      sections.push(await rest(workspace, instance, effort, log));
    }
    sections.push(await starting(effort, log), await idleMemory(effort, log));
    return sections;
  },
};
