"""A program as users write it, on the official SDK and psycopg alone. Prints what it saw as JSON."""

import json
import sys
import time
import uuid

import psycopg
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service.database import DatabaseCatalog, DatabaseInstance, DatabaseInstanceRole
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

NAME = "order-mgmt-db"
w = WorkspaceClient()


def credential(name=NAME):
    return w.database.generate_database_credential(request_id=str(uuid.uuid4()), instance_names=[name]).token


def login(password, sslmode="require", name=NAME):
    """Who logged in and where, or the server's refusal."""
    instance = w.database.get_database_instance(name=name)
    try:
        with psycopg.connect(
            host=instance.read_write_dns,
            dbname="databricks_postgres",
            user=w.current_user.me().user_name,
            password=password,
            sslmode=sslmode,
        ) as connection:
            user, version = connection.execute("SELECT current_user, version()").fetchone()
            return f"{user} on {' '.join(version.split('.')[0].split()[:2])}"
    except psycopg.OperationalError as error:
        return str(error)


def attempt(action):
    try:
        action()
        return "worked"
    except DatabricksError as error:
        return f"{type(error).__name__}: {error}"


def reach(state):
    while (now := w.database.get_database_instance(NAME).state.value) != state:
        time.sleep(0.1)
    return now


def update(mask, **settings):
    w.database.update_database_instance(NAME, DatabaseInstance(name=NAME, **settings), update_mask=mask)


def deploy():
    wait = w.database.create_database_instance(DatabaseInstance(name=NAME, capacity="CU_1"))
    created = wait.result()
    return {
        "created": {
            "name": created.name,
            "state": created.state.value,
            "read_write_dns": created.read_write_dns,
        },
        "logins": {
            "require": login(credential()),
            "verify-full": login(credential(), sslmode="verify-full"),
            "disable": login(credential(), sslmode="disable"),
            "wrong password": login("secret"),
            "personal access token": login(w.config.token),
        },
    }


def manage():
    seen = {"listed": [i.name for i in w.database.list_database_instances(page_size=1)]}
    uid = w.database.get_database_instance(NAME).uid
    seen["found"] = w.database.find_database_instance_by_uid(uid=uid).name
    update("capacity", capacity="CU_2")
    reach("AVAILABLE")
    seen["resized"] = w.database.get_database_instance(NAME).effective_capacity
    catalog = DatabaseCatalog("analytics", NAME, "sales", create_database_if_not_exists=True)
    seen["catalog"] = w.database.create_database_catalog(catalog).name
    seen["catalog update"] = attempt(
        lambda: w.database.update_database_catalog("analytics", catalog, update_mask="database_name")
    )
    grant = AccessControlRequest(user_name="analyst@example.com", permission_level=PermissionLevel.CAN_USE)
    granted = w.permissions.update("database-instances", NAME, access_control_list=[grant])
    seen["permissions"] = [
        f"{entry.user_name} {entry.all_permissions[0].permission_level.value}"
        for entry in granted.access_control_list
        if entry.user_name == "analyst@example.com"
    ]
    role = DatabaseInstanceRole.from_dict({"name": "analyst@example.com", "identity_type": "USER"})
    seen["role"] = w.database.create_database_instance_role(NAME, role).identity_type.value
    update("stopped", stopped=True)
    seen["stopped"] = reach("STOPPED")
    seen["login while stopped"] = login(credential())
    update("stopped", stopped=False)
    seen["started"] = reach("AVAILABLE")
    seen["missing"] = attempt(lambda: w.database.get_database_instance("nope"))
    seen["taken"] = attempt(lambda: w.database.create_database_instance(DatabaseInstance(name=NAME)))
    w.database.delete_database_instance(NAME, purge=True)
    while (gone := attempt(lambda: w.database.get_database_instance(NAME))) == "worked":
        time.sleep(0.1)
    seen["deleted"] = gone
    return seen


def machine():
    w.database.create_database_instance(DatabaseInstance(name="machine-db", capacity="CU_1")).result()
    return {"me": w.current_user.me().user_name, "login": login(credential("machine-db"), name="machine-db")}


print(json.dumps({"deploy": deploy, "manage": manage, "machine": machine}[sys.argv[1]]()))
