"""Feature flags, kept in Lakebase. Run it with: streamlit run app.py"""

from datetime import UTC

import psycopg
import streamlit as st
from databricks.sdk.errors import DatabricksError

from connection import SCHEMA, NotAvailable, get_connection

TABLE = f"{SCHEMA}.feature_flags"


def show() -> None:
    connection = get_connection()
    rows = connection.execute(f"SELECT name, enabled, changed_at FROM {TABLE} ORDER BY name").fetchall()
    enabled = sum(1 for _, is_enabled, _ in rows if is_enabled)
    st.caption(f"{enabled} of {len(rows)} flags are on")
    for name, is_enabled, changed_at in rows:
        flag, time = st.columns([3, 2], vertical_alignment="center")
        # The key holds the state: when somebody else has switched the flag, this is a new toggle in its new state.
        wanted = flag.toggle(name, value=is_enabled, key=f"{name} {'on' if is_enabled else 'off'}")
        time.caption(f"changed {changed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
        if wanted != is_enabled:
            connection.execute(f"UPDATE {TABLE} SET enabled = %s, changed_at = now() WHERE name = %s", [wanted, name])
            st.rerun()
    with st.form("add", clear_on_submit=True):
        new = st.text_input("New flag", placeholder="one-click-checkout")
        if st.form_submit_button("Add") and new.strip():
            connection.execute(f"INSERT INTO {TABLE} (name) VALUES (%s) ON CONFLICT DO NOTHING", [new.strip()])
            st.rerun()


st.set_page_config(page_title="Feature flags", page_icon=":material/flag:")
st.title("Feature flags")
try:
    show()
except (NotAvailable, DatabricksError, psycopg.OperationalError) as error:
    st.error(f"No flags at present. {error}")
    st.button("Try again")
