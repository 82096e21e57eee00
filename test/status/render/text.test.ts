// The status as text: wide and narrow, with and without colour, and what may not reach a terminal.
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { changesBetween } from "../../../status/changes.ts";
import { styleOf } from "../../../status/render/style.ts";
import { renderTable, wrap } from "../../../status/render/table.ts";
import { renderStatus } from "../../../status/render/text.ts";
import { ago, duration, syncState } from "../../../status/render/words.ts";
import type { StackStatus } from "../../../status/types.ts";

const part = { level: "well", problems: [], drift: [], unknown: [] } as const;
const status: StackStatus = {
  schemaVersion: 1,
  takenAt: "2026-06-01T12:00:00.000Z",
  stack: { name: "dev", project: "shop", deployedAt: "2026-06-01T09:00:00.000Z", pendingOperations: 0 },
  verdict: "drifted",
  workspaces: ["https://dbc-1.example.com"],
  instances: [
    {
      ...part,
      level: "drifted",
      name: "orders",
      workspace: "https://dbc-1.example.com",
      state: "UPDATING",
      pending: "AVAILABLE",
      capacity: "CU_1",
      nodes: 2,
      retentionDays: 7,
      endpoints: { readWrite: "instance-u1.example.com", readOnly: "instance-ro-u1.example.com" },
      drift: [{ setting: "capacity", declared: "CU_1", actual: "CU_2" }],
      unknown: ["usagePolicyId"],
    },
  ],
  catalogs: [{ ...part, name: "operational", state: "REGISTERED", instance: "orders", database: "db" }],
  syncedTables: [
    {
      ...part,
      name: "operational.gold.customers_of_all_regions",
      state: "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE",
      policy: "SNAPSHOT",
      lagSeconds: 3700,
      rows: 42,
    },
  ],
  verifications: [
    {
      ...part,
      name: "check",
      instance: "orders",
      database: "db",
      outcome: "verified",
      checkedAt: "2026-06-01T11:00:00.000Z",
      stages: [{ stage: "tls", milliseconds: 12 }],
    },
  ],
  credentials: { minted: 0, inState: 0 },
};

describe("the text", () => {
  it("says verdict, tables, drift and what is not compared", () => {
    expect(renderStatus(status)).toBe(`! DRIFTED
  stack dev of shop · https://dbc-1.example.com · deployed 3 h ago · 2026-06-01 12:00:00 UTC

Instances
  NAME    STATE                 CAPACITY  NODES  RECOVERY
! orders  UPDATING → AVAILABLE  CU_1          2  7 days
    instance-u1.example.com
    instance-ro-u1.example.com (read-only)

Catalogs
  NAME         STATE       DATABASE
✓ operational  REGISTERED  orders/db

Synced tables
  NAME                                       STATE                      POLICY    LAST SYNC  ROWS
✓ operational.gold.customers_of_all_regions  ONLINE, NO PENDING UPDATE  SNAPSHOT  1 h ago      42

Verification
  DATABASE   DEPLOYED  WHEN     NOW
✓ orders/db  verified  1 h ago  not looked at
    deployed: tls 12 ms

Credentials
  none asked for by this look; none in the state

Drift
  instance orders: capacity is CU_2, declared CU_1
  \`pulumi up --refresh\` brings it back; \`pulumi preview --refresh\` shows what that does

Not told by the service, so not compared
  instance orders: usagePolicyId
`);
  });

  it.each([40, 60, 80, 100])(
    "fits %i columns: expendable columns go first, then the widest is cut",
    (width) => {
      const lines = renderStatus(status, { width }).split("\n");
      for (const line of lines) {
        // A word that is longer than the line stays whole: it may have to be copied.
        if (line.trim().includes(" ")) expect([...line].length, line).toBeLessThanOrEqual(width);
      }
      expect(lines.join("\n")).toContain("1 h ago");
    },
  );

  it("is the same text with colours", () => {
    const coloured = renderStatus(status, { colour: true });
    expect(coloured).not.toBe(renderStatus(status));
    expect(stripVTControlCharacters(coloured)).toBe(renderStatus(status));
  });

  it("passes nothing on that a terminal takes for a command", () => {
    const name = "orders\u001b]0;title\u0007\u009b31m\u202egnp.exe\r\n";
    const evil = renderStatus({
      ...status,
      instances: [{ ...status.instances[0]!, name, problems: [name] }],
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(evil.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(evil).toContain("orders�]0;title");
  });

  it("shouts about a credential in the state and an interrupted deployment", () => {
    const text = renderStatus({
      ...status,
      stack: { ...status.stack, pendingOperations: 1 },
      credentials: { minted: 2, inState: 1 },
    });
    expect(text).toContain("2 asked for by this look, none kept; 1 IN THE STATE");
    expect(text).toMatch(/interrupted with 1 operation open; fix/);
    expect(text).toMatch(/the state holds 1 text.*fix/);
  });

  it("counts connections by role and program where a check was made", () => {
    const sessions = { total: 3, limit: 100, byRole: [{ role: "ann", application: "psql", count: 3 }] };
    const now = { outcome: "verified" as const, stages: [{ stage: "tls", milliseconds: 3 }], sessions };
    const text = renderStatus({ ...status, verifications: [{ ...status.verifications[0]!, now }] });
    expect(text).toContain("orders: 3 of 100: ann (psql) 3");
    expect(text).toContain("now: tls 3 ms");
  });
});

describe("a table", () => {
  const style = styleOf(false);

  it("cuts the widest cell when nothing can be left out", () => {
    const rows = [{ mark: "✓", cells: ["short", "a very long text indeed"] }];
    expect(renderTable([{ title: "a" }, { title: "b" }], rows, { width: 22, style })).toEqual([
      "  A      B",
      "✓ short  a very long …",
    ]);
  });

  it("wraps words", () => {
    expect(wrap("one two three", 9, "> ", ". ")).toEqual(["> one two", ". three"]);
  });
});

describe("words", () => {
  it.each([
    [0, "0 s"],
    [59.9, "59 s"],
    [60, "1 min"],
    [7200, "2 h"],
    [86_400, "1 day"],
    [200_000, "2 days"],
  ])("%f seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));

  it("tells times that are missing, broken or ahead", () => {
    expect([ago(undefined, 0), ago("x", 0), ago("1970-01-01T00:01:00Z", 0)]).toEqual([
      "never",
      "never",
      "0 s ago",
    ]);
  });

  it.each([
    ["SYNCED_TABLED_OFFLINE", "OFFLINE"],
    ["SYNCED_TABLE_ONLINE_PIPELINE_FAILED", "ONLINE, PIPELINE FAILED"],
    ["SOMETHING_NEW", "SOMETHING NEW"],
  ])("%s is %s", (state, text) => expect(syncState(state)).toBe(text));
});

describe("changes", () => {
  it("are all at the first look, then what changed, and never the time alone", () => {
    expect(changesBetween(undefined, status)).toContain("catalog operational: REGISTERED");
    const later = { ...status, takenAt: "2026-06-01T13:00:00.000Z" };
    expect(changesBetween(status, later)).toEqual([]);
    const other = {
      ...later,
      verdict: "well" as const,
      instances: [{ ...status.instances[0]!, state: "AVAILABLE", drift: [] }],
      catalogs: [],
    };
    expect(changesBetween(status, other)).toEqual([
      "verdict: drifted → well",
      "instance orders: UPDATING; capacity is CU_2 → AVAILABLE",
      "catalog operational: no longer declared",
    ]);
  });
});
