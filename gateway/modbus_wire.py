"""Where the bytes of a Modbus link go: a TCP or TLS connection, or a serial line. It knows no frames."""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
from typing import Protocol

import serial
from serial.rs485 import RS485Settings

from gateway.fields import ModbusEndpoint, SerialPort
from gateway.modbus_link_settings import Rs485, SerialLine
from gateway.tls import Tls
from readings.times import SECOND

_AT_ONCE = 4096  # bytes read at a time
_PARITY = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}


class Listener(Protocol):
    """Who hears what comes."""

    def hear(self, data: bytes) -> None:
        """Bytes came."""

    def lose(self) -> None:
        """The other end is gone."""


class Wire(Protocol):
    """An open one; once closed, it is heard no more."""

    def write(self, data: bytes) -> None:
        """Send bytes; what cannot be sent is a loss, of which the listener is told."""

    def close(self) -> None:
        """Close at once."""


async def open_wire(
    endpoint: ModbusEndpoint, listener: Listener, *, line: SerialLine, tls: Tls | None
) -> Wire:
    """Open one.

    Args:
        endpoint: where to.
        listener: is told what comes, from now on.
        line: of a serial port.
        tls: of a TLS connection; its files are read each time, so that a renewed certificate is taken.

    Raises:
        OSError: it is not there, or refuses.
    """
    if isinstance(endpoint, SerialPort):
        return _Port(endpoint, listener, line)
    tls = (tls or Tls()) if endpoint.scheme == "tls" else None
    _, stream = await asyncio.get_running_loop().create_connection(
        lambda: _Stream(listener),
        endpoint.host,
        endpoint.port,
        ssl=tls.context() if tls else None,
        server_hostname=(tls.server_name or endpoint.host) if tls else None,
    )
    return stream


class _Stream(asyncio.Protocol):
    def __init__(self, listener: Listener) -> None:
        self._listener: Listener | None = listener
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._listener is not None:
            self._listener.hear(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a loss is a loss
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.lose()

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def close(self) -> None:
        self._listener = None
        if self._transport is not None:
            self._transport.abort()


class _Port:
    """A serial port; whoever else wants it is kept out."""

    def __init__(self, endpoint: SerialPort, listener: Listener, line: SerialLine) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._open = True
        try:
            self._port = serial.Serial(
                endpoint.path,
                baudrate=line.baud,
                parity=_PARITY[line.parity],
                stopbits=line.stop,
                timeout=0,
                exclusive=True,
            )
        except (ValueError, termios.error) as error:
            raise OSError(
                f"{endpoint.path} takes no {line.baud} baud, {line.parity} parity: {error}"
            ) from error
        if line.rs485 is not None:
            self._switch_by_rts(line.rs485, endpoint)
        self._file: int = self._port.fileno()
        self._loop.add_reader(self._file, self._read)

    def _switch_by_rts(self, rs485: Rs485, endpoint: SerialPort) -> None:
        high = rs485.rts == "high"
        try:
            self._port.rs485_mode = RS485Settings(
                rts_level_for_tx=high,
                rts_level_for_rx=not high,
                delay_before_tx=rs485.before / SECOND,
                delay_before_rx=rs485.after / SECOND,
            )
        except ValueError as error:
            self._port.close()
            raise OSError(
                f"{endpoint.path} does not switch its sender by RTS ({error}); leave out rs485: where the adapter "
                "does it by itself"
            ) from error

    def _read(self) -> None:
        try:
            data = os.read(self._file, _AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._listener.hear(data)
        else:  # unplugged
            self._lost()

    def _lost(self) -> None:
        self.close()
        self._listener.lose()

    def write(self, data: bytes) -> None:
        try:
            sent = os.write(self._file, data)
        except OSError:
            sent = 0
        if sent != len(data):
            self._loop.call_soon(self._lost)

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._file)
        with contextlib.suppress(termios.error):
            termios.tcflush(self._file, termios.TCIOFLUSH)  # else closing waits until all was sent
        self._port.close()
