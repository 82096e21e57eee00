// Passwords of PostgreSQL's own roles, for instances with native login: compared with what the server has stored.
import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(pbkdf2);

/** Whether a password is the one that `pg_authid.rolpassword` was made from: SCRAM (RFC 5803) or the older MD5. */
export async function matchesStoredPassword(
  user: string,
  password: string,
  stored: string,
): Promise<boolean> {
  const scram = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):/.exec(stored);
  if (scram) {
    const [, iterations = "", salt = "", storedKey = ""] = scram;
    // SASLprep's normalisation; its list of forbidden characters only ever refuses, and the comparison does that.
    const text = password.normalize("NFKC");
    const salted = await derive(text, Buffer.from(salt, "base64"), Number(iterations), 32, "sha256");
    const clientKey = createHmac("sha256", salted).update("Client Key").digest();
    return same(createHash("sha256").update(clientKey).digest(), Buffer.from(storedKey, "base64"));
  }
  const md5 = createHash("md5").update(password).update(user).digest("hex");
  return same(Buffer.from(`md5${md5}`), Buffer.from(stored));
}

function same(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
