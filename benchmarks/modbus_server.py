"""A Modbus TCP server that does next to nothing: it costs so little that what is measured is the other end.

`python -m benchmarks.modbus_server`: prints its port; every unit has 65536 registers, each of which holds a number that
follows from its address. Ends when standard input is closed.
"""

from __future__ import annotations

import functools
import selectors
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
_QUESTION = 12  # bytes


def held(address: int) -> int:
    """What a register holds: 0 to 999."""
    return address * 7 % 1000


@functools.cache
def answer(unit: int, function: int, first: int, count: int) -> bytes:
    """All of the answer behind transaction and protocol."""
    body = struct.pack(f">BBB{count}H", unit, function, 2 * count, *map(held, range(first, first + count)))
    return struct.pack(">H", len(body)) + body


def serve() -> None:
    """Until standard input is closed."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is listener:
                    link, _ = listener.accept()
                    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(link, selectors.EVENT_READ)
                elif isinstance(key.fileobj, socket.socket) and not _answer(key.fileobj):
                    selector.unregister(key.fileobj)
                    key.fileobj.close()


def _answer(link: socket.socket) -> bool:
    data = link.recv(_QUESTION)  # both clients ask one question at a time
    if len(data) == _QUESTION:
        link.sendall(data[:4] + answer(*struct.unpack_from(">BBHH", data, 6)))
    return bool(data)


@contextmanager
def serving() -> Iterator[int]:
    """The port of a server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.modbus_server"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.communicate()


if __name__ == "__main__":
    serve()
