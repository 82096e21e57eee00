"""Writes Delta tables with the deltalake package, and compares them with PostgreSQL tables: one JSON command a line."""

import base64
import datetime
import decimal
import json
import os
import struct
import sys
import uuid
import zlib

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap
from deltalake import DeltaTable, QueryBuilder, convert_to_deltalake, write_deltalake
from deltalake.schema import Field, PrimitiveType

UTC = datetime.timezone.utc
TYPES = {
    "long": pa.int64(),
    "int": pa.int32(),
    "string": pa.string(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "decimal": pa.decimal128(12, 2),
}
CHANGE_FEED = {"delta.enableChangeDataFeed": "true"}


def arrow(columns, rows):
    """Columns by type name, rows as lists of JSON values."""

    def value(kind, item):
        if item is None:
            return None
        if kind == "decimal":
            return decimal.Decimal(item)
        if kind == "date":
            return datetime.date.fromisoformat(item)
        if kind == "timestamp":
            return datetime.datetime.fromisoformat(item)
        return item

    arrays = [
        pa.array([value(kind, row[at]) for row in rows], TYPES[kind])
        for at, kind in enumerate(columns.values())
    ]
    return pa.table(arrays, names=list(columns))


def rich(start, count):
    """Every type that synced tables know, with nulls and edge values."""
    ids = range(start, start + count)

    def column(kind, make):
        return pa.array([None if i % 5 == 4 else make(i) for i in ids], kind)

    day = datetime.date(2024, 2, 29)
    noon = datetime.datetime(2024, 2, 29, 12, 0, 0, 123456)
    edges = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e-300, 1.7976931348623157e308]
    texts = ["", "plain", "Zoë 東京 🚀", "tab\tnew\nline \\N \\.", "quote \" ' ,"]
    big = decimal.Decimal("12345678901234567890123456789.123456789")
    times = [noon, datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999), datetime.datetime(1969, 12, 31, 23, 59, 59, 1)]
    days = [day, datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(1969, 12, 31)]
    point = pa.struct([("x", pa.float64()), ("label", pa.string()), ("at", pa.timestamp("us", "UTC"))])
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "a_long": column(pa.int64(), lambda i: [2**63 - 1, -(2**63), i][i % 3]),
            "an_int": column(pa.int32(), lambda i: [2**31 - 1, -(2**31), i][i % 3]),
            "a_short": column(pa.int16(), lambda i: [32767, -32768, i % 100][i % 3]),
            "a_byte": column(pa.int8(), lambda i: [127, -128, i % 100][i % 3]),
            "a_double": column(pa.float64(), lambda i: edges[i % len(edges)]),
            "a_float": column(pa.float32(), lambda i: [1.5, -0.0, 3.4028234663852886e38, 1e-45][i % 4]),
            "a_flag": column(pa.bool_(), lambda i: i % 2 == 0),
            "a_text": column(pa.string(), lambda i: texts[i % len(texts)]),
            "a_blob": column(pa.binary(), lambda i: [b"", b"\x00\xff\x00", bytes(range(256))][i % 3]),
            "a_day": column(pa.date32(), lambda i: days[i % len(days)]),
            "a_time": column(pa.timestamp("us", "UTC"), lambda i: times[i % len(times)].replace(tzinfo=UTC)),
            "a_local_time": column(pa.timestamp("us"), lambda i: times[i % len(times)]),
            "small_decimal": column(pa.decimal128(5, 2), lambda i: decimal.Decimal(["0.01", "-999.99", "0"][i % 3])),
            "middle_decimal": column(pa.decimal128(18, 6), lambda i: decimal.Decimal(["999999999999.999999", "-0.000001", "1000"][i % 3])),
            "big_decimal": column(pa.decimal128(38, 9), lambda i: [big, -big, decimal.Decimal("0.000000001")][i % 3]),
            "whole_decimal": column(pa.decimal128(38, 0), lambda i: decimal.Decimal(10) ** (i % 38)),
            "a_list": column(pa.list_(pa.int64()), lambda i: [[], [1, None, 3], [2**53 + 1]][i % 3]),
            "a_nested_list": column(pa.list_(pa.list_(pa.string())), lambda i: [[["a", None], [], None], [[]]][i % 2]),
            "a_map": column(pa.map_(pa.string(), pa.int32()), lambda i: [[], [("k", 1), ("ü", None)]][i % 2]),
            "a_day_map": column(pa.map_(pa.date32(), pa.decimal128(6, 2)), lambda i: [(day, decimal.Decimal("1.10"))]),
            "a_struct": column(point, lambda i: {"x": i / 4, "label": texts[i % len(texts)] if i % 3 else None, "at": noon.replace(tzinfo=UTC)}),
            "structs": column(pa.list_(point), lambda i: [{"x": 1.0, "label": "a", "at": None}, None]),
        }
    )


