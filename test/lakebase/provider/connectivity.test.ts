// The connectivity check as a resource: when it runs, what it records, what refresh tells.
import { describe, expect, it, vi } from "vitest";
import {
  ConnectionProblem,
  type ConnectivityReport,
  type ConnectivityRequest,
} from "../../../lakebase/connection/index.ts";
import {
  type ConnectivityInputs,
  type ConnectivityOutputs,
  connectivity,
} from "../../../lakebase/provider/index.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const inputs: ConnectivityInputs = {
  instanceName: "orders",
  databaseName: "databricks_postgres",
  stopped: false,
  capacity: "CU_1",
  instanceUid: "uid-1",
  port: 5432,
};
const report: ConnectivityReport = {
  outcome: "verified",
  instanceName: "orders",
  instanceUid: "uid-1",
  state: "AVAILABLE",
  capacity: "CU_1",
  host: "instance-1.database.example.com",
  address: "192.0.2.1",
  resolvedVia: "system",
  port: 5432,
  databaseName: "databricks_postgres",
  userName: "developer@example.com",
  serverVersion: "PostgreSQL 16.9",
  serverVersionNumber: 160009,
  tlsVersion: "TLSv1.3",
  stages: [{ stage: "login", milliseconds: 12.6 }],
  checkedAt: "2026-06-01T12:00:00.000Z",
};

const withReport = (
  answer: Partial<ConnectivityReport> | Error = {},
  configuration?: Record<string, string>,
) => {
  const verify = vi.fn(async (_request: ConnectivityRequest): Promise<ConnectivityReport> => {
    if (answer instanceof Error) throw answer;
    return { ...report, ...answer } as ConnectivityReport;
  });
  const provider = connectivity(configuration && { get: (key) => configuration[key] }, verify);
  return { provider, verify };
};
const recorded = async (): Promise<ConnectivityOutputs> => (await withReport().provider.create(inputs)).outs;
const problem = new ConnectionProblem(
  "login",
  { instance: "orders", host: report.host },
  { reason: "the role does not exist", fix: "create it", code: "28P01", retry: "never" },
);

describe("creating", () => {
  it("records what was proven, and nothing else", async () => {
    const { provider } = withReport();
    const { id, outs } = await provider.create(inputs);
    expect(id).toMatch(/^connectivity-[0-9a-f-]{36}$/);
    expect(outs).toEqual({
      ...inputs,
      outcome: "verified",
      failure: "",
      seenUid: "uid-1",
      instanceState: "AVAILABLE",
      host: "instance-1.database.example.com",
      address: "192.0.2.1",
      resolvedVia: "system",
      userName: "developer@example.com",
      serverVersion: "PostgreSQL 16.9",
      tlsVersion: "TLSv1.3",
      latencies: { login: 13 },
      checkedAt: "2026-06-01T12:00:00.000Z",
    });
  });

  it("asks with the stack's configuration, the resource's own settings first", async () => {
    const configuration = {
      "databricks:host": "https://a.example",
      "databricks:token": "secret-of-a-stack",
      "databricks:profile": "",
    };
    const { provider, verify } = withReport({}, configuration);
    const { outs } = await provider.create({ ...inputs, workspaceHost: "https://b.example", profile: "ops" });
    expect(verify.mock.calls[0]?.[0].workspace).toMatchObject({
      host: "https://b.example",
      token: "secret-of-a-stack",
      profile: "ops",
    });
    expect(JSON.stringify(outs)).not.toContain("secret-of-a-stack");
  });

  it("dials nothing when the instance is meant to be stopped", async () => {
    const { provider, verify } = withReport();
    const { outs } = await provider.create({ ...inputs, stopped: true });
    expect(outs).toMatchObject({
      outcome: "stopped",
      instanceState: "STOPPED",
      serverVersion: "",
      checkedAt: "",
    });
    expect(verify).not.toHaveBeenCalled();
  });

  it("records a failure with its stage, and what the engine needs to try again", async () => {
    const { provider } = withReport(problem);
    const failure = await provider
      .create({ ...inputs, __provider: "text" } as ConnectivityInputs)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      id: expect.stringMatching(/^connectivity-/),
      message: expect.stringContaining("login"),
      reasons: [expect.stringContaining("create it")],
      properties: {
        ...inputs,
        __provider: "text",
        outcome: "failed",
        failure: expect.stringContaining("login"),
      },
    });
    expect((failure as Error).stack).not.toContain("    at ");
  });
});

