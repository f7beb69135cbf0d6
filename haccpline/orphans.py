"""A process that was started by the supervisor does not outlive it."""

from __future__ import annotations

import os
import signal
import threading
import time

SUPERVISED = "HACCPLINE_SUPERVISED"  # the supervisor's process id, for its children


def end_with_parent() -> None:
    """If the supervisor started this process: stop, as if told to, once it is gone, however it went."""
    parent = int(os.environ.get(SUPERVISED, "0"))
    if not parent:
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
