"""`python -m benchmarks.steady_publisher`: so many messages a second at QoS 1, evenly; then says how it went.

Each device sends in turn, and stamps its messages with the moment in which they are due. A few of them leave the limit every
two seconds and come back two seconds later, so that there are verdicts to wait for.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
import threading
import time

from benchmarks.mqtt_receive import connect, framed, packed
from readings.times import format_time

COLD, WARM = "-19.3", "-10.0"
RESTLESS = 10  # devices that leave the limit
SWING = 2.0  # seconds
_TICK = 0.01  # seconds


def value(device: int, now: float) -> str:
    """What a device measures."""
    return WARM if device < RESTLESS and int(now / SWING + device / RESTLESS) % 2 else COLD


def message(topic: str, device: int, number: int, now: int, samples: int) -> bytes:
    """A PUBLISH packet with one value, or with so many, the last of them now."""
    said = value(device, now / 1e9)
    moment = format_time(now // 1_000_000 * 1_000_000)
    if samples == 1:
        payload = f'{{"ts":"{moment}","n":{number},"value":{said}}}'
    else:
        payload = f'{{"ts":"{moment}","n":{number},"value":[{",".join([said] * samples)}]}}'
    return framed(
        0x32, packed(topic.encode()) + struct.pack(">H", number % 60_000 + 1) + b"\x00" + payload.encode()
    )


def drain(link: socket.socket, expected: list[int], done: threading.Event) -> None:
    """Count acknowledgements, 4 bytes each when all is well, until there are as many as messages were sent."""
    bytes_in = 0
    while not (expected and bytes_in >= 4 * expected[0]):
        if select.select([link], [], [], 0.01)[0]:  # a time limit of the socket would be the sender's too
            bytes_in += len(link.recv(1 << 16))
    done.set()


def publish(
    host: str, port: int, topics: list[str], rate: float, seconds: float, samples: int
) -> dict[str, float]:
    """Publish so long; how many messages, how long until all were sent, and until all were acknowledged."""
    with socket.create_connection((host, port)) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(connect(b"steady"))
        link.recv(100)
        expected: list[int] = []
        done = threading.Event()
        threading.Thread(target=drain, args=(link, expected, done), daemon=True).start()
        began, since, sent, wanted = time.perf_counter(), time.time_ns(), 0, int(rate * seconds)
        link.settimeout(30)
        while sent < wanted:
            due = min(wanted, int((time.perf_counter() - began) * rate) + 1)
            parts = [
                message(
                    topics[number % len(topics)],
                    number % len(topics),
                    number,
                    since + int(number / rate * 1e9),
                    samples,
                )
                for number in range(sent, due)
            ]
            link.sendall(b"".join(parts))
            sent = due
            time.sleep(_TICK)
        over = time.perf_counter() - began
        expected.append(sent)
        if not done.wait(60):
            raise TimeoutError(f"not all of {sent} messages were acknowledged within a minute")
        return {"messages": sent, "seconds": over, "acknowledged": time.perf_counter() - began}


if __name__ == "__main__":
    host, port, rate, seconds, samples = sys.argv[1:6]
    print(
        json.dumps(
            publish(host, int(port), sys.stdin.read().split(), float(rate), float(seconds), int(samples))
        )
    )
