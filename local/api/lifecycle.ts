// Carries instances from state to state: persisted before it is begun, driven by the clock, resumed at restart.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkspaceClock } from "../clock.ts";
import type { Delays } from "../delays.ts";
import { secondsAfter } from "../keep-going.ts";
import type { PointInTime, PostgresHost } from "../postgres/index.ts";
import { endpointsOf, type InstanceRecord, type InstanceState, type Transition } from "./instance-record.ts";
import type { Instances } from "./instances-table.ts";

/** Settings of {@link createLifecycle}. */
export interface LifecycleOptions {
  instances: Instances;
  postgres: PostgresHost;
  clock: WorkspaceClock;
  delays: Delays;
  log: (line: string) => void;
}

/** The driver of all transitions. */
export interface Lifecycle {
  /** Puts a record into a transitional state, durably, and starts the way to its end. */
  begin(
    record: InstanceRecord,
    state: InstanceState,
    target: Pick<Transition, "to" | "restart">,
  ): InstanceRecord;
  /**
   * Takes up after a restart: starts the servers that ran, goes on with what was half done. One that does not start
   * is STARTING again, until it does.
   */
  resume(): Promise<void>;
  /** Resolves when no transition is left whose time has come, but for those that failed twice in a row. */
  settled(): Promise<void>;
  /** Ends the waiting; what is half done stays in the store. */
  close(): Promise<void>;
}

/** A transition under way. */
interface Running {
  dueAt: number;
  done: Promise<void>;
  /** Resolved at the end, or once it is waited for no longer. */
  settled: PromiseWithResolvers<void>;
  isHopeless: boolean;
}

/** Failures in a row after which {@link Lifecycle.settled} waits for a step no longer. */
const hopeless = 2;

