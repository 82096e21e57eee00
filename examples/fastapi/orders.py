"""What the app keeps. The tables live in a schema of their own: an app may create one, but nothing in `public`."""

from datetime import datetime

from sqlalchemy import func, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = "fastapi_example"


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = {"schema": SCHEMA}

    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


async def create_tables(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        # Workers that start together take turns.
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": SCHEMA})
        await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        await connection.run_sync(Base.metadata.create_all)
