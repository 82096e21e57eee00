// The workspace's directory: its own user and service principal, and those added later, with groups and secrets.
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { WorkspaceIdentity } from "../postgres/index.ts";
import type { Store } from "../store.ts";
import { alreadyExists, notFound } from "./errors.ts";
import { type Directory, equal, type Identity } from "./identities.ts";

/** A group of users, service principals; groups in groups are not had here. */
export interface Group {
  id: string;
  displayName: string;
  /** SCIM ids of its members. */
  members: string[];
}

/** An identity with what it authenticates with. */
export interface IdentityWithSecret extends Identity {
  /** Personal access token of a user, OAuth secret of a service principal. */
  secret: string;
}

/** What a new identity is made from; what is left out is made up. */
export interface NewIdentity {
  kind: Identity["kind"];
  /** Required for a user; a service principal's application id is made up. */
  userName?: string | undefined;
  displayName?: string | undefined;
  admin?: boolean | undefined;
  mayCreateInstances?: boolean | undefined;
}

/** The directory. */
export interface Identities {
  all(): IdentityWithSecret[];
  find(userName: string): IdentityWithSecret | undefined;
  byToken(token: string): Identity | undefined;
  byClient(clientId: string, clientSecret: string): Identity | undefined;
  add(made: NewIdentity): IdentityWithSecret;
  /** Forgets one that was added; its tokens, though unexpired, are refused from then on. */
  remove(userName: string): void;
  groups(): Group[];
  addGroup(displayName: string, members?: readonly string[]): Group;
  setMembers(displayName: string, members: readonly string[]): Group;
  /** Display names of the groups that somebody is in; everybody is in `users`. */
  groupsOf(identity: Identity): string[];
  /** Everybody who may have a database role. */
  forDatabase(): WorkspaceIdentity[];
}

/** The groups that every workspace has. */
export const builtInGroups = ["users", "admins"] as const;

/** Opens the directory of a store. */
export function openIdentities(store: Store, directory: Directory): Identities {
  const added = store.collection<IdentityWithSecret>("identities");
  const groupTable = store.collection<Group>("groups");
  const own: IdentityWithSecret[] = [
    { ...directory.user, secret: directory.personalAccessToken },
    { ...directory.servicePrincipal, secret: directory.clientSecret },
  ];
  const all = (): IdentityWithSecret[] => [...own, ...added.entries().map(({ value }) => value)];
  const groups = (): Group[] => groupTable.entries().map(({ value }) => value);
  const groupsOf = (identity: Identity): string[] => [
    "users",
    ...(identity.admin ? ["admins"] : []),
    ...groups().flatMap(({ displayName, members }) => (members.includes(identity.id) ? [displayName] : [])),
  ];
  const find = (userName: string): IdentityWithSecret | undefined =>
    all().find((identity) => identity.userName.toLowerCase() === userName.toLowerCase());
  return {
    all,
    find,
    groups,
    groupsOf,
    byToken(token) {
      const owns = ({ kind, secret }: IdentityWithSecret) => kind === "user" && equal(token, secret);
      return own.find(owns) ?? all().find(owns);
    },
    byClient: (id, secret) =>
      all().find(
        (identity) =>
          identity.kind === "service_principal" &&
          equal(id, identity.userName) &&
          equal(secret, identity.secret),
      ),
    add(made) {
      const identity = newIdentity(made);
      if (find(identity.userName))
        throw alreadyExists(`User with username ${identity.userName} already exists.`);
      added.put(identity.userName.toLowerCase(), identity);
      return identity;
    },
    remove: (userName) => added.delete(userName.toLowerCase()),
    addGroup(displayName, members = []) {
      const taken = [...builtInGroups, ...groups().map((group) => group.displayName)];
      if (taken.includes(displayName)) throw alreadyExists(`Group with name ${displayName} already exists.`);
      const group = { id: newId(), displayName, members: [...members] };
      groupTable.put(displayName, group);
      return group;
    },
    setMembers(displayName, members) {
      const group = groupTable.get(displayName);
      if (!group) throw notFound(`Group with name ${displayName} not found.`);
      const changed = { ...group, members: [...members] };
      groupTable.put(displayName, changed);
      return changed;
    },
    forDatabase: () => [
      ...all().map(({ kind, userName }) => ({
        name: userName,
        type: kind === "user" ? ("USER" as const) : ("SERVICE_PRINCIPAL" as const),
      })),
      ...[...builtInGroups, ...groups().map(({ displayName }) => displayName)].map((name) => ({
        name,
        type: "GROUP" as const,
      })),
    ],
  };
}

function newIdentity({
  kind,
  userName,
  displayName,
  admin,
  mayCreateInstances,
}: NewIdentity): IdentityWithSecret {
  const name = kind === "user" ? (userName ?? "") : randomUUID();
  return {
    kind,
    id: newId(),
    userName: name,
    displayName: displayName ?? name.split("@")[0] ?? name,
    admin: admin ?? false,
    mayCreateInstances: mayCreateInstances ?? true,
    secret: `${kind === "user" ? "dapi" : "dose"}${randomBytes(16).toString("hex")}`,
  };
}

function newId(): string {
  return randomInt(10 ** 9, 10 ** 10).toString();
}
