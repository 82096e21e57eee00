"""Where the database is: the stack's exports first, then the environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import certifi


@dataclass(frozen=True)
class Settings:
    instance: str
    database: str
    port: int
    ssl_root_cert: str
    host_address: str | None
    user: str | None
    application_name: str | None
    workspace_host: str | None
    dns_servers: tuple[str, ...]


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """LAKEBASE_EXPORTS holds the stack's `lakebase` output as JSON, or names a file that does."""
    exports = _read_exports(env.get("LAKEBASE_EXPORTS", "").strip())
    endpoint = exports.get("endpoint", {})
    instance = exports.get("instance", {}).get("name") or env.get("LAKEBASE_INSTANCE_NAME")
    if not instance:
        raise SystemExit("which instance? Set LAKEBASE_INSTANCE_NAME, or LAKEBASE_EXPORTS to the stack's exports")
    return Settings(
        instance=instance,
        database=exports.get("database", {}).get("name")
        or env.get("LAKEBASE_DATABASE_NAME")
        or env.get("PGDATABASE")
        or "databricks_postgres",
        port=int(endpoint.get("port") or env.get("PGPORT") or 5432),
        # The public authorities, unless the environment names others.
        ssl_root_cert=endpoint.get("sslRootCert") or env.get("PGSSLROOTCERT") or certifi.where(),
        host_address=endpoint.get("hostAddress") or env.get("PGHOSTADDR") or None,
        user=env.get("PGUSER") or None,
        application_name=env.get("PGAPPNAME") or None,
        workspace_host=exports.get("workspace", {}).get("host"),
        dns_servers=tuple(env.get("LAKEBASE_DNS_SERVERS", "").replace(",", " ").split()),
    )


def _read_exports(given: str) -> dict:
    if not given:
        return {}
    exports = json.loads(given if given.startswith("{") else Path(given).read_text())
    if exports.get("schemaVersion") != 1:
        raise SystemExit(
            f"LAKEBASE_EXPORTS has schemaVersion {exports.get('schemaVersion')!r}, this app reads 1; "
            "write it with: pulumi stack output lakebase --json"
        )
    return exports
