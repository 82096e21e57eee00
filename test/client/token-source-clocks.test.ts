// The token source when clocks jump and machines sleep, without timers, and when it is closed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { issuedForMillis } from "../../client/token-schedule.ts";
import { hour, minute, unavailable, Workspace } from "./support/credential-api.ts";
import { settle } from "./support/fake-clock.ts";

describe("clocks that jump", () => {
  it("never serves a token that expired while the machine slept", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    await source.get();
    workspace.clock.sleep(2 * hour);
    expect(source.current()).toBeUndefined();
    expect(await source.get()).toBe("token-2");
  });

  it("refreshes within a minute after waking, although timers stood still", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    await source.get();
    workspace.clock.sleep(52 * minute);
    await workspace.clock.advance(minute);
    expect(source.current()).toBe("token-2");
  });

  it("never serves an expired token because the wall clock was set back", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    await source.get();
    workspace.failure = unavailable;
    workspace.clock.wall -= 5 * hour;
    await workspace.clock.advance(hour);
    expect(source.current()).toBeUndefined();
    source.close();
  });

  it("goes by the token's own claims when this machine's clock is behind", async () => {
    const workspace = new Workspace();
    const claims = (life: object) =>
      `e30.${Buffer.from(JSON.stringify(life)).toString("base64url")}.signature`;
    const expiresAt = new Date(workspace.clock.wall + 3 * hour);
    let issued = 0;
    const source = workspace.open({
      async mint() {
        issued += 1;
        return { token: claims({ iat: 1_000, exp: 1_000 + 3_600, issued }), expiresAt };
      },
    });
    await source.get();
    await workspace.clock.advance(50 * minute);
    expect(issued).toBe(2);
    expect(issuedForMillis(claims({ iat: 5, exp: 3 }))).toBeUndefined();
    expect(issuedForMillis("no web token")).toBeUndefined();
  });

  it("serves only tokens that are valid by both clocks, whatever happens (property)", async () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant("advance" as const), by: fc.integer({ min: 0, max: 2 * hour }) }),
      fc.record({ kind: fc.constant("sleep" as const), by: fc.integer({ min: 0, max: 3 * hour }) }),
      fc.record({ kind: fc.constant("fail" as const), by: fc.integer({ min: 0, max: 1 }) }),
      fc.record({ kind: fc.constant("refuse" as const), by: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
        const workspace = new Workspace();
        const expiries = new Map<string, number>();
        const source = workspace.open({
          mint: async (signal) => {
            const issued = await workspace.mint(signal);
            expiries.set(issued.token, issued.expiresAt.getTime());
            return issued;
          },
        });
        const refused = new Set<string>();
        for (const { kind, by } of events) {
          source.get().catch(() => {});
          if (kind === "advance") await workspace.clock.advance(by);
          if (kind === "sleep") workspace.clock.sleep(by);
          if (kind === "fail") workspace.failure = by === 1 ? unavailable : undefined;
          const token = source.current();
          if (token === undefined) continue;
          expect(expiries.get(token)).toBeGreaterThan(workspace.clock.wall);
          expect(refused).not.toContain(token);
          if (kind === "refuse") {
            source.invalidate(token);
            refused.add(token);
          }
        }
        source.close();
        await settle();
        expect(workspace.clock.timers.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe("lazy mode", () => {
  it("uses no timer, and replaces a token after 40 minutes when one is needed", async () => {
    const workspace = new Workspace();
    const source = workspace.open({ mode: "lazy" });
    await source.get();
    expect(workspace.clock.timers.size).toBe(0);
    await workspace.clock.advance(40 * minute - 1);
    expect(await source.get()).toBe("token-1");
    await workspace.clock.advance(1);
    expect(workspace.asked).toBe(1);
    expect(await source.get()).toBe("token-2");
  });

  it("keeps the old token for a while when a new one cannot be had", async () => {
    const workspace = new Workspace();
    const source = workspace.open({ mode: "lazy" });
    await source.get();
    await workspace.clock.advance(45 * minute);
    workspace.failure = unavailable;
    expect(await source.get()).toBe("token-1");
    expect(await source.get()).toBe("token-1");
    expect(workspace.asked).toBe(2);
    expect(workspace.clock.timers.size).toBe(0);
    await workspace.clock.advance(minute);
    workspace.failure = undefined;
    expect(await source.get()).toBe("token-3");
  });

  it("counts the age by the wall clock when the process was frozen", async () => {
    const workspace = new Workspace();
    const source = workspace.open({ mode: "lazy" });
    await source.get();
    workspace.clock.sleep(41 * minute);
    expect(await source.get()).toBe("token-2");
  });
});

describe("closing", () => {
  it("ends the attempt, tells who waits, and leaves no timer", async () => {
    const workspace = new Workspace();
    workspace.hangs = true;
    const source = workspace.open();
    const waiting = source.get().catch((error: Error) => error.message);
    await settle();
    source.close();
    expect(await waiting).toMatch(/the pool that kept the token was ended/);
    await settle();
    expect(workspace.signals[0]?.aborted).toBe(true);
    expect(workspace.clock.timers.size).toBe(0);
    await expect(source.get()).rejects.toThrow(/was ended/);
  });
});
