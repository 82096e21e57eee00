// The table of the suite over every argument: units of one program, and what each of their arguments does.

/** The three deployments of the suite: made with the argument, with another value of it, without it. */
export type Values = [given: unknown, changed: unknown, removed?: unknown];

/** One argument. */
export interface Row {
  /** Interface and member, such as `LakebaseInstanceArgs.capacity`. */
  argument: string;
  /** Its values in the three deployments; an argument of a nested object is part of its owner's. */
  values?: Values;
  /** The words of the preview that changes it. Left out: it changes nothing, and the preview shows nothing of the unit. */
  shown?: RegExp;
  /** The words of the preview that removes it. */
  reset?: RegExp;
}

/** Requests, each in full or by what it has in it. */
export type Asked = readonly (string | RegExp)[];

/** Several arguments of one component that do not get into each other's way. */
export interface Unit {
  component: string;
  /** Its name in the program; the names of all its resources begin with it. */
  name: string;
  /** Arguments that stay as they are. */
  args?: Record<string, unknown>;
  rows: Row[];
  /** Names of the units that it is declared after. */
  after?: string[];
  /** Every request that changes something, for each of the three deployments. */
  asked: [created: Asked, changed: Asked, removed: Asked];
  /** What is to be seen in PostgreSQL after each deployment: rows of a statement, by the instance that it is run on. */
  seen?: { on: string; database?: string; sql: string; rows: [object[], object[], object[]] };
}

/** What the units are written with: it is only known when the workspace runs. */
export interface Place {
  apiUrl: string;
  /** Two ports that lead to PostgreSQL, and two files with the same authority. */
  ports: [number, number];
  caFiles: [string, string];
  /** A moment of the source instance, and its position in the log then. */
  time: string;
  lsn: string;
  /** The source folders of an app that is bound to `source`, and to `settings`. */
  appFolders: [string, string];
}

/** The arguments of a unit in one of the deployments. */
export function argumentsOf({ args = {}, rows }: Unit, deployment: number): Record<string, unknown> {
  const own = rows.flatMap(({ argument, values }) =>
    values === undefined ? [] : [[argument.split(".")[1], values[deployment]]],
  );
  const all = { ...args, ...Object.fromEntries(own) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
