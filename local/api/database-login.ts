// Decides over database logins for the gateway: whose token it is, for which instance, and until when.

import type { Authenticate, InstancesOfToken } from "../postgres/index.ts";
import { matchesStoredPassword } from "./native-password.ts";
import { TokenRejectedError, type Tokens } from "./tokens.ts";

/** What the gateway asks. */
export interface DatabaseLogin {
  authenticate: Authenticate;
  instancesOfToken: InstancesOfToken;
}

/** Settings of {@link createDatabaseLogin}. */
export interface DatabaseLoginOptions {
  tokens: Tokens;
  /** What PostgreSQL has stored as the password of a role, where the instance allows native login. */
  storedPassword: (instanceUid: string, user: string) => Promise<string | undefined>;
  /** Whether the role is a group's, and the token's owner is in the group. */
  isInGroup: (instanceUid: string, subject: string, role: string) => Promise<boolean>;
  log: (line: string) => void;
}

/**
 * Makes the login decision. The client only ever sees `password authentication failed`; the reason goes to
 * the log, as on the service.
 */
export function createDatabaseLogin(options: DatabaseLoginOptions): DatabaseLogin {
  const { tokens, storedPassword, isInGroup, log } = options;

  async function isNative({ instanceUid, user, password }: Parameters<Authenticate>[0]): Promise<boolean> {
    const stored = await storedPassword(instanceUid, user);
    return stored !== undefined && (await matchesStoredPassword(user, password, stored));
  }

  async function refusal(attempt: Parameters<Authenticate>[0]): Promise<string | undefined> {
    // A personal access token has no dots, and is the most common mistake: it is not even a JWT.
    const claims = await tokens.verify(attempt.password);
    if (claims.scope !== "database") {
      return "the token is for the REST API; a login needs one from POST /api/2.0/database/credentials";
    }
    if (!claims.instances.includes(attempt.instanceUid)) return "the token was not minted for this instance";
    const isOwn = claims.subject === attempt.user;
    if (!isOwn && !(await isInGroup(attempt.instanceUid, claims.subject, attempt.user))) {
      return `the token belongs to ${JSON.stringify(claims.subject)}, and the login is for another user`;
    }
    return undefined;
  }

  return {
    async authenticate(attempt) {
      const reason = await refusal(attempt).catch(async (error: unknown) => {
        if (!(error instanceof TokenRejectedError)) throw error;
        return (await isNative(attempt)) ? undefined : error.message;
      });
      if (reason === undefined) return { ok: true };
      log(`login of ${JSON.stringify(attempt.user)} to instance ${attempt.instanceUid} refused: ${reason}`);
      return { ok: false, reason };
    },
    async instancesOfToken(password) {
      try {
        const claims = await tokens.verify(password);
        return claims.scope === "database" ? claims.instances : [];
      } catch (error) {
        if (error instanceof TokenRejectedError) return [];
        throw error;
      }
    },
  };
}
