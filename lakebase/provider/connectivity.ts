// The connectivity check as a resource: when it runs again, what it records, how refresh tells drift.
import { randomUUID } from "node:crypto";
import {
  type ConnectivityReport,
  type ConnectivityRequest,
  verifyConnectivity,
} from "../connection/index.ts";
import {
  checkDatabaseName,
  checkExpectedTables,
  checkInstanceName,
  type ExpectedTable,
  type Problem,
  showValue,
} from "../rules/index.ts";
import {
  type CheckFailure,
  changedKeys,
  type DynamicProvider,
  isKnown,
  type ReachInputs,
  RecordedFailure,
  reasonOf,
  type StackConfiguration,
  workspaceSettings,
} from "./dynamic.ts";

/** What the check is told. Every change of one of these runs it again. */
export interface ConnectivityInputs extends ReachInputs {
  instanceName: string;
  databaseName: string;
  /** Whether the instance is meant to be stopped: nothing is dialled then. */
  stopped?: boolean;
  /** Capacity tier. Not needed to connect; a resize restarts the server, so it is proven again. */
  capacity?: string;
  /** The service's id of the instance; a new one is another endpoint. */
  instanceUid?: string;
  /** Tables that must exist, be readable, filled and fresh. */
  tables?: ExpectedTable[];
  /** Seconds to wait for the instance to become AVAILABLE. Default 600. */
  deadlineSeconds?: number;
  /** Any value; a new one runs the check again. */
  trigger?: string;
}

/** What the check records. Never a token, and never a name of one. */
export interface ConnectivityOutputs extends ConnectivityInputs {
  /** The instance's id as the check saw it. */
  seenUid: string;
  /** `verified`; `stopped`: not checked, because the instance is stopped; `failed`. */
  outcome: "verified" | "stopped" | "failed";
  /** Why it failed; empty otherwise. */
  failure: string;
  instanceState: string;
  host: string;
  address: string;
  resolvedVia: string;
  userName: string;
  serverVersion: string;
  tlsVersion: string;
  /** Milliseconds of each stage of the last full run. */
  latencies: Record<string, number>;
  /** When the last full run ended, ISO 8601. */
  checkedAt: string;
}

/** Does the verification; a parameter so that tests can do without a server. */
export type Verify = (request: ConnectivityRequest) => Promise<ConnectivityReport>;

const inputKeys: readonly (keyof ConnectivityInputs)[] = [
  "instanceName",
  "databaseName",
  "stopped",
  "capacity",
  "instanceUid",
  "port",
  "sslRootCert",
  "hostAddress",
  "workspaceHost",
  "profile",
  "tables",
  "trigger",
];

/** Facts whose change between two looks is drift, unlike latencies and times. */
const factKeys = ["outcome", "seenUid", "host", "userName", "serverVersion", "tlsVersion"] as const;

/** The provider of ConnectivityCheck. */
export function connectivity(
  configuration: StackConfiguration | undefined,
  verify: Verify = verifyConnectivity,
): DynamicProvider<ConnectivityInputs, ConnectivityOutputs> {
  const run = (inputs: ConnectivityInputs) => verify(requestOf(inputs, configuration));
  const record = async (id: string, inputs: ConnectivityInputs): Promise<ConnectivityOutputs> => {
    if (inputs.stopped === true) return notChecked(inputs);
    try {
      const report = await run(inputs);
      return outputsOf(inputs, report);
    } catch (error) {
      throw new RecordedFailure(id, failed(inputs, reasonOf(error)), reasonOf(error));
    }
  };
  return {
    async check(_olds, news) {
      return { inputs: news, failures: checkInputs(news).map(toFailure) };
    },
    async diff(_id, olds, news) {
      // A recorded failure, or a stop that nobody asked for (told by refresh), is to be looked at again.
      const unsettled = news.stopped !== true && olds.outcome !== "verified";
      return {
        changes: unsettled || changedKeys<ConnectivityInputs>(inputKeys, olds, news).length > 0,
        replaces: [],
      };
    },
    async create(inputs) {
      const id = `connectivity-${randomUUID()}`;
      return { id, outs: await record(id, inputs) };
    },
    async update(id, _olds, news) {
      return { outs: await record(id, news) };
    },
    async read(id, props) {
      return { id, props: await look(props, run) };
    },
    // Nothing was made, so nothing is to be removed.
    async delete() {},
  };
}

/** A refresh waits for a change that is under way, but not as long as a deployment. */
const refreshDeadlineSeconds = 60;

