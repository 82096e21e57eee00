// A credential API in memory for the token source's tests.
import { TokenSource } from "../../../client/token-source.ts";
import type { IssuedToken, TokenSourceOptions } from "../../../client/token-types.ts";
import { WorkspaceError } from "../../../lakebase/workspace/index.ts";
import { FakeClock } from "./fake-clock.ts";

export const hour = 3_600_000;
export const minute = 60_000;

/** A credential API in memory, which can fail, hang and repeat itself. */
export class Workspace {
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

export const unavailable = new WorkspaceError({
  status: 503,
  errorCode: "UNAVAILABLE",
  reason: "down",
  fix: "wait",
});
export const forbidden = new WorkspaceError({ status: 403, errorCode: "DENIED", reason: "no", fix: "ask" });
