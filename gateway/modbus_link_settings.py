"""What a Modbus link needs besides its address: the serial line; and what goes together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import model_validator

from gateway.fields import RTU, Duration, ModbusEndpoint, SerialPort, Settings
from gateway.tls import Tls
from readings.times import MS, SECOND, format_duration

_RTU_BITS = 11  # the longest character of RTU: start, 8 data, parity and stop, or two stops
_FAST = 19_200  # above this the silence between frames is fixed (Modbus over Serial Line V1.02, 2.5.1.1)
_FAST_GAP = 1_750_000  # ns
_LONGEST_TURN = 100 * MS  # what Linux waits at most before and after sending (RS485_MAX_RTS_DELAY)


class Rs485(Settings):
    """A half-duplex line whose sender is switched on and off by the RTS line of the port, by Linux' own driver.

    Most USB adapters switch by themselves and want none of this.

    Attributes:
        rts: level of RTS while a question is sent; the other one while answers are heard.
        before: from switching the sender on to the first bit, whole ms.
        after: from the last bit to switching it off, whole ms; a device that answers sooner is not heard.
    """

    rts: Literal["high", "low"] = "high"
    before: Duration = 0
    after: Duration = 0

    @model_validator(mode="after")
    def _as_the_driver_counts(self) -> Rs485:
        for name, lasts in (("before", self.before), ("after", self.after)):
            if lasts % MS or not 0 <= lasts <= _LONGEST_TURN:
                raise ValueError(
                    f"{name}: {format_duration(lasts)} is more or finer than the driver can; write 0 to 100 whole ms"
                )
        return self


class SerialLine(Settings):
    """How characters go over a serial line; RTU always has 8 data bits.

    9600, no parity and one stop bit is what most devices come with; the standard's own default is 19200 and even
    parity (Modbus over Serial Line V1.02, 2.5.1).

    Attributes:
        baud: bits a second.
        parity: `none`, `even` or `odd`.
        stop: stop bits.
        rs485: how the sender is switched, where the port's RTS line does it; unset, it is left as it is.
    """

    baud: Literal[
        1200, 2400, 4800, 9600, 14400, 19200, 28800, 38400, 57600, 76800, 115200, 230400, 460800
    ] = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop: Literal[1, 2] = 1
    rs485: Rs485 | None = None

    @model_validator(mode="after")
    def _fits_rtu(self) -> SerialLine:
        if self.parity != "none" and self.stop == 2:
            raise ValueError(
                f"{self.parity} parity and 2 stop bits make 12 bits, and RTU has at most {_RTU_BITS}: "
                "write stop: 1, or parity: none"
            )
        return self

    def lasts(self, characters: int) -> int:
        """How long so many characters take, ns."""
        bits = 1 + 8 + (self.parity != "none") + self.stop
        return characters * bits * SECOND // self.baud

    @property
    def turning(self) -> int:
        """How long switching the sender holds up a question and its answer, ns."""
        return self.rs485.before + self.rs485.after if self.rs485 else 0

    @property
    def gap(self) -> int:
        """The silence by which a frame ends, ns: 3.5 characters, or 1.75 ms where the line is fast."""
        return _FAST_GAP if self.baud > _FAST else -(-_RTU_BITS * 7 * SECOND // (2 * self.baud))


def refuse_misfits(
    endpoint: ModbusEndpoint, units: Iterable[int], *, serial: SerialLine | None, tls: Tls | None
) -> None:
    """Refuse settings of a link that cannot go together.

    Raises:
        ValueError: a serial line's settings for what is none, certificates without TLS, a unit that no RTU device has.
    """
    if serial is not None and not isinstance(endpoint, SerialPort):
        raise ValueError(
            f"serial: belongs to modbus: serial:///dev/..., and {endpoint} is not on a serial line"
        )
    if tls is not None and endpoint.scheme != "tls":
        raise ValueError(f"tls: belongs to modbus: tls://HOST, and {endpoint} is not encrypted")
    if endpoint.scheme in RTU:
        for unit in units:
            if not 1 <= unit <= 247:
                raise ValueError(
                    f"unit {unit} is {'a broadcast, which no device answers' if unit == 0 else 'reserved'}: "
                    "on a line with RTU frames units are 1 to 247"
                )
