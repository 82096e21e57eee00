// The way from a workspace's settings to a live connection, with the retries that a fresh instance needs.
import type { Client } from "pg";
import {
  type CurrentUser,
  type DatabaseInstance,
  openWorkspace,
  type Workspace,
} from "../workspace/index.ts";
import { attemptConnection } from "./attempt.ts";
import { diagnoseTls } from "./diagnose-network.ts";
import { diagnoseAuthenticate, diagnoseStopped } from "./diagnose-workspace.ts";
import { hangUp } from "./dial.ts";
import { type ConnectionPlan, planConnection } from "./plan.ts";
import { ConnectionProblem } from "./problem.ts";
import { awaitSettledState } from "./state.ts";
import { loadTrust, type Trust } from "./trust.ts";
import {
  type ConnectionDeps,
  type ConnectionFacts,
  type ConnectionRequest,
  type ConnectionStage,
  type ConnectivityReport,
  connectionStages,
  type StageTiming,
} from "./types.ts";

/** A live connection, the caller's to end, and what was learned on the way. */
export interface Connected {
  client: Client;
  facts: ConnectionFacts;
}

type Outcome =
  | { kind: "connected"; client: Client; facts: ConnectionFacts }
  | {
      kind: "stopped";
      instance: DatabaseInstance;
      userName: string;
      host: string | undefined;
      stages: StageTiming[];
    };

async function authenticate(
  request: ConnectionRequest,
  plan: ConnectionPlan,
  deps: ConnectionDeps,
): Promise<{ workspace: Workspace; user: CurrentUser; firstLook: Promise<DatabaseInstance> }> {
  const open = deps.openWorkspace ?? openWorkspace;
  const { signal } = plan;
  try {
    const retryMs = Math.min(60_000, plan.deadlineMs);
    const workspace = await open(request.workspace ?? {}, { clock: plan.clock, retryMs });
    const asked = workspace.currentUser({ signal });
    // Looked for meanwhile: neither answer depends on the other. Its failure is told at the next stage.
    const firstLook = workspace.getInstance(plan.instanceName, { signal });
    firstLook.catch(() => {});
    return { workspace, user: await asked, firstLook };
  } catch (error) {
    plan.signal?.throwIfAborted();
    throw new ConnectionProblem("authenticate", { instance: plan.instanceName }, diagnoseAuthenticate(error));
  }
}

/** Before anything is asked or waited for: a certificate file that cannot be read will not get better. */
async function readTrust({ sslRootCert, instanceName: instance }: ConnectionPlan): Promise<Trust> {
  try {
    return await loadTrust(sslRootCert);
  } catch (error) {
    throw new ConnectionProblem("tls", { instance }, diagnoseTls(error, instance, sslRootCert));
  }
}

/** Decides whether to try again: returns how long to pause, or throws the problem. */
class RetryPolicy {
  #attempts = 0;
  #settlingUntil: number | undefined;
  readonly #plan: ConnectionPlan;
  readonly #deadline: number;

  constructor(plan: ConnectionPlan, deadline: number) {
    this.#plan = plan;
    this.#deadline = deadline;
  }

  /** The instance has come back from a state in between: like a fresh one, it needs its moment to settle. */
  startAnew(): void {
    this.#attempts = 0;
    this.#settlingUntil = undefined;
  }

