// The token source on a clock of its own: refresh, jitter, back-off, single flight, refusal.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffDelay, defaultRefreshPolicy, floorOf, refreshDelay } from "../../client/token-schedule.ts";
import { forbidden, hour, minute, unavailable, Workspace } from "./support/credential-api.ts";
import { settle } from "./support/fake-clock.ts";

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

  it("of a token that was good for a while is no row of the one before, though no login came between", async () => {
    const workspace = new Workspace();
    const source = workspace.open();
    source.invalidate(await source.get());
    const second = await source.get();
    await workspace.clock.advance(5 * minute);
    expect(source.invalidate(second)).toBe(true);
    expect(source.mayRecover).toBe(true);
    expect(await source.get()).toBe("token-3");
    source.invalidate("token-3");
    expect(source.mayRecover).toBe(false);
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
