// The data directory of a local workspace: its lock, its identities and their secrets, made once and kept.
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { type Directory, signatureAlgorithm } from "./api/index.ts";
import { writeDurably } from "./durable-file.ts";
import { LocalWorkspaceError } from "./local-workspace-error.ts";
import { openStore, type Store, StoreInUseError } from "./store.ts";

/** An open data directory; this process has the only access to it. */
export interface DataDirectory {
  path: string;
  store: Store;
  directory: Directory;
  signingKey: JWK;
  /** File with the personal access token, readable by its owner only. */
  tokenFile: string;
  /** File with the service principal's client id and secret, readable by its owner only. */
  servicePrincipalFile: string;
  /** Tells a second start who has the directory. */
  announce(apiUrl: string): Promise<void>;
  close(): Promise<void>;
}

/** The user of a new data directory. */
const defaultUserName = "developer@example.com";

interface WorkspaceIdentity {
  workspaceId: string;
  userName: string;
  userId: string;
  servicePrincipalId: string;
}

/** Opens a data directory, and makes what is not there yet. `userName` counts for a new one only. */
export async function openDataDirectory(path: string, userName?: string): Promise<DataDirectory> {
  const root = resolve(path);
  await makeFolder(root);
  const ownerFile = join(root, "owner.json");
  const store = await lock(root, ownerFile);
  try {
    const identity = identityOf(store, root, userName);
    const tokenFile = join(root, "token");
    const servicePrincipalFile = join(root, "service-principal.json");
    const token = await readOrMake(tokenFile, {
      make: () => `dapi${randomBytes(16).toString("hex")}`,
      parse: nonEmpty,
      lost: "programs that use the old token need the new one",
    });
    const client = await readOrMake<Client>(servicePrincipalFile, {
      make: makeClient,
      parse: JSON.parse,
      lost: "the service principal is another one, without the old one's permissions and roles",
    });
    const signingKey = await readOrMake<JWK>(join(root, "signing-key.json"), {
      make: makeSigningKey,
      parse: JSON.parse,
      lost: "tokens minted before are refused",
    });
    return {
      path: root,
      store,
      directory: directoryOf(identity, token, client),
      signingKey,
      tokenFile,
      servicePrincipalFile,
      announce: (apiUrl) => writeFile(ownerFile, JSON.stringify({ pid: process.pid, apiUrl })),
      async close() {
        await rm(ownerFile, { force: true });
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

async function makeFolder(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
  } catch (error) {
    throw new LocalWorkspaceError(
      `the data directory ${root} cannot be made (${(error as Error).message}); give another with --data`,
    );
  }
}

async function lock(root: string, ownerFile: string): Promise<Store> {
  const file = join(root, "workspace.sqlite");
  try {
    // Made by hand, as SQLite would make it readable by everybody; its side files get the same mode.
    await (await open(file, "a", 0o600)).close();
    return openStore(file);
  } catch (error) {
    if (error instanceof StoreInUseError) {
      throw new LocalWorkspaceError(
        `the data directory ${root} is in use by another local workspace${await describeOwner(ownerFile)}; ` +
          "stop that one, or give another directory with --data",
      );
    }
    throw new LocalWorkspaceError(
      `the state in ${file} cannot be opened (${(error as Error).message}); ` +
        "give another directory with --data, or delete this one to start anew",
    );
  }
}

async function describeOwner(ownerFile: string): Promise<string> {
  try {
    const { pid, apiUrl } = JSON.parse(await readFile(ownerFile, "utf8")) as { pid: number; apiUrl: string };
    return ` (process ${pid}, ${apiUrl})`;
  } catch {
    return "";
  }
}

function identityOf(store: Store, root: string, userName: string | undefined): WorkspaceIdentity {
  const table = store.collection<WorkspaceIdentity>("workspace");
  const known = table.get("identity");
  if (known) {
    if (userName === undefined || userName === known.userName) return known;
    throw new LocalWorkspaceError(
      `the data directory ${root} belongs to the user ${known.userName}, not ${userName}; ` +
        "leave --user out, or give another directory with --data",
    );
  }
  const made = {
    // 16 digits, and exact as a JSON number.
    workspaceId: `1${randomInt(10 ** 14)
      .toString()
      .padStart(15, "0")}`,
    userName: userName ?? defaultUserName,
    userId: randomInt(10 ** 9, 10 ** 10).toString(),
    servicePrincipalId: randomInt(10 ** 9, 10 ** 10).toString(),
  };
  table.put("identity", made);
  return made;
}

interface Client {
  client_id: string;
  client_secret: string;
}

function directoryOf(identity: WorkspaceIdentity, token: string, client: Client): Directory {
  const { workspaceId, userName, userId, servicePrincipalId } = identity;
  return {
    workspaceId,
    user: {
      kind: "user",
      id: userId,
      userName,
      displayName: userName.split("@")[0] ?? userName,
      admin: true,
    },
    servicePrincipal: {
      kind: "service_principal",
      id: servicePrincipalId,
      userName: client.client_id,
      displayName: "deployer",
      admin: false,
    },
    personalAccessToken: token,
    clientSecret: client.client_secret,
  };
}

function makeClient(): string {
  const client: Client = { client_id: randomUUID(), client_secret: `dose${randomBytes(16).toString("hex")}` };
  return JSON.stringify(client, undefined, 2);
}

async function makeSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(signatureAlgorithm, { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
}

function nonEmpty(text: string): string {
  if (text === "") throw new Error("it is empty");
  return text;
}

/** A small secret file, written whole or not at all; `lost` tells what follows where it has to be made anew. */
async function readOrMake<T>(
  file: string,
  { make, parse, lost }: { make: () => string | Promise<string>; parse: (text: string) => T; lost: string },
): Promise<T> {
  if (!existsSync(file)) await writeDurably(file, `${await make()}\n`, 0o600);
  try {
    return parse((await readFile(file, "utf8")).trim());
  } catch (error) {
    throw new LocalWorkspaceError(
      `the file ${file} cannot be read (${(error as Error).message}); put it back from a copy, or delete it: ` +
        `the next start makes another one, and ${lost}`,
    );
  }
}
