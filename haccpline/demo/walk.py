"""A case walked to its end through the public API, as any program of a plant could do it."""

from __future__ import annotations

import time
from typing import Any

import httpx

from haccpline.demo.answers import answers
from haccpline.demo.people import Worker
from readings.errors import HaccplineError

_TRY_AGAIN = 0.2  # seconds
_PATIENCE = 30.0  # seconds for a step to be recorded


class Office:
    """The people of the demo plant at the API.

    Args:
        address: of the API, such as `http://127.0.0.1:8600`.
        workers: by id.
    """

    def __init__(self, address: str, workers: dict[str, Worker]) -> None:
        self._api = httpx.Client(base_url=f"{address}/api/v1", timeout=10)
        self._workers = workers

    def get(self, path: str, **asked: str | int) -> Any:
        """What the API answers.

        Raises:
            HaccplineError: a problem; its words.
        """
        answer = self._api.get(path, params=asked)
        if answer.status_code not in (200, 503):  # 503: health that is not well
            raise HaccplineError(f"{path}: {answer.text}")
        return answer.json()

    def count(self, kind: str, *, after: int) -> int:
        """How many ledger records of a kind there are behind a number."""
        found = 0
        while page := self.get("/records", kind=kind, after=after)["records"]:
            found, after = found + len(page), page[-1]["seq"]
        return found

    def close(self, case: str) -> None:
        """Take every step of a case, waiting until each is recorded.

        Args:
            case: its id.

        Raises:
            HaccplineError: a step is refused, or not recorded in time.
        """
        about = self.get(f"/cases/{case}")
        for step in answers(about["lots_seen"], line=about["line"], kinds=about["kinds"]):
            who = self._workers[step.who]
            self._enter(case, step.action, {"who": who.id, "password": who.password, "entered": step.entered})

    def _enter(self, case: str, action: str, sent: dict[str, Any]) -> None:
        deadline = time.monotonic() + _PATIENCE
        before = len(self.get(f"/cases/{case}")["acts"])
        while True:
            answer = self._api.post(f"/cases/{case}/{action}", json=sent)
            if answer.status_code == httpx.codes.ACCEPTED:
                break
            # not yet, such as a condition that has not returned; or too often
            later = answer.status_code in (httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS)
            if not later or time.monotonic() > deadline:
                raise HaccplineError(f"{action} of case {case}: {answer.text}")
            time.sleep(_TRY_AGAIN)
        while len(self.get(f"/cases/{case}")["acts"]) == before:
            if time.monotonic() > deadline:
                raise HaccplineError(f"{action} of case {case} was not recorded within {_PATIENCE:.0f} s")
            time.sleep(_TRY_AGAIN)
