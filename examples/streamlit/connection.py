"""One connection for all sessions, opened anew every 40 minutes with a new token."""

import json
import os
import uuid
from pathlib import Path

import certifi
import psycopg
import streamlit as st
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.database import DatabaseInstanceState

SCHEMA = "streamlit_example"


class NotAvailable(Exception):
    """The instance takes no connections at present."""


def is_alive(connection: psycopg.Connection) -> bool:
    """Asked before each use: a restart of the instance ends connections."""
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


# No query waits for a refresh in the background, and none is needed: the next run after 40 minutes logs in again.
# The old connection is not closed here, as another session may be using it; it ends with its last user.
@st.cache_resource(ttl=2400, validate=is_alive, show_spinner="Connecting to Lakebase …")
def get_connection() -> psycopg.Connection:
    exports = read_exports()
    endpoint = exports.get("endpoint", {})
    name = exports.get("instance", {}).get("name") or os.getenv("LAKEBASE_INSTANCE_NAME")
    if not name:
        raise NotAvailable("Which instance? Set LAKEBASE_INSTANCE_NAME or LAKEBASE_EXPORTS.")
    w = WorkspaceClient(host=exports.get("workspace", {}).get("host"))
    instance = w.database.get_database_instance(name)
    if instance.state != DatabaseInstanceState.AVAILABLE:
        raise NotAvailable(f"Database instance {name} is {instance.state.value}.")
    credential = w.database.generate_database_credential(request_id=str(uuid.uuid4()), instance_names=[name])
    connection = psycopg.connect(
        host=instance.read_write_dns,
        # With None, libpq looks at PGHOSTADDR itself.
        hostaddr=endpoint.get("hostAddress"),
        port=endpoint.get("port") or os.getenv("PGPORT") or 5432,
        dbname=exports.get("database", {}).get("name")
        or os.getenv("LAKEBASE_DATABASE_NAME")
        or os.getenv("PGDATABASE")
        or "databricks_postgres",
        user=os.getenv("PGUSER") or w.current_user.me().user_name,
        password=credential.token,
        sslmode="verify-full",
        sslrootcert=endpoint.get("sslRootCert") or os.getenv("PGSSLROOTCERT") or certifi.where(),
        connect_timeout=15,
        autocommit=True,
    )
    create_tables(connection)
    return connection


def read_exports() -> dict:
    """LAKEBASE_EXPORTS holds the stack's `lakebase` output as JSON, or names a file that does."""
    given = os.getenv("LAKEBASE_EXPORTS", "").strip()
    if not given:
        return {}
    exports = json.loads(given if given.startswith("{") else Path(given).read_text())
    if exports.get("schemaVersion") != 1:
        raise NotAvailable("LAKEBASE_EXPORTS is not version 1 of the stack's exports.")
    return exports


def create_tables(connection: psycopg.Connection) -> None:
    """In a schema of the app's own: an app may create one, but nothing in `public`."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [SCHEMA])
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.execute(
            f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.feature_flags (
                name text PRIMARY KEY,
                enabled boolean NOT NULL DEFAULT false,
                changed_at timestamptz NOT NULL DEFAULT now()
            )"""
        )
