"""A record process of journal, clerk and notifier alone, to be killed: FOLDER SETTINGS (as JSON)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from dashboards.notices.notifier import Notifier
from dashboards.notices.settings import NoticeSettings
from ingest.archive import ParquetArchive
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from ledger.clerk import Clerk
from ledger.store import Ledger


@contextlib.asynccontextmanager
async def recording(folder: Path, settings: dict[str, Any]) -> AsyncIterator[Notifier]:
    """The notifier, running beside an intake and a clerk; ended with them."""
    journal = SqliteJournal(folder / "journal.db")
    journal.own()
    ledger = Ledger(folder / "ledger.db")
    ended = threading.Event()

    def clerk() -> None:
        hand = Clerk("S", ledger, journal, ParquetArchive(folder / "segments", journal))
        hand.resume()
        while not ended.wait(0.02):
            hand.work(time.monotonic_ns())

    try:
        async with JournalIntake(journal, tick_every=0) as intake:
            notifier = Notifier(folder, NoticeSettings.model_validate(settings), intake=intake)
            hearing = asyncio.create_task(asyncio.to_thread(clerk))
            sending = asyncio.create_task(notifier.run())
            try:
                yield notifier
            finally:
                sending.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await sending
                ended.set()
                await hearing
    finally:
        ledger.close()
        journal.close()


async def main(folder: Path, settings: dict[str, Any]) -> None:
    async with recording(folder, settings):
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
