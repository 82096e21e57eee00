// Who may see the console: whoever knows the workspace's token, from this machine, and no page of another site.
import { randomBytes } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Env } from "../api/context.ts";
import { equal } from "../api/identities.ts";

/** A login. The token is not kept in it, nor in the browser. */
export interface Session {
  readonly id: string;
  /** What every form has to send: another site cannot know it. */
  readonly formToken: string;
  /** What the next page says about the last action; shown once. */
  notice?: { readonly kind: "done" | "refused"; readonly text: string };
}

/** The logins of this run. */
export interface Sessions {
  of(c: Context<Env>): Session | undefined;
  begin(c: Context<Env>): Session;
  end(c: Context<Env>): void;
}

/** Browsers keep cookies by host, whatever the port: another workspace on this machine has one of its own. */
const cookieName = (c: Context<Env>): string => `lakebase-console-${c.env.incoming.socket.localPort}`;
const cookie = { path: "/console", httpOnly: true, sameSite: "Strict" } as const;

/** Logins kept; the oldest go first. */
const most = 50;

/** Makes an empty list of logins. */
export function createSessions(): Sessions {
  const sessions = new Map<string, Session>();
  return {
    of: (c) => sessions.get(getCookie(c, cookieName(c)) ?? ""),
    begin(c) {
      const session: Session = { id: randomToken(), formToken: randomToken() };
      sessions.set(session.id, session);
      if (sessions.size > most) sessions.delete([...sessions.keys()][0] ?? "");
      setCookie(c, cookieName(c), session.id, cookie);
      return session;
    },
    end(c) {
      sessions.delete(getCookie(c, cookieName(c)) ?? "");
      setCookie(c, cookieName(c), "", { ...cookie, maxAge: 0 });
    },
  };
}

function randomToken(): string {
  return randomBytes(24).toString("base64url");
}

const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Refuses requests under a name that is not this machine's own: a site whose name leads here could otherwise make the
 * browser believe that the console is its own page. Forms are taken from the console's own pages only.
 */
export const refuseOtherSites: MiddlewareHandler<Env> = async (c, next) => {
  const host = c.req.header("host") ?? "";
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (!loopbackNames.includes(name))
    return c.text("The console answers under 127.0.0.1 and localhost only.\n", 403);
  const origin = c.req.header("origin");
  const isForeign = origin !== undefined && origin !== `http://${host}`;
  if (c.req.method !== "GET" && c.req.method !== "HEAD" && isForeign)
    return c.text("The console takes forms from its own pages only.\n", 403);
  await next();
  c.header(
    "content-security-policy",
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  c.header("x-content-type-options", "nosniff");
  c.header("x-frame-options", "DENY");
  // Not "no-referrer": browsers would then send forms without their origin, which is checked above.
  c.header("referrer-policy", "same-origin");
  c.header("cross-origin-opener-policy", "same-origin");
  c.header("cross-origin-resource-policy", "same-origin");
  c.header("cache-control", "no-store");
};

/** Whether a form was made for this login. */
export function isOwnForm(session: Session, sent: unknown): boolean {
  return typeof sent === "string" && equal(sent, session.formToken);
}
