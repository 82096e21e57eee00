// The token source on a clock of its own: refresh, jitter, back-off, single flight, refusal, sleep.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  backoffDelay,
  defaultRefreshPolicy,
  floorOf,
  issuedForMillis,
  refreshDelay,
} from "../../client/token-schedule.ts";
import { TokenSource } from "../../client/token-source.ts";
import type { IssuedToken, TokenSourceOptions } from "../../client/token-types.ts";
import { WorkspaceError } from "../../lakebase/workspace/index.ts";
import { FakeClock, settle } from "./support/fake-clock.ts";

const hour = 3_600_000;
const minute = 60_000;

/** A credential API in memory, which can fail, hang and repeat itself. */
class Workspace {
  readonly clock = new FakeClock();
  asked = 0;
  failure: Error | undefined;
  hangs = false;
  lifetime = hour;
  readonly signals: AbortSignal[] = [];
  readonly log: string[] = [];

  readonly mint = async (signal: AbortSignal): Promise<IssuedToken> => {
    this.asked += 1;
    const token = `token-${this.asked}`;
    this.signals.push(signal);
    if (this.hangs) return new Promise(() => {});
    if (this.failure) throw this.failure;
    return { token, expiresAt: new Date(this.clock.wall + this.lifetime) };
  };

  open(options: Partial<TokenSourceOptions> = {}): TokenSource {
    const source = new TokenSource({ mint: this.mint, clock: this.clock, ...options });
    source.on("token", ({ reason }) => this.log.push(`token ${reason}`));
    source.on("refresh-failed", ({ failures, validForMillis }) =>
      this.log.push(`failed ${failures}, valid for ${Math.round(validForMillis / 1000)} s`),
    );
    source.on("token-refused", () => this.log.push("refused"));
    return source;
  }
}

const unavailable = new WorkspaceError({
  status: 503,
  errorCode: "UNAVAILABLE",
  reason: "down",
  fix: "wait",
});
const forbidden = new WorkspaceError({ status: 403, errorCode: "DENIED", reason: "no", fix: "ask" });

describe("background refresh", () => {
  it("replaces the token after 50 minutes of its hour, before anybody asks", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    expect(await source.get()).toBe("token-1");
    await workspace.clock.advance(50 * minute - 1);
    expect(source.current()).toBe("token-1");
    await workspace.clock.advance(1);
    expect(source.current()).toBe("token-2");
    await workspace.clock.advance(10 * hour);
    expect(workspace.asked).toBe(14);
    expect(workspace.log.slice(0, 3)).toEqual(["token needed", "token due", "token due"]);
  });

  it("asks nobody before the first token is needed, and never keeps the process alive to refresh", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    await workspace.clock.advance(hour);
    expect(workspace.asked).toBe(0);
    await source.get();
    expect([...workspace.clock.timers].map(({ keepsAlive }) => keepsAlive)).toEqual([false]);
  });

  it("spreads refreshes by at most 10 % and never into the floor (property)", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 100, max: 24 * hour }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (random, lifetime, refreshAt) => {
          const policy = { ...defaultRefreshPolicy, refreshAt };
          const delay = refreshDelay(policy, lifetime, random);
          expect(delay).toBeLessThanOrEqual(lifetime - floorOf(policy, lifetime));
          expect(delay).toBeLessThanOrEqual(lifetime * refreshAt * 1.1);
          if (refreshAt < 0.85) expect(delay).toBeGreaterThanOrEqual(lifetime * refreshAt * 0.9 - 1e-6);
        },
      ),
    );
    expect(refreshDelay(defaultRefreshPolicy, hour, 0)).toBeCloseTo(45 * minute);
    expect(refreshDelay(defaultRefreshPolicy, hour, 0.999999)).toBeCloseTo(55 * minute, -1);
  });
});

describe("single flight", () => {
  it("asks once for any number of callers", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => source.get()));
    expect(new Set(tokens)).toEqual(new Set(["token-1"]));
    expect(workspace.asked).toBe(1);
  });

  it("asks once for a refusal that many logins report", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    const token = await source.get();
    const dropped = Array.from({ length: 32 }, () => source.invalidate(token));
    expect(dropped.filter(Boolean)).toHaveLength(1);
    expect(await source.get()).toBe("token-2");
    expect(workspace.asked).toBe(2);
  });
});

