"""Orders over HTTP, kept in Lakebase. Run it with: uvicorn app:app"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from credentials import Credentials
from database import open_engine
from instance import NotAvailable, describe, explain, wait_until_available
from orders import Order, create_tables
from settings import read_settings

settings = read_settings()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # Short limits: the refresh loop has its own patience.
    config = Config(host=settings.workspace_host, http_timeout_seconds=10, retry_timeout_seconds=20)
    workspace = WorkspaceClient(config=config)
    instance = await wait_until_available(workspace, settings.instance)
    user = settings.user or (await asyncio.to_thread(workspace.current_user.me)).user_name
    credentials = Credentials(workspace, settings.instance)
    await credentials.refresh()
    engine = open_engine(settings, instance, user, credentials)
    refreshing = asyncio.create_task(credentials.keep_fresh())
    app.state.workspace = workspace
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    try:
        await create_tables(engine)
        yield
    finally:
        refreshing.cancel()
        with suppress(asyncio.CancelledError):
            await refreshing
        await engine.dispose()


app = FastAPI(title="Orders", lifespan=lifespan)


async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]


class NewOrder(BaseModel):
    item: str = Field(min_length=1)


class StoredOrder(NewOrder):
    model_config = ConfigDict(from_attributes=True)
    id: int


@app.get("/orders")
async def list_orders(session: Session) -> list[StoredOrder]:
    orders = await session.scalars(select(Order).order_by(Order.id))
    return [StoredOrder.model_validate(order) for order in orders]


@app.post("/orders", status_code=201)
async def add_order(new: NewOrder, session: Session) -> StoredOrder:
    order = Order(item=new.item)
    session.add(order)
    await session.commit()
    return StoredOrder.model_validate(order)


@app.exception_handler(OperationalError)
async def say_why(request: Request, error: OperationalError) -> JSONResponse:
    """No database, no answer: the instance's state usually says why."""
    try:
        reason = explain(await describe(request.app.state.workspace, settings.instance))
    except Exception:
        reason = "neither the database nor the workspace answers"
    return JSONResponse({"detail": reason}, status_code=503)
