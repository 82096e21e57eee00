// The extension databricks_auth: roles for the identities of the workspace, in plain SQL.
import { randomUUID } from "node:crypto";
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.ts";
import type { WorkspaceIdentity } from "./types.ts";

/** Beside the data directory; the server looks here for the workspace's identities. */
const IDENTITIES_FILE = "identities.json";

/** Ties a role to its kind of identity, in the cluster itself, so that clones keep it. */
export const ROLE_COMMENT = "databricks_auth identity_type=";

const control = `comment = 'roles for the identities of a Databricks workspace'
default_version = '1.0'
relocatable = false
superuser = true
trusted = true
`;

// The look-up runs as the extension's owner (it reads a file), the making of the role as its caller, who needs
// CREATEROLE and becomes the role's administrator, as with CREATE ROLE. Messages are this project's own.
const script = `CREATE FUNCTION @extschema@.databricks_auth_knows(identity_name text, identity_type text)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $function$
  SELECT EXISTS (
    SELECT FROM jsonb_array_elements(pg_read_file('../${IDENTITIES_FILE}')::jsonb) AS identity
    WHERE identity->>'name' = identity_name AND identity->>'type' = identity_type)
$function$;

CREATE FUNCTION @extschema@.databricks_create_role(identity_name text, identity_type text)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
BEGIN
  IF identity_type IS NULL OR identity_type NOT IN ('USER', 'GROUP', 'SERVICE_PRINCIPAL') THEN
    RAISE EXCEPTION 'identity type "%" is not one of USER, GROUP, SERVICE_PRINCIPAL', identity_type
      USING ERRCODE = '22023';
  END IF;
  IF identity_name IS NULL OR octet_length(identity_name) NOT BETWEEN 1 AND 63 THEN
    RAISE EXCEPTION 'identity name "%" is not 1 to 63 bytes long', identity_name USING ERRCODE = '22023';
  END IF;
  IF NOT @extschema@.databricks_auth_knows(identity_name, identity_type) THEN
    RAISE EXCEPTION 'identity "%" of type % was not found in the workspace', identity_name, identity_type
      USING ERRCODE = '42704';
  END IF;
  EXECUTE format('CREATE ROLE %I LOGIN', identity_name);
  EXECUTE format('COMMENT ON ROLE %I IS %L', identity_name, '${ROLE_COMMENT}' || identity_type);
  RETURN identity_name;
END
$function$;

CREATE VIEW @extschema@.databricks_list_roles AS
  SELECT rolname AS role_name,
    substr(pg_catalog.shobj_description(oid, 'pg_authid'), ${ROLE_COMMENT.length + 1}) AS identity_type
  FROM pg_catalog.pg_roles
  WHERE pg_catalog.starts_with(pg_catalog.shobj_description(oid, 'pg_authid'), '${ROLE_COMMENT}');
GRANT SELECT ON @extschema@.databricks_list_roles TO PUBLIC;
`;

/** Puts the extension where the servers' CREATE EXTENSION finds it; another checkout may do so at the same time. */
export async function installDatabricksAuth({ postgres }: Pick<Binaries, "postgres">): Promise<void> {
  const folder = join(dirname(postgres), "..", "share", "postgresql", "extension");
  await put(join(folder, "databricks_auth.control"), control);
  await put(join(folder, "databricks_auth--1.0.sql"), script);
}

/** Tells an instance's server which identities the workspace has. */
export async function writeIdentities(
  folder: string,
  identities: readonly WorkspaceIdentity[],
): Promise<void> {
  await put(join(folder, IDENTITIES_FILE), JSON.stringify(identities));
}

async function put(file: string, content: string): Promise<void> {
  if ((await readFile(file, "utf8").catch(() => undefined)) === content) return;
  // Renamed into place: a server reads the whole of the old file or the whole of the new one.
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, content);
  // The servers run as another user.
  await chmod(partial, 0o644);
  await rename(partial, file);
}