describe("failures", () => {
  it("keeps a valid token while the API fails, to its very end, and never beyond", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    await source.get();
    await workspace.clock.advance(49 * minute);
    workspace.failure = unavailable;
    await workspace.clock.advance(10 * minute);
    expect(source.current()).toBe("token-1");
    await workspace.clock.advance(55_000);
    expect(await source.get()).toBe("token-1");
    await workspace.clock.advance(5_000);
    expect(source.current()).toBeUndefined();
    const refused = source.get().catch((error: Error) => error);
    await workspace.clock.advance(25_000);
    expect(await refused).toBe(unavailable);
    workspace.failure = undefined;
    const recovered = source.get();
    await workspace.clock.advance(minute);
    expect(await recovered).toMatch(/^token-/);
  });

  it("tries again with growing, bounded pauses (property)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1_000, max: 24 * hour }),
        (failures, random, lifetime) => {
          const delay = backoffDelay(defaultRefreshPolicy, failures, lifetime, random);
          const longest = Math.min(defaultRefreshPolicy.maxBackoffMillis, lifetime / 12);
          expect(delay).toBeGreaterThan(0);
          expect(delay).toBeLessThanOrEqual(longest);
          expect(backoffDelay(defaultRefreshPolicy, failures + 2, lifetime, random)).toBeGreaterThanOrEqual(
            delay,
          );
        },
      ),
    );
  });

  it("does not ask more often because more callers ask", async () => {
    const workspace = new Workspace();
    workspace.failure = unavailable;
    const source = workspace.open();
    const failed: unknown[] = [];
    for (let at = 0; at < 200; at += 1) {
      source.get().catch((error) => failed.push(error));
      await workspace.clock.advance(500);
    }
    expect(workspace.asked).toBeLessThan(40);
    await workspace.clock.advance(minute);
    expect(failed).toHaveLength(200);
    source.close();
  });

  it("tells waiting callers at once what waiting cannot mend", async () => {
    const workspace = new Workspace();
    workspace.failure = forbidden;
    const source = workspace.open();
    await expect(source.get()).rejects.toBe(forbidden);
    expect(workspace.asked).toBe(1);
    source.close();
  });

  it("waits through a passing failure", async () => {
    const workspace = new Workspace();
    workspace.failure = unavailable;
    const source = workspace.open();
    const token = source.get();
    await settle();
    workspace.failure = undefined;
    await workspace.clock.advance(2_000);
    expect(await token).toBe("token-2");
  });

  it("ends an attempt that hangs, and the next one serves", async () => {
    const workspace = new Workspace();
    workspace.hangs = true;
    const source = workspace.open({ attemptTimeoutMillis: 3_000 });
    const token = source.get();
    await workspace.clock.advance(2_999);
    expect(workspace.signals[0]?.aborted).toBe(false);
    workspace.hangs = false;
    await workspace.clock.advance(2_000);
    expect(workspace.signals[0]?.aborted).toBe(true);
    expect(await token).toBe("token-2");
  });

  it("refuses a credential that is expired when it arrives, and says that the clock is wrong", async () => {
    const workspace = new Workspace();
    workspace.lifetime = -minute;
    const source = workspace.open();
    const failed = source.get().catch((error: Error) => error);
    expect(String(await failed)).toMatch(/expired at .* by this machine's clock; set this machine's clock/);
    source.close();
  });
});

describe("refusal", () => {
  it("drops exactly the refused token", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    await source.get();
    await workspace.clock.advance(50 * minute);
    expect(source.invalidate("token-1")).toBe(false);
    expect(source.current()).toBe("token-2");
    expect(source.invalidate("token-2")).toBe(true);
    expect(source.current()).toBeUndefined();
    expect(await source.get()).toBe("token-3");
    await settle();
    expect(workspace.log).toEqual(["token needed", "token due", "refused", "token refused"]);
  });

  it("does not use a token that was asked for before the refusal", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    const token = await source.get();
    workspace.hangs = true;
    await workspace.clock.advance(50 * minute);
    expect(workspace.asked).toBe(2);
    workspace.hangs = false;
    source.invalidate(token);
    expect(workspace.signals[1]?.aborted).toBe(true);
    expect(await source.get()).toBe("token-3");
  });

  it("slows down when every token is refused, until a login succeeds", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    for (let round = 0; round < 5; round += 1) {
      const token = source.get();
      await workspace.clock.advance(10_000);
      source.invalidate(await token);
      if (round > 0) expect(source.mayRecover).toBe(false);
    }
    const started = workspace.asked;
    const token = source.get();
    await workspace.clock.advance(100);
    expect(workspace.asked).toBe(started);
    await workspace.clock.advance(10_000);
    source.accepted(await token);
    source.invalidate(await token);
    expect(source.mayRecover).toBe(true);
  });
});

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