  async pause(problem: ConnectionProblem): Promise<void> {
    const { clock, signal, onProgress } = this.#plan;
    const now = clock.now();
    if (problem.retry === "briefly") this.#settlingUntil ??= now + this.#plan.settlingMs;
    const until =
      problem.retry === "briefly" ? Math.min(this.#settlingUntil ?? now, this.#deadline) : this.#deadline;
    const pause = Math.min(10_000, 500 * 2 ** this.#attempts);
    if (problem.retry === "never" || now + pause > until) throw problem;
    this.#attempts += 1;
    onProgress(`stage ${problem.stage}: ${problem.reason}; trying again`);
    await clock.sleep(pause, signal);
  }
}

async function establish(request: ConnectionRequest, deps: ConnectionDeps): Promise<Outcome> {
  const plan = planConnection(request, deps);
  const { clock, signal, onProgress } = plan;
  const started = clock.now();
  const deadline = started + plan.deadlineMs;
  const timings = new Map<ConnectionStage, number>();
  const record = (stage: ConnectionStage, milliseconds: number) => timings.set(stage, milliseconds);
  const stages = () => connectionStages.flatMap((stage) => toTiming(stage, timings.get(stage)));

  const trust = await readTrust(plan);
  const { workspace, user, firstLook } = await authenticate(request, plan, deps);
  const { userName } = user;
  const waitFrom = clock.now();
  record("authenticate", waitFrom - started);
  const retries = new RetryPolicy(plan, deadline);
  const wait = {
    workspace,
    instanceName: plan.instanceName,
    endpoint: plan.endpoint,
    clock,
    signal,
    onProgress,
  };
  for (let look: Promise<DatabaseInstance> | undefined = firstLook; ; look = undefined) {
    try {
      const state = { ...wait, firstLook: look, started: waitFrom, deadline };
      const { verdict, instance, hasWaited } = await awaitSettledState(state);
      if (hasWaited) retries.startAnew();
      record("state", clock.now() - waitFrom);
      if (verdict === "stopped") {
        const host = plan.endpoint === "read-only" ? instance.readOnlyDns : instance.readWriteDns;
        return { kind: "stopped", instance, userName, host, stages: stages() };
      }
      const context = { plan, workspace, instance, userName, resolveDeps: deps.resolve, trust, record };
      const { client, facts } = await attemptConnection(context);
      return { kind: "connected", client, facts: { ...facts, stages: stages() } };
    } catch (error) {
      if (!(error instanceof ConnectionProblem)) throw error;
      await retries.pause(error);
    }
  }
}

function toTiming(stage: ConnectionStage, milliseconds: number | undefined): StageTiming[] {
  return milliseconds === undefined ? [] : [{ stage, milliseconds }];
}

/**
 * Connects to a database of an instance: waits until it is available, logs in over verified TLS with a fresh
 * token, and makes sure who it is. Throws a `ConnectionProblem`, also for a stopped instance. The client is
 * the caller's to `end()`. Where its connection breaks, the next query fails; its `error` event tells at once.
 *
 * @throws ConnectionProblem naming the stage, the reason and the fix
 */
export async function connect(request: ConnectionRequest, deps: ConnectionDeps = {}): Promise<Connected> {
  const outcome = await establish(request, deps);
  if (outcome.kind === "connected") return { client: outcome.client, facts: outcome.facts };
  const { host, userName } = outcome;
  const target = { instance: request.instanceName, host, database: request.databaseName, identity: userName };
  throw new ConnectionProblem("state", target, diagnoseStopped());
}

/**
 * Proves that a database of an instance can be used: every stage from the workspace's answer to the first
 * query. A stopped instance is reported as such and never dialled; any failure is a `ConnectionProblem`.
 */
export async function verifyConnectivity(
  request: ConnectionRequest,
  deps: ConnectionDeps = {},
): Promise<ConnectivityReport> {
  const outcome = await establish(request, deps);
  const checkedAt = new Date((deps.clock ?? { now: Date.now }).now()).toISOString();
  if (outcome.kind === "connected") {
    await hangUp(outcome.client);
    return { outcome: "verified", ...outcome.facts, checkedAt };
  }
  const { instance, userName, host, stages } = outcome;
  return {
    outcome: "stopped",
    instanceName: instance.name,
    instanceUid: instance.uid,
    state: instance.state,
    ...(instance.capacity === undefined ? {} : { capacity: instance.capacity }),
    databaseName: request.databaseName,
    userName,
    ...(host === undefined ? {} : { host }),
    stages,
    checkedAt,
  };
}
