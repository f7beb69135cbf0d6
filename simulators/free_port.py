"""A port for a server that comes up in a moment."""

from __future__ import annotations

import errno
import itertools
import os
import socket

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 10_000, 32_767  # below those that Linux gives to outgoing connections
_next = itertools.count(os.getpid() * 211)  # processes beside each other begin far from each other


def free_port(host: str = LOOPBACK) -> int:
    """A TCP port that nobody uses now.

    An outgoing connection does not take it either before the server comes up, or while it is stopped for a moment.

    Args:
        host: address of this machine that the server will listen at.

    Raises:
        OSError: this machine has no such address, or no port is free.
    """
    for _ in range(HIGHEST - LOWEST + 1):
        port = LOWEST + next(_next) % (HIGHEST - LOWEST + 1)
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return port
    raise OSError(errno.EADDRINUSE, f"no port of {host} from {LOWEST} to {HIGHEST} is free")
