// The pipeline that several synced tables share, as a resource: found through its first table, then kept.
import { randomUUID } from "node:crypto";
import { openWorkspace, systemClock, type Workspace, WorkspaceError } from "../workspace/index.ts";
import {
  type DynamicProvider,
  isKnown,
  RecordedFailure,
  reasonOf,
  type StackConfiguration,
  type WorkspaceInputs,
  workspaceSettings,
} from "./dynamic.ts";
import type { OpenWorkspace } from "./power.ts";

/** Which pipeline. */
export interface PipelineInputs extends WorkspaceInputs {
  /** The pipeline's first table, which makes it. */
  tableName: string;
  /** Its tables: name to what each is a copy of, in words. */
  members: Record<string, string>;
  /** Seconds to wait until the service has assigned the pipeline. Default 600. */
  deadlineSeconds?: number;
}

/** The pipeline. */
export interface PipelineOutputs extends PipelineInputs {
  /** The service's id of the pipeline; empty when it has gone. */
  pipelineId: string;
}

const defaultDeadlineSeconds = 600;
const pauseMs = 500;

/** The provider of SyncedTablePipeline. */
export function pipeline(
  configuration: StackConfiguration | undefined,
  open: OpenWorkspace = openWorkspace,
): DynamicProvider<PipelineInputs, PipelineOutputs> {
  const record = async (id: string, inputs: PipelineInputs, known = ""): Promise<PipelineOutputs> => {
    try {
      const workspace = await open(workspaceSettings(configuration, inputs));
      return { ...inputsOf(inputs), pipelineId: await findPipeline(workspace, inputs, known) };
    } catch (error) {
      throw new RecordedFailure(id, { ...inputs, pipelineId: known }, reasonOf(error));
    }
  };
  return {
    async check(_olds, news) {
      return { inputs: news, failures: [] };
    },
    async diff(_id, olds, news) {
      return { changes: olds.pipelineId === "" || !sharesAMember(olds, news), replaces: [] };
    },
    async create(inputs) {
      const id = `pipeline-${randomUUID()}`;
      return { id, outs: await record(id, inputs) };
    },
    async update(id, olds, news) {
      return { outs: await record(id, news, olds.pipelineId) };
    },
    async read(id, props) {
      if (props.pipelineId === "") return { id, props };
      const { syncedTables } = await open(workspaceSettings(configuration, props));
      const exists = await syncedTables.hasPipeline(props.pipelineId);
      return { id, props: exists ? props : { ...props, pipelineId: "" } };
    },
    // The service removes a pipeline with its last table.
    async delete() {},
  };
}

/**
 * Whether one table that was recorded is still declared as it was: then the pipeline is still there, and its
 * other tables may come and go without a change here.
 */
function sharesAMember(olds: PipelineOutputs, news: PipelineInputs): boolean {
  if (!isKnown(news.members)) return true;
  return Object.entries(olds.members).some(([name, declared]) => {
    const now = news.members[name];
    return now !== undefined && (!isKnown(now) || now === declared);
  });
}

/** The known one as long as it exists; else that of the first table, as soon as it has one. */
async function findPipeline(
  { syncedTables, host }: Workspace,
  { tableName, deadlineSeconds = defaultDeadlineSeconds }: PipelineInputs,
  known: string,
): Promise<string> {
  if (known !== "" && (await syncedTables.hasPipeline(known))) return known;
  const deadline = systemClock.now() + deadlineSeconds * 1000;
  for (;;) {
    const { pipelineId, state, message } = await syncedTables.get(tableName);
    if (pipelineId !== "") return pipelineId;
    if (systemClock.now() >= deadline) {
      throw new WorkspaceError({
        errorCode: "SYNCED_TABLE_STATE",
        reason: `synced table "${tableName}" is ${state} and has no pipeline after ${deadlineSeconds} s: ${message}`,
        host,
        fix: "run `pulumi up` again: it goes on waiting; or look at the table in the workspace",
      });
    }
    await systemClock.sleep(pauseMs);
  }
}

/** Only the declared inputs: the engine's own `__provider` travels with them and is put back by it. */
function inputsOf(inputs: PipelineInputs): PipelineInputs {
  const { tableName, members, workspaceHost, profile, deadlineSeconds } = inputs;
  return {
    tableName,
    members,
    ...(workspaceHost === undefined ? {} : { workspaceHost }),
    ...(profile === undefined ? {} : { profile }),
    ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
  };
}
