"""How the people of the demo plant answer a case, from its opening to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulators.faults import RETORT, STORE, WATER


@dataclass(frozen=True, slots=True)
class Answer:
    """One step of a case.

    Attributes:
        action: of `rules.cases.TRANSITIONS`.
        who: id of the person.
        entered: what they enter.
    """

    action: str
    who: str
    entered: dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class _Story:
    """What people find and do."""

    correction: str
    cause: str
    recurrence: str
    disposition: str


_LOSS = _Story(
    "人工复测并隔离产品 / measured by hand, product set aside",
    "记录仪电源插头被拔 / the logger was unplugged",
    "插座上锁 / the socket is locked",
    "release",
)
_BREACH = {
    WATER: _Story(
        "停机分流，产品隔离 / line diverted, product set aside",
        "臭氧发生器供气压力低 / feed gas pressure of the generator was low",
        "加装压力报警 / a pressure alarm is fitted",
        "treat again",
    ),
    RETORT: _Story(
        "整锅隔离 / the batch is set aside",
        "喷淋喷嘴堵塞 / a spray nozzle was blocked",
        "每班检查喷嘴 / nozzles are checked every shift",
        "process again",
    ),
    STORE: _Story(
        "关门，移货 / door closed, pallets moved",
        "库门未关严 / the door was left ajar",
        "加装门报警 / a door alarm is fitted",
        "release",
    ),
}


def answers(lots: Sequence[str], *, line: str, kinds: Sequence[str]) -> Iterator[Answer]:
    """Every step, in order; the condition must have returned before the last.

    Args:
        lots: that the case names; none when nothing was made.
        line: on which it is.
        kinds: of what is in the case; a loss of evidence is answered differently from a breach.
    """
    story = _BREACH[line] if "deviation" in kinds else _LOSS
    yield Answer("acknowledge", "operator", {"text": "收到，到现场 / seen, on my way"})
    yield Answer("contain", "operator", {"lots": list(lots) or ["none"], "correction": story.correction})
    yield Answer(
        "correct",
        "officer",
        {
            "cause": story.cause,
            "control": "读数恢复并稳定 / readings are back and steady",
            "recurrence": story.recurrence,
            "product": "受影响批次全部在库 / every affected lot is still in the house",
        },
    )
    for lot in lots:
        yield Answer(
            "dispose",
            "officer",
            {
                "lot": lot,
                "disposition": story.disposition,
                "evaluation": "留样检验合格 / retained samples pass",
            },
        )
    yield Answer("close", "director", {"verification": "核对记录与现场，属实 / records and site agree"})
