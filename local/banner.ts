// What `npm run local` says once it serves: where everything is and how to point tools at it.
import type { LocalWorkspace } from "./assembly.ts";

/** The banner; it names the files that hold secrets and never shows one. */
export function bannerOf(workspace: LocalWorkspace): string {
  const { apiUrl, userName, postgresHost, postgresPort, caFile, tokenFile, servicePrincipalFile, dataDir } =
    workspace;
  return `
Local Databricks workspace with Lakebase

  REST API           ${apiUrl}
  console            ${apiUrl}/console, log in with the token
  PostgreSQL         ${postgresHost}:${postgresPort}, TLS only, one DNS name for each instance
  user               ${userName}, its token in ${tokenFile}
  service principal  client id and secret in ${servicePrincipalFile}
  data               ${dataDir}

Point tools at it:

  export DATABRICKS_HOST=${apiUrl}
  export DATABRICKS_TOKEN="$(cat ${quote(tokenFile)})"
  export PGHOSTADDR=${postgresHost} PGPORT=${postgresPort} PGSSLROOTCERT=${quote(caFile)}

Pulumi, with the dev stack of this project:

  npm run pulumi -- up -s dev

Python, with databricks-sdk and psycopg:

  from databricks.sdk import WorkspaceClient; import psycopg
  w = WorkspaceClient(); db = w.database.get_database_instance("my-db")
  token = w.database.generate_database_credential(instance_names=["my-db"]).token
  psycopg.connect(host=db.read_write_dns, dbname="databricks_postgres", user="${userName}", password=token, sslmode="verify-full")

psql, for the instance my-db:

  api() { curl -sS -H "Authorization: Bearer $DATABRICKS_TOKEN" "$DATABRICKS_HOST/api/2.0/database/$@"; }
  field() { node -p "JSON.parse(require('fs').readFileSync(0))['$1']"; }
  export PGPASSWORD="$(api credentials -d '{"request_id":"1","instance_names":["my-db"]}' | field token)"
  psql "host=$(api instances/my-db | field read_write_dns) dbname=databricks_postgres user=${userName} sslmode=verify-full"

Ctrl-C ends it; the data stays.
`;
}

/** A word for a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
