// Declares synced tables, and waits for what their pipelines do.
import type { Workspace } from "./workspace.ts";

/** The part of a table's status that is waited for. */
interface Status {
  detailed_state: string;
  message: string;
  pipeline_id: string;
}

interface Update {
  update_id: string;
  state: string;
}

const api = "/api/2.0/database/synced_tables";
const poll = 10;

/** Declares a table `main.synced.<name>` of source `main.bench.<source>`. */
export async function declare(
  workspace: Workspace,
  options: { name: string; source: string; policy: string; pipeline?: string },
): Promise<{ pipeline: string }> {
  const answer = await workspace.call("POST", api, {
    name: `main.synced.${options.name}`,
    database_instance_name: "bench",
    logical_database_name: "databricks_postgres",
    spec: {
      source_table_full_name: `main.bench.${options.source}`,
      primary_key_columns: ["id"],
      scheduling_policy: options.policy,
      create_database_objects_if_missing: true,
      ...(options.pipeline === undefined ? {} : { existing_pipeline_id: options.pipeline }),
    },
  });
  return { pipeline: (answer.data_synchronization_status as Status).pipeline_id };
}

/** Waits until the table holds a version of its source. */
export async function online(workspace: Workspace, name: string): Promise<void> {
  for (;;) {
    const table = await workspace.call("GET", `${api}/main.synced.${name}`);
    const { detailed_state: state, message } = table.data_synchronization_status as Status;
    if (state.includes("FAILED")) throw new Error(`synced table ${name}: ${message}`);
    if (state.startsWith("SYNCED_TABLE_ONLINE")) return;
    await new Promise((wake) => setTimeout(wake, poll));
  }
}

/** Deletes the table with its rows. */
export async function drop(workspace: Workspace, name: string): Promise<void> {
  await workspace.call("DELETE", `${api}/main.synced.${name}?purge_data=true`);
}

/** Runs the pipeline, or with `update` waits for that run; resolves at its end. */
export async function runPipeline(workspace: Workspace, pipeline: string): Promise<void> {
  const path = `/api/2.0/pipelines/${pipeline}/updates`;
  const { update_id } = (await workspace.call("POST", path, { full_refresh: true })) as unknown as Update;
  for (;;) {
    const { update } = (await workspace.call("GET", `${path}/${update_id}`)) as { update?: Update };
    if (update?.state === "COMPLETED") return;
    if (update?.state === "FAILED" || update?.state === "CANCELED") throw new Error(`update ${update.state}`);
    await new Promise((wake) => setTimeout(wake, poll));
  }
}
