"""The token that is the database's password: at hand for every login, replaced before it ends."""

import asyncio
import logging
import random
import uuid
from datetime import UTC, datetime

from databricks.sdk import WorkspaceClient

REFRESH_AT = 5 / 6  # of a token's life: after 50 minutes of the hour
LONGEST_WAIT = 50 * 60.0
FIRST_RETRY, LAST_RETRY = 1.0, 60.0

log = logging.getLogger("uvicorn.error")


class Credentials:
    """One token for all connections. Expiry is checked at login only, so open connections outlive it."""

    def __init__(self, workspace: WorkspaceClient, instance: str):
        self._workspace = workspace
        self._instance = instance
        self._lock = asyncio.Lock()
        self._life = 0.0
        self.token = ""

    async def refresh(self) -> None:
        """Asks for a new token; when that fails, the present one stays."""
        credential = await asyncio.to_thread(
            self._workspace.database.generate_database_credential,
            request_id=str(uuid.uuid4()),
            instance_names=[self._instance],
        )
        ends = datetime.fromisoformat(credential.expiration_time)
        self._life = (ends - datetime.now(UTC)).total_seconds()
        self.token = credential.token

    async def replace(self, refused: str) -> str:
        """The token to use after a refusal. Many connections may come with the same one: the first asks."""
        async with self._lock:
            if self.token == refused:
                await self.refresh()
        return self.token

    async def keep_fresh(self) -> None:
        """Runs until it is cancelled."""
        wait, retry = self._until_refresh(), FIRST_RETRY
        while True:
            await asyncio.sleep(wait)
            try:
                async with self._lock:
                    await self.refresh()
                wait, retry = self._until_refresh(), FIRST_RETRY
                log.info("new database token; the next one in %.0f s", wait)
            except Exception as error:
                wait, retry = retry * random.uniform(0.9, 1.1), min(retry * 2, LAST_RETRY)
                log.warning("no new database token, keeping the present one; again in %.0f s: %s", wait, error)

    def _until_refresh(self) -> float:
        # At most 50 minutes, whatever the difference between this machine's clock and the workspace's.
        return max(1.0, min(self._life * REFRESH_AT, LONGEST_WAIT))