/** A refresh's look: the recorded outputs stay as they are unless a fact changed, so that a healthy refresh is silent. */
async function look(
  recorded: ConnectivityOutputs,
  run: (inputs: ConnectivityInputs) => Promise<ConnectivityReport>,
): Promise<ConnectivityOutputs> {
  if (recorded.stopped === true) return recorded;
  const seen = await run({ ...recorded, deadlineSeconds: refreshDeadlineSeconds }).then(
    (report) => outputsOf(recorded, report),
    (error: unknown) => ({ ...recorded, outcome: "failed" as const, failure: reasonOf(error) }),
  );
  const drifted = factKeys.some((key) => seen[key] !== recorded[key]);
  return drifted ? seen : recorded;
}

function requestOf(
  inputs: ConnectivityInputs,
  configuration: StackConfiguration | undefined,
): ConnectivityRequest {
  return {
    workspace: workspaceSettings(configuration, inputs),
    instanceName: inputs.instanceName,
    databaseName: inputs.databaseName,
    port: inputs.port,
    sslRootCert: inputs.sslRootCert,
    hostAddress: inputs.hostAddress,
    tables: inputs.tables,
    deadlineMs: (inputs.deadlineSeconds ?? 600) * 1000,
  };
}

/** Only the declared inputs: the engine's own `__provider` travels with them and is put back by it. */
function inputsOnly(inputs: ConnectivityInputs): ConnectivityInputs {
  const keys: readonly (keyof ConnectivityInputs)[] = [...inputKeys, "deadlineSeconds"];
  return Object.fromEntries(
    keys.filter((key) => inputs[key] !== undefined).map((key) => [key, inputs[key]]),
  ) as unknown as ConnectivityInputs;
}

function outputsOf(inputs: ConnectivityInputs, report: ConnectivityReport): ConnectivityOutputs {
  return {
    ...inputsOnly(inputs),
    outcome: report.outcome,
    failure: "",
    seenUid: report.instanceUid,
    instanceState: report.state,
    host: report.host ?? "",
    address: report.address ?? "",
    resolvedVia: report.resolvedVia ?? "",
    userName: report.userName ?? "",
    serverVersion: report.serverVersion ?? "",
    tlsVersion: report.tlsVersion ?? "",
    latencies: Object.fromEntries(
      report.stages.map(({ stage, milliseconds }) => [stage, Math.round(milliseconds)]),
    ),
    checkedAt: report.checkedAt,
  };
}

const nothingSeen = {
  seenUid: "",
  instanceState: "",
  host: "",
  address: "",
  resolvedVia: "",
  userName: "",
  serverVersion: "",
  tlsVersion: "",
  latencies: {},
  checkedAt: "",
};

function notChecked(inputs: ConnectivityInputs): ConnectivityOutputs {
  return { ...inputsOnly(inputs), ...nothingSeen, outcome: "stopped", failure: "", instanceState: "STOPPED" };
}

/** What stays on record after a failure. `__provider` must be in it, or later reads of the resource would die. */
function failed(inputs: ConnectivityInputs, failure: string): object {
  return { ...inputs, ...nothingSeen, outcome: "failed", failure };
}

/** Rules of the inputs, for programs that make the resource without the component. */
export function checkInputs(inputs: { [Key in keyof ConnectivityInputs]?: unknown }): Problem[] {
  const { instanceName, databaseName, port, tables, deadlineSeconds } = inputs;
  return [
    ...(instanceName !== undefined && isKnown(instanceName)
      ? checkInstanceName("instanceName", instanceName)
      : []),
    ...(databaseName !== undefined && isKnown(databaseName)
      ? checkDatabaseName("databaseName", databaseName)
      : []),
    ...checkPort(port),
    ...checkDeadline(deadlineSeconds),
    ...(tables === undefined || !isKnown(tables) ? [] : checkExpectedTables("tables", tables)),
  ];
}

function checkPort(port: unknown): Problem[] {
  if (port === undefined || !isKnown(port)) return [];
  if (typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535) return [];
  return [
    {
      path: "port",
      reason: "is not a TCP port",
      value: port,
      allowed: "a whole number from 1 to 65535",
      fix: "leave it out for 5432",
    },
  ];
}

function checkDeadline(seconds: unknown): Problem[] {
  if (seconds === undefined || !isKnown(seconds)) return [];
  if (typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0) return [];
  return [
    {
      path: "deadlineSeconds",
      reason: "is not a time to wait",
      value: seconds,
      allowed: "a number of seconds above 0",
      fix: "leave it out for 600",
    },
  ];
}

/** A problem in the engine's form. */
export function toFailure(problem: Problem): CheckFailure {
  const { path, reason, allowed, fix } = problem;
  const given = "value" in problem ? ` (given: ${showValue(problem.value)})` : "";
  const limits = allowed === undefined ? "" : `; allowed: ${allowed}`;
  return { property: path, reason: `${reason}${given}${limits}; fix: ${fix}` };
}
