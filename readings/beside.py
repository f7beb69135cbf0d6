"""Work that only reads the archive, and that somebody waits for no longer than they like: here, or in a process beside."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Beside(Protocol):
    """Does what takes long, in order, one thing after the other."""

    def submit(self, act: Callable[..., T], *given: Any) -> Future[T]:
        """Do `act(archive, *given)` with an archive that may be read.

        Args:
            act: a function of a module.
            given: what can be pickled; so can what it returns and raises.
        """


class Here:
    """`Beside`, at once, in this very thread.

    Args:
        archive: over which things are done.
    """

    def __init__(self, archive: object) -> None:
        self._archive = archive

    def submit(self, act: Callable[..., T], *given: Any) -> Future[T]:
        """See `Beside`; it is done when this returns."""
        done: Future[T] = Future()
        try:
            done.set_result(act(self._archive, *given))
        except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
            done.set_exception(error)
        return done
