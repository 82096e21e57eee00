// One passage through the stages from a fresh credential to the first query, each failure under its stage.
import type { Client } from "pg";
import type { DatabaseInstance, Workspace } from "../workspace/index.ts";
import { mintCredential } from "./credential.ts";
import { diagnoseDatabase, diagnoseIdentity } from "./diagnose-database.ts";
import { diagnoseConnect, diagnoseResolve, diagnoseTls } from "./diagnose-network.ts";
import { DialFailure, type Dialled, type DialTarget, dial, hangUp } from "./dial.ts";
import type { ConnectionPlan } from "./plan.ts";
import { listDatabases, type ProbeAnswer, probe } from "./probe.ts";
import { ConnectionProblem, type ConnectionTarget, type Diagnosis } from "./problem.ts";
import { type ResolveDeps, type ResolvedHost, resolveHost } from "./resolve.ts";
import { probeTables } from "./tables.ts";
import type { Trust } from "./trust.ts";
import type { ConnectionFacts, ConnectionStage } from "./types.ts";

/** What an attempt works with. */
export interface AttemptContext {
  plan: ConnectionPlan;
  workspace: Workspace;
  instance: DatabaseInstance;
  userName: string;
  resolveDeps: ResolveDeps | undefined;
  /** PEM certificates to trust instead of Node's. */
  trust: Trust;
  record: (stage: ConnectionStage, milliseconds: number) => void;
}

type Failed = (stage: ConnectionStage, diagnosis: Diagnosis) => ConnectionProblem;

async function timed<T>(context: AttemptContext, stage: ConnectionStage, work: () => Promise<T>): Promise<T> {
  const began = context.plan.clock.now();
  const result = await work();
  context.record(stage, context.plan.clock.now() - began);
  return result;
}

async function resolveEndpoint(context: AttemptContext, host: string, failed: Failed): Promise<ResolvedHost> {
  const { hostAddress, dnsServers: servers, signal } = context.plan;
  try {
    return await resolveHost(host, { hostAddress, servers, signal }, context.resolveDeps);
  } catch (error) {
    signal?.throwIfAborted();
    throw failed("resolve", diagnoseResolve(error, host));
  }
}

/** On a missing database: which ones exist, asked of the one that always does; undefined when that fails too. */
async function namesOfDatabases(target: DialTarget): Promise<string[] | undefined> {
  const always = "databricks_postgres";
  if (target.databaseName === always) return undefined;
  let dialled: Dialled | undefined;
  try {
    dialled = await dial({ ...target, databaseName: always });
    return await listDatabases(dialled.client, target.stageTimeoutMs);
  } catch {
    return undefined;
  } finally {
    if (dialled) await hangUp(dialled.client);
  }
}

async function diagnoseDial(
  context: AttemptContext,
  target: DialTarget,
  failure: DialFailure,
): Promise<Diagnosis> {
  const { plan, userName } = context;
  if (failure.stage === "connect") return diagnoseConnect(failure.error, target.host, target.port);
  if (failure.stage === "tls") return diagnoseTls(failure.error, target.host, plan.sslRootCert);
  const isMissing = (failure.error as { code?: unknown } | null)?.code === "3D000";
  return diagnoseDatabase(failure.error, {
    instance: plan.instanceName,
    database: plan.databaseName,
    identity: userName,
    databases: isMissing ? await namesOfDatabases(target) : undefined,
  });
}

/** Tries the addresses in turn; only a connection that did not come about moves on to the next. */
async function dialFirst(
  context: AttemptContext,
  targets: DialTarget[],
  noteAddress: (address: string) => void,
  failed: Failed,
): Promise<{ dialled: Dialled; address: string }> {
  let problem: ConnectionProblem | undefined;
  for (const target of targets) {
    noteAddress(target.address);
    try {
      return { dialled: await dial(target), address: target.address };
    } catch (error) {
      if (!(error instanceof DialFailure)) throw error;
      const again = failed(error.stage, await diagnoseDial(context, target, error));
      if (error.stage !== "connect") throw again;
      problem ??= again;
    }
  }
  throw problem;
}

