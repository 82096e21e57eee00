#!/bin/sh
# Opens psql on a Lakebase database with a fresh token; all arguments go to psql.
#   LAKEBASE_INSTANCE_NAME=orders ./lakebase-psql.sh -c 'SELECT version()'
set -eu

# Python prints the settings as shell assignments. The token goes by the environment: command lines can be seen by all.
settings=$("${PYTHON:-python3}" - <<'PY'
import json, os, shlex, uuid
from pathlib import Path

import certifi
from databricks.sdk import WorkspaceClient

given = os.getenv("LAKEBASE_EXPORTS", "").strip()
exports = json.loads(given if given.startswith("{") else Path(given).read_text()) if given else {}
if given and exports.get("schemaVersion") != 1:
    raise SystemExit("LAKEBASE_EXPORTS is not version 1 of the stack's exports")
endpoint = exports.get("endpoint", {})
name = exports.get("instance", {}).get("name") or os.getenv("LAKEBASE_INSTANCE_NAME")
if not name:
    raise SystemExit("which instance? Set LAKEBASE_INSTANCE_NAME, or LAKEBASE_EXPORTS to the stack's exports")

workspace = WorkspaceClient(host=exports.get("workspace", {}).get("host"))
instance = workspace.database.get_database_instance(name)
if instance.state.value != "AVAILABLE":
    raise SystemExit(f"database instance {name} is {instance.state.value}")
credential = workspace.database.generate_database_credential(request_id=str(uuid.uuid4()), instance_names=[name])
settings = {
    "PGHOST": instance.read_write_dns,
    "PGHOSTADDR": endpoint.get("hostAddress") or os.getenv("PGHOSTADDR"),
    "PGPORT": endpoint.get("port") or os.getenv("PGPORT") or 5432,
    "PGDATABASE": exports.get("database", {}).get("name")
    or os.getenv("LAKEBASE_DATABASE_NAME")
    or os.getenv("PGDATABASE")
    or "databricks_postgres",
    "PGUSER": os.getenv("PGUSER") or workspace.current_user.me().user_name,
    "PGPASSWORD": credential.token,
    "PGSSLMODE": "verify-full",
    "PGSSLROOTCERT": endpoint.get("sslRootCert") or os.getenv("PGSSLROOTCERT") or certifi.where(),
}
for variable, value in settings.items():
    if value:
        print(f"export {variable}={shlex.quote(str(value))}")
PY
)
eval "$settings"
exec psql "$@"
