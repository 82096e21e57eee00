// Database credentials: POST /api/2.0/database/credentials mints the password of a login.
import { Hono } from "hono";
import { timestamp } from "../clock.ts";
import { type Env, readJson, type Workspace } from "./context.ts";
import { invalidParameter, notImplemented } from "./errors.ts";
import { accept, list, object, outputOnly, text } from "./validation.ts";

/** The routes of credentials, relative to /api/2.0/database. */
export function credentialRoutes({ instances, permissions, tokens }: Workspace): Hono<Env> {
  const nonEmpty = text({ form: /\S/, described: "a non-empty string" });
  const fields = { request_id: nonEmpty, instance_names: list(nonEmpty), claims: outputOnly };
  return new Hono<Env>().post("/credentials", async (c) => {
    const body = await readJson(c);
    const request = accept<{ instance_names?: string[]; claims?: unknown }>(
      body,
      object(fields, ["request_id"]),
    );
    if (request.claims !== undefined) {
      throw notImplemented("Credentials with Unity Catalog claims are not available in a local workspace");
    }
    if (!request.instance_names?.length) {
      throw invalidParameter("At least one of instance_names or claims must be specified");
    }
    // A used request_id is no error: the service has been seen to mint a fresh credential for it.
    // A stopped instance is none either: its credential works once it runs again.
    const caller = c.get("identity");
    const named = request.instance_names.map((name) => {
      const instance = instances.require(name);
      permissions.requireUse(caller, instance);
      return instance.uid;
    });
    const { token, expiresAt } = await tokens.mintCredential(caller.userName, [...new Set(named)]);
    return c.json({ token, expiration_time: timestamp(expiresAt) });
  });
}
