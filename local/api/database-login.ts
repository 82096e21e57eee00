// Decides over database logins for the gateway: whose token it is, for which instance, and until when.

import {
  type Authenticate,
  type InstancesOfToken,
  type PostgresHost,
  ROLE_COMMENT,
} from "../postgres/index.ts";
import type { Identities } from "./identities-table.ts";
import { effectiveSettings } from "./instance-record.ts";
import type { Instances } from "./instances-table.ts";
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
  instances: Pick<Instances, "byUid">;
  identities: Pick<Identities, "find" | "groupsOf">;
  /** Asks an instance's server. */
  query: PostgresHost["query"];
  log: (line: string) => void;
}

const selectPassword = `SELECT rolpassword FROM pg_authid
  WHERE rolname = $1 AND rolpassword IS NOT NULL AND coalesce(rolvaliduntil > now(), true)`;

const selectRoleComment =
  "SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1";

/**
 * Makes the login decision. The client only ever sees `password authentication failed`; the reason goes to
 * the log, as on the service.
 */
export function createDatabaseLogin(options: DatabaseLoginOptions): DatabaseLogin {
  const { tokens, instances, identities, query, log } = options;

  /** Whether it is the password that PostgreSQL has stored, of a role of an instance that allows native login. */
  async function isNative({ instanceUid, user, password }: Parameters<Authenticate>[0]): Promise<boolean> {
    const record = instances.byUid(instanceUid);
    if (!record || !effectiveSettings(record.settings).enable_pg_native_login) return false;
    const { rows } = await query(instanceUid, "postgres", selectPassword, [user]);
    const stored = rows[0]?.rolpassword as string | undefined;
    return stored !== undefined && (await matchesStoredPassword(user, password, stored));
  }

  /** Whether the role is a group's, and the token's owner is in the group. */
  async function isInGroup(uid: string, subject: string, role: string): Promise<boolean> {
    const identity = identities.find(subject);
    if (!identity || !identities.groupsOf(identity).includes(role)) return false;
    // A role of PostgreSQL's own that happens to have the group's name is nobody's but its own.
    const { rows } = await query(uid, "postgres", selectRoleComment, [role]);
    return rows[0]?.comment === `${ROLE_COMMENT}GROUP`;
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
