// A check now, for a status: every stage as a deployment's check does, and how many connections the server has.
import {
  ConnectionProblem,
  type ConnectionStage,
  connect,
  hangUp,
  type StageTiming,
} from "../lakebase/connection/index.ts";
import { redact } from "../lakebase/workspace/index.ts";
import type { DeclaredCheck } from "./declared.ts";
import type { LiveVerification, Sessions, StageStatus } from "./types.ts";

/** A check, the reason of its failure, and how many credentials it asked for. */
export interface LiveCheck {
  readonly verification: LiveVerification;
  readonly problem?: string;
  readonly minted: number;
}

/** Stages after which a credential has been asked for. */
const afterCredential: readonly ConnectionStage[] = ["resolve", "connect", "tls", "login", "probe"];

/** Somebody waits at a terminal: what does not answer by then is a finding. */
const deadlineMs = 30_000;

/** Checks a database now. Nothing is recorded. */
export async function verifyNow(
  check: DeclaredCheck,
  signal: AbortSignal | undefined,
  dial: typeof connect = connect,
): Promise<LiveCheck> {
  const { place, instance, database, port, sslRootCert, hostAddress, tables } = check;
  try {
    const { client, facts } = await dial({
      workspace: place,
      instanceName: instance,
      databaseName: database,
      port,
      sslRootCert,
      hostAddress,
      tables,
      deadlineMs,
      settlingMs: 5_000,
      signal,
    });
    try {
      // They are told where they can be had; that the database is reached has been proven without them.
      const sessions = await countSessions(client).catch(() => undefined);
      const verification = { outcome: "verified" as const, stages: rounded(facts.stages) };
      return {
        verification: sessions === undefined ? verification : { ...verification, sessions },
        minted: 1,
      };
    } finally {
      await hangUp(client);
    }
  } catch (error) {
    if (!(error instanceof ConnectionProblem)) throw error;
    return failed(error, check.stopped);
  }
}

function failed(problem: ConnectionProblem, meantStopped: boolean): LiveCheck {
  const { stage, code, message } = problem;
  if (code === "STOPPED" && meantStopped)
    return { verification: { outcome: "stopped", stages: [] }, minted: 0 };
  return {
    verification: { outcome: "failed", failedStage: stage, stages: [] },
    problem: message,
    minted: afterCredential.includes(stage) ? 1 : 0,
  };
}

function rounded(stages: readonly StageTiming[]): StageStatus[] {
  return stages.map(({ stage, milliseconds }) => ({ stage, milliseconds: Math.round(milliseconds) }));
}

// Names and counts of connections may be read by every role; what they run may not, and is not asked for.
const selectSessions = `SELECT coalesce(usename, '') AS role, coalesce(application_name, '') AS application,
    count(*)::int AS count, current_setting('max_connections')::int AS "limit"
  FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2`;

/** Connections to the server, apart from the one that asks. */
async function countSessions(
  client: Pick<Awaited<ReturnType<typeof connect>>["client"], "query">,
): Promise<Sessions> {
  const { rows } = await client.query<{ role: string; application: string; count: number; limit: number }>(
    selectSessions,
  );
  const limit =
    rows[0]?.limit ??
    (await client.query<{ limit: number }>(`SELECT current_setting('max_connections')::int AS "limit"`))
      .rows[0]?.limit ??
    0;
  return {
    total: rows.reduce((sum, { count }) => sum + count, 0),
    limit,
    byRole: rows.map(({ role, application, count }) => ({ role, application: redact(application), count })),
  };
}
