"""A synced table's life through the official Python SDK; prints what it saw as JSON."""

import json
import time

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service import database as d
from databricks.sdk.service.pipelines import UpdateInfoState

w = WorkspaceClient()
name, source = "main.gold.revenue_synced", "main.gold.daily_revenue"
seen = {}


def error(call):
    try:
        call()
    except DatabricksError as failure:
        return f"{type(failure).__name__}: {failure}"
    return "no error"


def wait(done):
    while not done(w.database.get_synced_database_table(name).data_synchronization_status):
        time.sleep(0.05)
    return w.database.get_synced_database_table(name)


table = w.tables.get(source)
seen["source"] = [table.data_source_format.value, table.properties["delta.enableChangeDataFeed"], len(table.columns)]
seen["schemas"] = [schema.name for schema in w.schemas.list("main")]
seen["tables"] = [item.name for item in w.tables.list("main", "gold")]
seen["catalog"] = w.catalogs.get("main").name


def declared(spec_source):
    spec = d.SyncedTableSpec(
        source_table_full_name=spec_source,
        primary_key_columns=["day", "region"],
        scheduling_policy=d.SyncedTableSchedulingPolicy.TRIGGERED,
        create_database_objects_if_missing=True,
        new_pipeline_spec=d.NewPipelineSpec(storage_catalog="main", storage_schema="default"),
    )
    return d.SyncedDatabaseTable(
        name=name, database_instance_name="db", logical_database_name="databricks_postgres", spec=spec
    )


seen["missing"] = error(lambda: w.database.create_synced_database_table(declared("main.gold.nope")))
created = w.database.create_synced_database_table(declared(source))
seen["created"] = created.data_synchronization_status.detailed_state.value
online = wait(lambda status: "ONLINE" in status.detailed_state.value)
status = online.data_synchronization_status
seen["online"] = [
    status.detailed_state.value,
    online.unity_catalog_provisioning_state.value,
    status.last_sync.delta_table_sync_info.delta_commit_version,
    status.triggered_update_status.triggered_update_progress.synced_row_count,
]
pipeline = status.pipeline_id
while w.pipelines.list_updates(pipeline).updates[0].state != UpdateInfoState.COMPLETED:
    time.sleep(0.05)
seen["pipeline"] = w.pipelines.get(pipeline).state.value
update = w.pipelines.start_update(pipeline, full_refresh=True).update_id
while w.pipelines.get_update(pipeline, update).update.state != UpdateInfoState.COMPLETED:
    time.sleep(0.05)
seen["updates"] = [item.state.value for item in w.pipelines.list_updates(pipeline).updates]
seen["patch"] = error(lambda: w.database.update_synced_database_table(name, declared(source), "spec"))
seen["uc"] = w.tables.get(name).pipeline_id == pipeline
w.database.delete_synced_database_table(name, purge_data=True)
seen["deleted"] = error(lambda: w.database.get_synced_database_table(name))
print(json.dumps(seen))