describe("what runs it again", () => {
  it("is not an unchanged program", async () => {
    const { provider } = withReport();
    expect(await provider.diff("id", await recorded(), inputs)).toEqual({ changes: false, replaces: [] });
  });

  it("is not a new release of the shell, nor a deadline", async () => {
    const { provider } = withReport();
    const olds = { ...(await recorded()), __provider: "old text" } as ConnectivityOutputs;
    const news = { ...inputs, __provider: "new text", deadlineSeconds: 5 } as ConnectivityInputs;
    expect((await provider.diff("id", olds, news)).changes).toBe(false);
  });

  it.each<[keyof ConnectivityInputs, unknown]>([
    ["instanceName", "billing"],
    ["instanceUid", "uid-2"],
    ["databaseName", "app"],
    ["stopped", true],
    ["capacity", "CU_2"],
    ["port", 6432],
    ["sslRootCert", "ca.pem"],
    ["hostAddress", "192.0.2.9"],
    ["workspaceHost", "https://b.example"],
    ["profile", "ops"],
    ["trigger", "again"],
  ])("is a change of %s, in place", async (key, value) => {
    const { provider } = withReport();
    expect(await provider.diff("id", await recorded(), { ...inputs, [key]: value })).toEqual({
      changes: true,
      replaces: [],
    });
  });

  it("is not a value that a preview does not know yet", async () => {
    const { provider } = withReport();
    expect((await provider.diff("id", await recorded(), { ...inputs, instanceUid: unknown })).changes).toBe(
      false,
    );
  });

  it.each(["failed", "stopped"] as const)(
    "is a recorded %s of an instance that is meant to run",
    async (outcome) => {
      const { provider } = withReport();
      expect((await provider.diff("id", { ...(await recorded()), outcome }, inputs)).changes).toBe(true);
    },
  );
});

describe("refresh", () => {
  it("is silent when nothing but time has changed", async () => {
    const olds = await recorded();
    const { provider } = withReport({
      checkedAt: "2026-07-01T00:00:00.000Z",
      stages: [{ stage: "login", milliseconds: 99 }],
      address: "192.0.2.7",
    });
    expect((await provider.read("id", olds)).props).toBe(olds);
  });

  it.each<[string, Partial<ConnectivityReport>]>([
    ["the server's version", { serverVersion: "PostgreSQL 16.10" }],
    ["the endpoint", { host: "instance-2.database.example.com" }],
    ["who logs in", { userName: "other@example.com" }],
    ["the instance behind the name", { instanceUid: "uid-9" }],
  ])("tells a change of %s", async (_, change) => {
    const { provider } = withReport(change);
    const { props } = await provider.read("id", await recorded());
    expect(props).toMatchObject({
      outcome: "verified",
      ...(change.instanceUid ? { seenUid: "uid-9" } : change),
    });
  });

  it("tells a connection that has come to fail, and does not fail itself", async () => {
    const { provider } = withReport(problem);
    const { props } = await provider.read("id", await recorded());
    expect(props).toMatchObject({
      outcome: "failed",
      failure: expect.stringContaining("login"),
      host: report.host,
    });
  });

  it("leaves a stopped instance alone", async () => {
    const { provider, verify } = withReport();
    const { outs } = await provider.create({ ...inputs, stopped: true });
    expect((await provider.read("id", outs)).props).toBe(outs);
    expect(verify).not.toHaveBeenCalled();
  });
});

describe("checking", () => {
  it("passes good and unknown values", async () => {
    const { provider } = withReport();
    const news = { ...inputs, instanceName: unknown, databaseName: unknown };
    expect(await provider.check({}, news)).toEqual({ inputs: news, failures: [] });
  });

  it("tells all problems at once, with value, limits and fix", async () => {
    const { provider } = withReport();
    const { failures } = await provider.check(
      {},
      { ...inputs, instanceName: "my_db", databaseName: "", port: 70_000, deadlineSeconds: 0 },
    );
    expect(failures.map(({ property }) => property)).toEqual([
      "instanceName",
      "databaseName",
      "port",
      "deadlineSeconds",
    ]);
    expect(failures[2]?.reason).toBe(
      "is not a TCP port (given: 70000); allowed: a whole number from 1 to 65535; fix: leave it out for 5432",
    );
  });

  it("are told without a value where none was given", async () => {
    const { provider } = withReport();
    const tables = [{ name: "public.orders", maximumAgeSeconds: 60 }];
    const { failures } = await provider.check({}, { ...inputs, tables });
    expect(failures.map(({ reason }) => reason)).toEqual([
      "has nothing to tell the age by; allowed: a timestampColumn, or the full name of a synced table; fix: give a timestampColumn",
    ]);
  });
});
