"""The instance, and whether it takes connections."""

import asyncio

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.database import DatabaseInstance, DatabaseInstanceState

IN_TRANSIT = {
    DatabaseInstanceState.STARTING,
    DatabaseInstanceState.UPDATING,
    DatabaseInstanceState.FAILING_OVER,
}


class NotAvailable(Exception):
    """Says in which state the instance is, and what to do."""


async def describe(workspace: WorkspaceClient, name: str) -> DatabaseInstance:
    return await asyncio.to_thread(workspace.database.get_database_instance, name)


async def wait_until_available(workspace: WorkspaceClient, name: str, patience: float = 300) -> DatabaseInstance:
    """The instance once it is AVAILABLE; a state that will not change by itself is an error at once."""
    ends = asyncio.get_running_loop().time() + patience
    while (instance := await describe(workspace, name)).state in IN_TRANSIT:
        if asyncio.get_running_loop().time() > ends:
            break
        await asyncio.sleep(2)
    if instance.state != DatabaseInstanceState.AVAILABLE:
        raise NotAvailable(explain(instance))
    return instance


def explain(instance: DatabaseInstance) -> str:
    state = instance.state.value if instance.state else "in no state"
    fix = "start it first" if instance.state == DatabaseInstanceState.STOPPED else "try again later"
    return f"database instance {instance.name} is {state}: {fix}"
