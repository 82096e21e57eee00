// The operating system user that PostgreSQL runs as: PostgreSQL refuses to run as root.

/** The user and group id of `nobody`, which Linux reserves for processes without privileges. */
const NOBODY = 65534;

/** User and group id for the servers where they differ from this process's; undefined where it is not root. */
export function serverUser(): { uid: number; gid: number } | undefined {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;
}
