"""A profile held against what a device says: which of its values are there, and can they be so."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.channel import Meant
from gateway.decoder import Decoder
from gateway.meaning import Meaning, Measured, meaning
from gateway.profiles.profile import Profile, Value
from gateway.requests import Span, coalesce
from gateway.scan import Scan
from readings.quality import Quality, Reason
from readings.units import unit_named

_ABSENT = frozenset({*(reason for reason in Reason if reason >= Reason.ILLEGAL_FUNCTION), Reason.NO_ANSWER})


@dataclass(frozen=True, slots=True)
class Tried:
    """A value of a profile, as the device gives it.

    Attributes:
        name: in the profile.
        value: what the profile says of it.
        given: value, raw number and reason; of a text the text, or why there is none.
    """

    name: str
    value: Value
    given: Measured | str | Reason

    @property
    def reason(self) -> Reason:
        """Why it is not simply good."""
        if isinstance(self.given, tuple):
            return self.given[2]
        return self.given if isinstance(self.given, Reason) else Reason.NONE

    @property
    def there(self) -> bool:
        """Whether the device has its registers."""
        return self.reason not in _ABSENT

    @property
    def within(self) -> bool | None:
        """Whether it lies in the range that the profile states; None where there is no range, or no value."""
        if not isinstance(self.given, tuple) or self.value.range is None:
            return None
        value, _, reason = self.given
        if reason.quality is Quality.BAD:
            return None
        return bool(self.value.range[0] <= value <= self.value.range[1])


@dataclass(frozen=True, slots=True)
class Trial:
    """A profile tried on a device.

    Attributes:
        profile: which.
        known: whether the device is known by the register that the profile names; None where it names none.
        values: in the order of the profile.
    """

    profile: Profile
    known: bool | None
    values: tuple[Tried, ...]

    @property
    def there(self) -> int:
        """How many of its values the device has."""
        return sum(each.there for each in self.values)

    @property
    def outside(self) -> int:
        """How many values lie outside of the range stated, or are bad."""
        return sum(
            each.within is False or (each.there and each.reason.quality is Quality.BAD)
            for each in self.values
        )

    @property
    def verdict(self) -> str:
        """`fits`, `may fit`, `partly`, or `no`, in words."""
        if self.known is False or not self.there:
            return "no"
        if self.there < len(self.values):
            return "partly"
        return "fits" if self.known and not self.outside else "may fit" if not self.outside else "doubtful"


def spans_of(profile: Profile) -> tuple[Span, ...]:
    """What must be read to try a profile."""
    meanings = [_meaning(profile, each) for each in (*profile.values.values(), *_identity(profile))]
    return coalesce((span for each in meanings for span in each.spans), block=profile.line.block)


def tried(profile: Profile, scan: Scan) -> Trial:
    """What a scan of all the profile's registers says of it."""
    values = tuple(Tried(name, value, _given(profile, value, scan)) for name, value in profile.values.items())
    known = [_given(profile, each, scan) for each in _identity(profile)]
    equals = profile.identity.equals if profile.identity else ()
    return Trial(
        profile,
        all(isinstance(each, tuple) and each[0] in equals for each in known) if known else None,
        values,
    )


def _identity(profile: Profile) -> tuple[Meant, ...]:
    if profile.identity is None:
        return ()
    said = profile.identity
    return (Meant(at=said.at, type=said.type, order=said.order, bits=said.bits, unit="code"),)


def _meaning(profile: Profile, value: Meant) -> Meaning:
    return meaning(value, order=profile.order, target=unit_named(value.unit))


def _given(profile: Profile, value: Meant, scan: Scan) -> Measured | str | Reason:
    means = _meaning(profile, value)
    return Decoder([means], means.spans).read([scan.answer(span) for span in means.spans])[0]