/** Makes the driver. */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { instances, postgres, clock, delays, log } = options;
  const closing = new AbortController();
  const running = new Map<string, Running>();
  const queues = new Map<string, Promise<unknown>>();

  /** One operation at a time on each cluster: a clone waits for its parent's, and the other way round. */
  function exclusively<T>(uids: string[], operation: () => Promise<T>): Promise<T> {
    const before = Promise.allSettled(uids.map((uid) => queues.get(uid)));
    const result = before.then(operation);
    for (const uid of uids) queues.set(uid, result);
    return result;
  }

  const clusters = (record: InstanceRecord): string[] =>
    record.parent ? [record.uid, record.parent.uid] : [record.uid];

  /** Repeats a failing step, as the service's own control plane would, until it works or another took over. */
  async function insist(record: InstanceRecord, step: () => Promise<void>): Promise<void> {
    for (let failures = 0; isCurrent(record); ) {
      try {
        return await exclusively(clusters(record), async () => {
          if (isCurrent(record)) await step();
        });
      } catch (error) {
        if (closing.signal.aborted) throw error;
        const seconds = secondsAfter(failures);
        log(`instance ${record.name}: ${(error as Error).message}; trying again in ${seconds} s`);
        failures += 1;
        if (failures === hopeless) giveUpWaiting(record);
        await sleep(seconds * 1000, undefined, { signal: closing.signal });
      }
    }
  }

  function giveUpWaiting({ transition }: InstanceRecord): void {
    const item = transition && running.get(transition.id);
    if (!item) return;
    item.isHopeless = true;
    item.settled.resolve();
  }

  function isCurrent(record: InstanceRecord): boolean {
    return instances.byUid(record.uid)?.transition?.id === record.transition?.id;
  }

  async function carryOut(record: InstanceRecord, transition: Transition): Promise<void> {
    await Promise.all([
      insist(record, () => prepare(record, transition)),
      clock.until(transition.dueAt, closing.signal),
    ]);
    await insist(record, () => complete(record, transition));
  }

  async function prepare(record: InstanceRecord, transition: Transition): Promise<void> {
    const { uid } = record;
    if (transition.to === "DELETED") {
      await makeKnown(record);
      return postgres.stop(uid);
    }
    await provision(record, record.parent?.uid);
    if (transition.to === "STOPPED" || transition.restart) await postgres.stop(uid);
    // A resize interrupts only shortly: the compute is back while the state still says UPDATING.
    if (transition.restart) await postgres.start(uid);
  }

  async function complete(record: InstanceRecord, transition: Transition): Promise<void> {
    const { uid, name } = record;
    if (transition.to === "DELETED") {
      await makeKnown(record);
      await postgres.destroy(uid);
      known.delete(uid);
      instances.remove(record);
      return log(`instance ${name}: deleted`);
    }
    if (transition.to === "AVAILABLE") {
      postgres.setEndpoints(uid, endpointsOf(instances.byUid(uid) ?? record));
      await postgres.start(uid);
    }
    const { transition: _over, ...rest } = instances.byUid(uid) ?? record;
    instances.save({ ...rest, state: transition.to });
    log(`instance ${name}: ${transition.to}`);
  }

  /** Uids that the PostgreSQL side has heard of since this start. */
  const known = new Set<string>();

  async function provision(record: InstanceRecord, cloneOf?: string): Promise<void> {
    const { uid, creator } = record;
    await postgres.provision({
      uid,
      owner: creator,
      ...endpointsOf(record),
      ...(cloneOf ? { cloneOf, cloneAt: pointOf(record) } : {}),
    });
    known.add(uid);
  }

  /** The point of the parent that a clone is cut at; undefined for its present. */
  function pointOf({ parent }: InstanceRecord): PointInTime | undefined {
    if (parent?.lsn !== undefined) return { lsn: parent.lsn };
    if (parent?.branchTime === undefined) return undefined;
    return { time: clock.realTimeOf(Date.parse(parent.branchTime)) };
  }

  /**
   * Only a known cluster can be deleted. One deleted before its turn, or found half deleted after a restart,
   * is made known first, as no clone: its parent may be gone already.
   */
  async function makeKnown(record: InstanceRecord): Promise<void> {
    if (!known.has(record.uid)) await provision(record);
  }

  function drive(record: InstanceRecord): void {
    const { transition } = record;
    if (!transition) return;
    const settled = Promise.withResolvers<void>();
    const done = carryOut(record, transition)
      .catch((error: unknown) => {
        // Closing is no failure: the next start goes on from what is in the store.
        if (!closing.signal.aborted) log(`instance ${record.name}: ${(error as Error).message}`);
      })
      .finally(() => {
        running.delete(transition.id);
        settled.resolve();
      });
    running.set(transition.id, { dueAt: transition.dueAt, done, settled, isHopeless: false });
  }

  function begin(
    record: InstanceRecord,
    state: InstanceState,
    target: Pick<Transition, "to" | "restart">,
  ): InstanceRecord {
    const dueAt = clock.now() + delayOf(delays, state, target.to);
    const begun: InstanceRecord = { ...record, state, transition: { id: randomUUID(), ...target, dueAt } };
    instances.save(begun);
    log(`instance ${record.name}: ${state}`);
    drive(begun);
    return begun;
  }

  return {
    begin,
    async resume() {
      await Promise.all(
        instances.all().map(async (record) => {
          if (record.transition) return drive(record);
          // One cluster that does not start must not keep the others from starting.
          await exclusively(clusters(record), async () => {
            await provision(record, record.parent?.uid);
            if (record.state === "AVAILABLE") await postgres.start(record.uid);
          }).catch((error: Error) => {
            log(`instance ${record.name}: cannot be started: ${error.message}`);
            if (record.state === "AVAILABLE") begin(record, "STARTING", { to: "AVAILABLE", restart: false });
          });
        }),
      );
    },
    async settled() {
      for (;;) {
        const due = [...running.values()].filter((item) => item.dueAt <= clock.now() && !item.isHopeless);
        if (due.length === 0) return;
        await Promise.all(due.map((item) => item.settled.promise));
      }
    },
    async close() {
      closing.abort(new Error("the workspace is closing"));
      await Promise.all([...running.values()].map((item) => item.done));
    },
  };
}

function delayOf(delays: Delays, state: InstanceState, to: Transition["to"]): number {
  if (to === "DELETED") return delays.deleting;
  if (state === "FAILING_OVER") return delays.failingOver;
  if (state === "STARTING") return delays.starting;
  return to === "STOPPED" ? delays.stopping : delays.updating;
}
