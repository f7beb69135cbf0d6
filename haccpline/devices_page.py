"""The list of devices, written from the profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gateway.profiles.profile import Kind, Profile, Value
from gateway.registers import Part, Register, Status, written_bits
from readings.units import decimal_text

MARK = "<!-- From here on written by `haccpline profile reference`; change the profiles, not this text. -->\n"
_KINDS: Mapping[Kind, str] = {
    Kind.REFRIGERATION: "Refrigeration 制冷",
    Kind.TEMPERATURE: "Temperature 温度",
    Kind.STERILISATION: "Sterilisation 杀菌",
    Kind.OZONE: "Ozone 臭氧",
    Kind.UV: "Ultraviolet 紫外",
    Kind.WATER: "Water 水质",
    Kind.AIR: "Air 空气",
    Kind.ENERGY: "Energy 电能",
}


def reference(profiles: Iterable[Profile]) -> str:
    """The list of devices as Markdown: what stands in `docs/devices.md` behind the mark."""
    known = sorted(profiles, key=lambda profile: (list(Kind).index(profile.kind), profile.profile))
    lines = [
        MARK,
        "## The devices\n",
        "| profile | device | 设备 | maker, model | for |",
        "|---|---|---|---|---|",
    ]
    for each in known:
        cells = (each.name.en, each.name.zh, _label(each), _KINDS[each.kind])
        lines.append(f"| [{each.profile}](#{each.profile}) | " + " | ".join(map(_cell, cells)) + " |")
    for profile in known:
        lines += ["", *described(profile)]
    return "\n".join(lines) + "\n"


def described(profile: Profile) -> Iterator[str]:
    """One device: what it is, what its line stands at, what it says in which registers, and how that is known."""
    yield f"### {profile.profile}\n"
    yield f"{profile.name.en}, {profile.name.zh}: {_label(profile)}. Version `{profile.version}`.\n"
    facts = _facts(profile)
    if facts:
        yield f"{facts[0].upper()}{facts[1:]}.\n"
    if profile.note:
        yield f"{profile.note.strip()}\n"
    yield "| value | name | 名称 | at | type | unit | made of | range, step | no value | status |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, value in profile.values.items():
        cells = (
            name,
            value.name.en + (f". {value.note}" if value.note else ""),
            value.name.zh,
            _at(value),
            _type(value),
            value.unit,
            _made(value),
            _range(value),
            _sentinels(value.sentinels),
            "; ".join(map(_status, value.status)),
        )
        yield "| " + " | ".join(map(_cell, cells)) + " |"
    yield ""
    for fact in profile.source:
        title = f"[{fact.document}]({fact.url})" if fact.url else fact.document
        yield f"- Known from {title}" + (f", {fact.edition}" if fact.edition else "")


def _label(profile: Profile) -> str:
    return f"{profile.maker}, {profile.model}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _facts(profile: Profile) -> str:
    line = profile.line
    said = [
        f"order {profile.order}" if profile.order.value != "ABCD" else "",
        f"unit {line.unit}" if line.unit is not None else "",
        f"{line.baud} baud" if line.baud else "",
        {"none": "no parity", "even": "even parity", "odd": "odd parity", None: ""}[line.parity],
        f"{line.stop} stop bit{'s' if line.stop == 2 else ''}" if line.stop else "",
        f"at most {line.block} registers at once" if line.block else "",
    ]
    if profile.identity is not None:
        numbers = " or ".join(map(str, profile.identity.equals))
        said.append(f"known by {profile.identity.at}, which reads {numbers}")
    return ", ".join(filter(None, said))


def _at(value: Value) -> str:
    made = value.made_of
    return str(value.at) if made is None else ", ".join(_register(part) for part in made[1])


def _register(part: Register) -> str:
    bits = f" bits {written_bits(part.bits)}" if part.bits else ""
    times = f" times {_number(part.times)}" if isinstance(part, Part) and part.times != 1 else ""
    return f"{part.at} {part.type}{bits}{times}"


def _type(value: Value) -> str:
    made = value.made_of
    if made is not None:
        return made[0]
    bits = f", bits {written_bits(value.bits)}" if value.bits else ""
    length = f" of {value.length} registers" if value.length else ""
    order = f", {value.order}" if value.order else ""
    return f"{value.type}{length}{bits}{order}"


def _made(value: Value) -> str:
    said = [
        f"× {_number(value.scale)}" if value.scale != 1 else "",
        f"+ {_number(value.offset)}" if value.offset else "",
        f"× 10^({_register(value.exponent)})" if value.exponent else "",
        "; ".join(f"{code} {text}" for code, text in (value.codes or {}).items()),
    ]
    return " ".join(filter(None, said))


def _range(value: Value) -> str:
    said = [
        f"{_number(value.range[0])} to {_number(value.range[1])}" if value.range else "",
        f"step {_number(value.resolution)}" if value.resolution else "",
        value.accuracy or "",
    ]
    return ", ".join(filter(None, said))


def _sentinels(numbers: Sequence[Any]) -> str:
    return ", ".join(str(each) for each in numbers)


def _status(status: Status) -> str:
    bits = f" bits {written_bits(status.bits)}" if status.bits else ""
    numbers = " or ".join(str(each) for each in status.unless or status.when)
    word = "unless" if status.unless else "when"
    return f"{status.means} {word} {status.at}{bits} is {numbers}"


def _number(value: Fraction) -> str:
    return decimal_text(value)