def json_form(kind, value):
    """The value as it must be read from JSONB, numbers exact."""
    if value is None:
        return None
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [json_form(kind.value_type, item) for item in value]
    if pa.types.is_map(kind):
        return {json_form(kind.key_type, key): json_form(kind.item_type, item) for key, item in value}
    if pa.types.is_struct(kind):
        return {field.name: json_form(field.type, value[field.name]) for field in kind}
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
        return text + ("Z" if value.tzinfo else "")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        return decimal.Decimal(str(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return decimal.Decimal(value)
    return value


def is_nested(kind):
    return pa.types.is_nested(kind)


def comparable(value):
    """Distinguishes what == does not: types, -0.0, the digits of a decimal; NaN equals itself."""
    if isinstance(value, dict):
        return ("dict", tuple(sorted((key, comparable(item)) for key, item in value.items())))
    if isinstance(value, list):
        return ("list", tuple(comparable(item) for item in value))
    if isinstance(value, datetime.datetime):
        return ("datetime", value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat())
    if isinstance(value, decimal.Decimal):
        # 0 and 0E+2 are one number; 1.10 and 1.1 are two in PostgreSQL.
        return ("number", f"{value:f}")
    return (type(value).__name__, repr(value))


def expected_rows(command):
    table = read(command["path"])
    keys, newest = command["key"], command.get("latest_by")
    rows = []
    for row in table.to_pylist():
        if any(row[key] is None for key in keys):
            continue
        rows.append({
            field.name: json_form(field.type, row[field.name]) if is_nested(field.type) else row[field.name]
            for field in table.schema
        })
    if newest:
        latest = {}
        for row in rows:
            key = tuple(row[name] for name in keys)
            if key not in latest or row[newest] > latest[key][newest]:
                latest[key] = row
        rows = list(latest.values())
    return table.schema, rows


def read(path):
    """Read by deltalake itself, never by this project."""
    batches = QueryBuilder().register("source", DeltaTable(path)).execute("SELECT * FROM source").read_all()
    return pa.table(batches)


def compare(command):
    schema, expected = expected_rows(command)
    names = schema.names
    connection = command["connection"]
    with psycopg.connect(**connection) as session:
        session.adapters.register_loader("jsonb", ExactJson)
        session.execute("SET timezone = 'UTC'")
        # REAL is printed in the fewest digits that tell it from its neighbours: as double it is exact.
        columns = ", ".join(
            f'"{field.name}"::float8' if pa.types.is_float32(field.type) else f'"{field.name}"' for field in schema
        )
        cursor = session.execute(f"SELECT {columns} FROM {command['table']}")
        actual = [dict(zip(names, row)) for row in cursor.fetchall()]
    keys = command["key"]

    def by_key(rows):
        return {tuple(str(row[key]) for key in keys): row for row in rows}

    left, right = by_key(expected), by_key(actual)
    differences = []
    if len(actual) != len(expected):
        differences.append(f"{len(expected)} rows in the source, {len(actual)} in PostgreSQL")
    for key in sorted(left.keys() | right.keys()):
        if key not in left or key not in right:
            differences.append(f"{key} only in {'the source' if key in left else 'PostgreSQL'}")
            continue
        for name in names:
            source, target = comparable(left[key][name]), comparable(right[key][name])
            if source != target:
                differences.append(f"{key} {name}: {source} in the source, {target} in PostgreSQL")
    return {"rows": len(actual), "differences": differences[:10]}


class ExactJson(psycopg.adapt.Loader):
    def load(self, data):
        return json.loads(bytes(data), parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def bulk(start, count):
    """Many plain rows."""
    return pa.table({
        "id": pa.array(range(start, start + count), pa.int64()),
        "text": pa.array([f"row {i} of many" for i in range(start, start + count)]),
        "amount": pa.array([decimal.Decimal(i % 10_007).scaleb(-2) for i in range(start, start + count)], TYPES["decimal"]),
    })


def write(command):
    if "rows" in command:
        table = arrow(command["columns"], command["rows"])
    else:
        table = (bulk if command.get("bulk") else rich)(command["start"], command["count"])
    write_deltalake(
        command["path"],
        table,
        mode=command.get("mode", "append"),
        partition_by=command.get("partition_by"),
        schema_mode=command.get("schema_mode"),
        predicate=command.get("predicate"),
        configuration=CHANGE_FEED if command.get("change_feed") else None,
    )


def convert(command):
    """A Parquet file as pyarrow writes it, made a Delta table: one row group, and nothing that says where pages start."""
    os.makedirs(command["path"])
    table = (bulk if command.get("bulk") else rich)(command["start"], command["count"])
    pq.write_table(
        table,
        os.path.join(command["path"], "part-0.parquet"),
        row_group_size=command["count"],
        data_page_size=command.get("page_bytes"),
        data_page_version=command.get("page_version", "1.0"),
    )
    convert_to_deltalake(command["path"])


def merge(command):
    source = arrow(command["columns"], command["rows"])
    condition = " AND ".join(f"s.{key} = t.{key}" for key in command["key"])
    merger = DeltaTable(command["path"]).merge(source, condition, source_alias="s", target_alias="t")
    merger = merger.when_matched_update_all().when_not_matched_insert_all()
    if command.get("delete_others"):
        merger = merger.when_not_matched_by_source_delete()
    merger.execute()


Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def z85(data):
    text = ""
    for at in range(0, len(data), 4):
        value = int.from_bytes(data[at : at + 4].ljust(4, b"\0"), "big")
        text += "".join(Z85[value // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return text


def delete_by_vector(command):
    """A commit as Databricks writes it: the table's only file stays, a deletion vector takes rows out of it."""
    table = DeltaTable(command["path"])
    (path,) = table.file_uris()
    name, size = os.path.basename(path), os.path.getsize(path)
    bitmap = BitMap(command["rows"])
    bitmap.run_optimize()
    vector = struct.pack("<iqI", 1681511377, 1, 0) + bitmap.serialize()
    common = {"sizeInBytes": len(vector), "cardinality": len(bitmap)}
    if command["inline"]:
        descriptor = {"storageType": "i", "pathOrInlineDv": z85(vector), **common}
    else:
        number = uuid.uuid4()
        with open(os.path.join(command["path"], f"deletion_vector_{number}.bin"), "wb") as file:
            file.write(b"\1" + struct.pack(">i", len(vector)) + vector + struct.pack(">I", zlib.crc32(vector)))
        descriptor = {"storageType": "u", "pathOrInlineDv": z85(number.bytes), "offset": 1, **common}
    file = {"path": name, "partitionValues": {}, "size": size, "dataChange": True}
    features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors", "changeDataFeed"]}
    removed = {**file, "deletionTimestamp": 0, "extendedFileMetadata": True}
    actions = [
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}},
        {"remove": removed},
        {"add": {**file, "modificationTime": 0, "deletionVector": descriptor}},
    ]
    log = os.path.join(command["path"], "_delta_log", f"{table.version() + 1:020}.json")
    with open(log, "x") as commit:
        commit.write("\n".join(json.dumps(action) for action in actions))


def run(command):
    action = command["do"]
    if action == "write":
        write(command)
    elif action == "delete_by_vector":
        delete_by_vector(command)
        return {}
    elif action == "convert":
        convert(command)
    elif action == "merge":
        merge(command)
    elif action == "compare":
        return compare(command)
    elif action == "delete":
        DeltaTable(command["path"]).delete(command.get("predicate"))
    elif action == "update":
        DeltaTable(command["path"]).update(updates=command["set"], predicate=command.get("predicate"))
    elif action == "checkpoint":
        DeltaTable(command["path"]).create_checkpoint()
    elif action == "optimize":
        DeltaTable(command["path"]).optimize.compact()
    elif action == "vacuum":
        DeltaTable(command["path"]).vacuum(0, dry_run=False, enforce_retention_duration=False)
    elif action == "cleanup":
        DeltaTable(command["path"]).cleanup_metadata()
    elif action == "add_column":
        DeltaTable(command["path"]).alter.add_columns([Field(command["name"], PrimitiveType(command["type"]))])
    else:
        raise ValueError(f"unknown command {action}")
    return {"version": DeltaTable(command["path"]).version()}


def main():
    for line in sys.stdin:
        try:
            answer = run(json.loads(line))
        except Exception as error:  # the test decides what a failure means
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