async function probeClient(context: AttemptContext, client: Client, failed: Failed): Promise<ProbeAnswer> {
  const { plan, userName } = context;
  let answer: ProbeAnswer;
  try {
    answer = await timed(context, "probe", () => probe(client, plan.stageTimeoutMs, plan.signal));
  } catch (error) {
    throw probeFailure(context, error, failed);
  }
  if (answer.currentUser !== userName || answer.sessionUser !== userName) {
    throw failed("probe", diagnoseIdentity(userName, answer.currentUser, answer.sessionUser));
  }
  return answer;
}

function probeFailure({ plan, userName }: AttemptContext, error: unknown, failed: Failed): ConnectionProblem {
  plan.signal?.throwIfAborted();
  const database = { instance: plan.instanceName, database: plan.databaseName, identity: userName };
  return failed("probe", diagnoseDatabase(error, database));
}

async function requireTables(context: AttemptContext, client: Client, failed: Failed): Promise<void> {
  const { workspace, plan } = context;
  const { stageTimeoutMs: timeoutMs, signal, tables, clock } = plan;
  const probe = { client, workspace, timeoutMs, signal, now: () => clock.now() };
  const diagnosis = await probeTables(probe, tables).catch((error: unknown) => {
    throw probeFailure(context, error, failed);
  });
  if (diagnosis !== undefined) throw failed("probe", diagnosis);
}

/** Goes through the stages once; the client it returns is the caller's to close. */
export async function attemptConnection(
  context: AttemptContext,
): Promise<{ client: Client; facts: Omit<ConnectionFacts, "stages"> }> {
  const { plan, workspace, instance, userName } = context;
  const host = (plan.endpoint === "read-only" ? instance.readOnlyDns : instance.readWriteDns) ?? "";
  const target: ConnectionTarget = {
    instance: plan.instanceName,
    host,
    port: plan.port,
    database: plan.databaseName,
    identity: userName,
  };
  const failed: Failed = (stage, diagnosis) => new ConnectionProblem(stage, target, diagnosis);

  const credential = await timed(context, "credential", () =>
    mintCredential(workspace, plan.instanceName, { signal: plan.signal }),
  );
  const resolved = await timed(context, "resolve", () => resolveEndpoint(context, host, failed));
  target.address = resolved.address;
  const targets = resolved.addresses.map(({ address }) => ({
    host,
    address,
    port: plan.port,
    databaseName: plan.databaseName,
    userName,
    token: credential.token,
    trust: context.trust,
    applicationName: plan.applicationName,
    stageTimeoutMs: plan.stageTimeoutMs,
    signal: plan.signal,
    now: () => plan.clock.now(),
  }));
  const noteAddress = (address: string) => {
    target.address = address;
  };
  const { dialled, address } = await dialFirst(context, targets, noteAddress, failed);
  for (const stage of ["connect", "tls", "login"] as const)
    context.record(stage, dialled.milliseconds[stage]);
  try {
    const { serverVersion, serverVersionNumber } = await probeClient(context, dialled.client, failed);
    if (context.plan.tables.length > 0) await requireTables(context, dialled.client, failed);
    return {
      client: dialled.client,
      facts: {
        instanceName: instance.name,
        instanceUid: instance.uid,
        state: instance.state,
        ...(instance.capacity === undefined ? {} : { capacity: instance.capacity }),
        host,
        address,
        resolvedVia: resolved.via,
        port: plan.port,
        databaseName: plan.databaseName,
        userName,
        serverVersion,
        serverVersionNumber,
        tlsVersion: dialled.tlsVersion,
        ...(dialled.tlsCipher === undefined ? {} : { tlsCipher: dialled.tlsCipher }),
      },
    };
  } catch (error) {
    await hangUp(dialled.client);
    throw error;
  }
}
