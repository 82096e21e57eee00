"""The engine: five connections and ten on top, each logged in with the token of the moment."""

from databricks.sdk.service.database import DatabaseInstance
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from address import find_address
from credentials import Credentials
from settings import Settings


def open_engine(settings: Settings, instance: DatabaseInstance, user: str, credentials: Credentials) -> AsyncEngine:
    host = instance.read_write_dns
    engine = create_async_engine(
        URL.create("postgresql+psycopg", user, host=host, port=settings.port, database=settings.database),
        pool_size=5,
        max_overflow=10,
        pool_recycle=3600,
        # A connection that an instance's restart has ended is replaced before a request meets it.
        pool_pre_ping=True,
        connect_args={
            "sslmode": "verify-full",
            "sslrootcert": settings.ssl_root_cert,
            "application_name": settings.application_name or "orders",
            "connect_timeout": 15,
        },
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def log_in(dialect, _record, arguments, parameters):
        # The name stays in `host`: TLS verifies it in any case.
        address = settings.host_address or await_only(find_address(host, settings.dns_servers))
        if address:
            parameters["hostaddr"] = address
        parameters["password"] = credentials.token
        try:
            return dialect.connect(*arguments, **parameters)
        except dialect.dbapi.OperationalError as error:
            if "password authentication failed" not in str(error):
                raise
            # Revoked, or this machine's clock is wrong: one more login with a new token. No query is repeated.
            parameters["password"] = await_only(credentials.replace(parameters["password"]))
            return dialect.connect(*arguments, **parameters)

    return engine
