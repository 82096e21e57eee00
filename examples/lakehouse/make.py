"""Makes the sample lakehouse beside this file: pip install deltalake pyarrow; python examples/lakehouse/make.py

main.gold.daily_revenue  revenue by day and region, with its change data feed on (for TRIGGERED and CONTINUOUS)
main.gold.customers      customers with tags and an address, without a change data feed (for SNAPSHOT)
"""

import datetime
import decimal
import pathlib
import random
import shutil

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

UTC = datetime.timezone.utc
REGIONS = {"AMER": 5200, "APAC": 3100, "EMEA": 4300}
FIRST_DAY = datetime.date(2026, 6, 1)
DAYS = 14

DAILY_REVENUE = pa.schema(
    [
        pa.field("day", pa.date32(), nullable=False),
        pa.field("region", pa.string(), nullable=False),
        pa.field("orders", pa.int64()),
        pa.field("revenue", pa.decimal128(12, 2)),
        pa.field("refunds", pa.decimal128(12, 2)),
        pa.field("loaded_at", pa.timestamp("us", "UTC")),
    ]
)

ADDRESS = pa.struct([("street", pa.string()), ("city", pa.string()), ("country", pa.string())])
CUSTOMERS = pa.schema(
    [
        pa.field("customer_id", pa.int64(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("email", pa.string()),
        pa.field("signed_up", pa.date32()),
        pa.field("lifetime_value", pa.decimal128(12, 2)),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("address", ADDRESS),
    ]
)


def revenue_of(day, numbers):
    loaded = datetime.datetime.combine(day, datetime.time(2, 15), UTC) + datetime.timedelta(days=1)
    weekend = 0.6 if day.weekday() >= 5 else 1.0
    for region, usual in REGIONS.items():
        orders = round(usual / 40 * weekend * numbers.uniform(0.8, 1.2))
        revenue = decimal.Decimal(round(orders * numbers.uniform(3200, 4800))) / 100
        refunds = None if numbers.random() < 0.2 else decimal.Decimal(round(float(revenue) * numbers.uniform(0, 6))) / 100
        yield {
            "day": day,
            "region": region,
            "orders": orders,
            "revenue": revenue,
            "refunds": refunds,
            "loaded_at": loaded,
        }


def customers(numbers):
    people = ["Ada Ferreira", "Björn Lindqvist", "Chidi Okafor", "Dana Weiss", "Emi Tanaka", "Farid Haddad", "Grace Liu", "Hana Novák"]
    cities = [("Lisboa", "PT"), ("Malmö", "SE"), ("Lagos", "NG"), ("Wien", "AT"), ("大阪市", "JP"), ("Beirut", "LB"), ("Taipei", "TW"), ("Brno", "CZ")]
    for number, (name, (city, country)) in enumerate(zip(people, cities), start=1001):
        yield {
            "customer_id": number,
            "name": name,
            "email": f"customer{number}@example.com",
            "signed_up": datetime.date(2023, 1, 1) + datetime.timedelta(days=numbers.randrange(900)),
            "lifetime_value": decimal.Decimal(numbers.randrange(5_000, 900_000)) / 100,
            "tags": numbers.sample(["newsletter", "priority", "reseller", "trial"], numbers.randrange(3)),
            "address": None if number % 4 == 0 else {"street": f"Main Street {number % 97}", "city": city, "country": country},
        }


def make(folder):
    numbers = random.Random(20260601)
    gold = folder / "main" / "gold"
    shutil.rmtree(folder / "main", ignore_errors=True)
    revenue = str(gold / "daily_revenue")
    for number in range(DAYS):
        day = FIRST_DAY + datetime.timedelta(days=number)
        rows = pa.Table.from_pylist(list(revenue_of(day, numbers)), schema=DAILY_REVENUE)
        # The first load is a week; then one commit a day.
        if number < 7:
            first = rows if number == 0 else pa.concat_tables([first, rows])
        if number == 6:
            write_deltalake(revenue, first, configuration={"delta.enableChangeDataFeed": "true"})
        elif number > 6:
            write_deltalake(revenue, rows, mode="append")
    # A late correction, as it happens.
    DeltaTable(revenue).update(
        updates={"refunds": "CAST(120.50 AS DECIMAL(12, 2))"},
        predicate="day = DATE '2026-06-03' AND region = 'APAC'",
    )
    write_deltalake(str(gold / "customers"), pa.Table.from_pylist(list(customers(numbers)), schema=CUSTOMERS))


make(pathlib.Path(__file__).resolve().parent)
