// Tokens on their own: only what this workspace minted, for its own time, is accepted.
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { createTokens, type Tokens } from "../../../local/api/index.ts";
import { createClock } from "../../../local/clock.ts";

const clock = createClock({ realTime: () => Date.UTC(2026, 0, 1) });
const own = { issuer: "http://workspace-1.localhost/oidc", audience: "1" };
let signingKey: JWK;
let tokens: Tokens;

const mint = async (options: { issuer?: string; audience?: string; signingKey?: JWK }): Promise<Tokens> =>
  createTokens({ clock, lifetimeSeconds: 60, signingKey, ...own, ...options });

beforeAll(async () => {
  signingKey = await exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey);
  tokens = await mint({});
});

describe("tokens", () => {
  test("carry subject, scope and instances through", async () => {
    const { token, expiresAt } = await tokens.mintCredential("a@b.c", ["u1", "u2"]);
    expect(await tokens.verify(token)).toEqual({
      subject: "a@b.c",
      scope: "database",
      instances: ["u1", "u2"],
    });
    expect(expiresAt).toBe(clock.now() + 60_000);
    const api = await tokens.mintApiToken("a@b.c");
    expect(await tokens.verify(api.token)).toEqual({ subject: "a@b.c", scope: "all-apis", instances: [] });
  });

  test.each([
    [
      "issuer",
      { issuer: "http://workspace-2.localhost/oidc" },
      "the token's iss claim is not this workspace's",
    ],
    ["audience", { audience: "2" }, "the token's aud claim is not this workspace's"],
  ])("of another %s are refused", async (_what, options, reason) => {
    const { token } = await (await mint(options)).mintApiToken("a@b.c");
    await expect(tokens.verify(token)).rejects.toThrow(reason);
  });

  test("of another key are refused", async () => {
    const other = await exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey);
    const { token } = await (await mint({ signingKey: other })).mintApiToken("a@b.c");
    await expect(tokens.verify(token)).rejects.toThrow("the token's signature is not valid");
  });

  test("of another algorithm are refused, none included", async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from("{}").toString("base64url")}.`;
    const symmetric = await new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(JSON.stringify(signingKey)));
    for (const token of [none, symmetric, "", "a.b.c", "dapi1234"]) {
      await expect(tokens.verify(token)).rejects.toThrow("not a valid JWT encoding");
    }
  });
});
