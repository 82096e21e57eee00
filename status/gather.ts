// Asks the workspaces of a stack about everything that it declares, and puts the answers together.
import type { Workspace, WorkspaceSettings } from "../lakebase/workspace/index.ts";
import { openWorkspace, WorkspaceError } from "../lakebase/workspace/index.ts";
import type { Declared, DeclaredStack, Place } from "./declared.ts";
import { type Answer, judgeCatalog, judgeCheck, judgeInstance, judgeSyncedTable } from "./judge.ts";
import { gravest, type StackStatus, statusSchemaVersion } from "./types.ts";
import { type LiveCheck, verifyNow } from "./verify.ts";

/** What a look is made with. */
export interface LookOptions {
  /** Instead of the address and profile that the stack says. */
  readonly place?: Place;
  /** Whether databases are checked now. */
  readonly verify?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly now?: () => number;
  readonly open?: (settings: WorkspaceSettings) => Promise<Workspace>;
  readonly verifyNow?: typeof verifyNow;
}

/** Answers that are asked for at once: enough not to wait for each, few enough not to be throttled. */
const atOnce = 8;

/**
 * Looks at a stack.
 *
 * @throws WorkspaceError when no workspace of the stack can be asked anything
 */
export async function lookAtStack(stack: DeclaredStack, options: LookOptions = {}): Promise<StackStatus> {
  const { signal, now = Date.now } = options;
  const workspaces = openOnce(options);
  const ask = async <T>(
    { place }: Declared,
    question: (workspace: Workspace) => Promise<T>,
  ): Promise<{ answer: Answer<T>; host: string }> => {
    const workspace = await workspaces.open(place);
    const { answer, refusal } = await answerOf(question(workspace), signal);
    if (refusal === undefined) answered += 1;
    else refusals.push(refusal);
    return { answer, host: workspace.host };
  };
  const refusals: WorkspaceError[] = [];
  let answered = 0;
  const limited = limiter(atOnce);
  const meantStopped = new Set(stack.instances.filter(({ stopped }) => stopped).map(({ name }) => name));
  const [instances, catalogs, syncedTables, checks] = await Promise.all([
    limited(stack.instances, async (declared) => {
      const { answer, host } = await ask(declared, ({ getInstance }) =>
        getInstance(declared.name, { signal }),
      );
      return judgeInstance(declared, answer, host);
    }),
    limited(stack.catalogs, async (declared) => {
      const { answer } = await ask(declared, ({ getCatalog }) => getCatalog(declared.name, { signal }));
      return judgeCatalog(declared, answer);
    }),
    limited(stack.syncedTables, async (declared) => {
      const { answer } = await ask(declared, ({ syncedTables: { get } }) => get(declared.name, { signal }));
      const instance = ("found" in answer ? answer.found.instanceName : undefined) ?? declared.instance ?? "";
      return judgeSyncedTable(declared, answer, { now: now(), meantStopped: meantStopped.has(instance) });
    }),
    limited(stack.checks, async (declared) => {
      const check = { ...declared, place: placeOf(declared.place, options.place) };
      const live =
        options.verify === true ? await (options.verifyNow ?? verifyNow)(check, signal) : undefined;
      return { status: judgeCheck(declared, live), live };
    }),
  ]);
  // A token that nothing accepts, for instance: one mistake, not one for each thing.
  if (answered === 0 && refusals[0] !== undefined) throw refusals[0];
  const verifications = checks.map(({ status }) => status);
  const parts = [...instances, ...catalogs, ...syncedTables, ...verifications];
  return {
    schemaVersion: statusSchemaVersion,
    takenAt: new Date(now()).toISOString(),
    stack: {
      name: stack.stack,
      project: stack.project,
      ...(stack.deployedAt === undefined ? {} : { deployedAt: stack.deployedAt }),
      pendingOperations: stack.pendingOperations,
    },
    verdict: gravest([
      ...parts.map(({ level }) => level),
      stack.pendingOperations > 0 || stack.credentialsInState > 0 ? "failed" : "well",
    ]),
    workspaces: await workspaces.hosts(),
    instances,
    catalogs,
    syncedTables,
    verifications,
    credentials: { minted: mintedBy(checks.map(({ live }) => live)), inState: stack.credentialsInState },
  };
}

function mintedBy(checks: readonly (LiveCheck | undefined)[]): number {
  return checks.reduce((sum, live) => sum + (live?.minted ?? 0), 0);
}

/** What the caller says wins over what the stack says. */
function placeOf(place: Place, given: Place | undefined): Place {
  return given === undefined || Object.keys(given).length === 0 ? place : given;
}

/** Somebody waits for the answer, so that a busy workspace is asked again for seconds, not for a minute. */
const patience = { timeoutMs: 15_000, retryMs: 10_000 };

function openOnce({ place: given, open = (settings) => openWorkspace(settings, patience) }: LookOptions) {
  const opened = new Map<string, Promise<Workspace>>();
  return {
    open(place: Place): Promise<Workspace> {
      const chosen = placeOf(place, given);
      const key = JSON.stringify([chosen.host, chosen.profile]);
      const workspace = opened.get(key) ?? open(chosen);
      opened.set(key, workspace);
      return workspace;
    },
    async hosts(): Promise<string[]> {
      const hosts = await Promise.all([...opened.values()].map(async (workspace) => (await workspace).host));
      return [...new Set(hosts)].sort();
    },
  };
}

/** Without an answer to any question there is nothing to show; a single refusal is a finding. */
const nothingCanBeAsked: readonly string[] = ["CONFIGURATION", "AUTHENTICATION", "UNREACHABLE", "NOT_JSON"];

async function answerOf<T>(
  question: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<{ answer: Answer<T>; refusal?: WorkspaceError }> {
  try {
    return { answer: { found: await question } };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof WorkspaceError)) throw error;
    if (error.status === 404) return { answer: { missing: true } };
    if (error.status === 401 || nothingCanBeAsked.includes(error.errorCode)) throw error;
    const { message, fix } = error;
    const problem = `the workspace could not be asked: ${message.replace(`; ${fix}`, "")}`;
    return { answer: { problem, fix }, refusal: error };
  }
}

/** Runs at most so many at a time, over all lists; results in the order of each list. */
function limiter(most: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> =>
    await Promise.all(
      items.map(async (item) => {
        if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
        running += 1;
        try {
          return await work(item);
        } finally {
          running -= 1;
          waiting.shift()?.();
        }
      }),
    );
}
