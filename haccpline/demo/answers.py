"""How the people of the demo plant answer a case, from its opening to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


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


def answers(lots: Sequence[str], *, kinds: Sequence[str]) -> Iterator[Answer]:
    """Every step, in order; the condition must have returned before the last.

    Args:
        lots: that the case names; none when nothing was made.
        kinds: of what is in the case; a loss of evidence is answered differently from a breach.
    """
    breach = "deviation" in kinds
    yield Answer("acknowledge", "operator", {"text": "收到，到现场 / seen, on my way"})
    yield Answer(
        "contain",
        "operator",
        {
            "lots": list(lots) or ["none"],
            "correction": "停机分流，产品隔离 / line diverted, product set aside"
            if breach
            else "人工复测并隔离产品 / measured by hand, product set aside",
        },
    )
    yield Answer(
        "correct",
        "officer",
        {
            "cause": "臭氧发生器供气压力低 / feed gas pressure of the generator was low"
            if breach
            else "记录仪电源插头被拔 / the logger was unplugged",
            "control": "读数恢复并稳定 / readings are back and steady",
            "recurrence": "加装压力报警，插座上锁 / pressure alarm added, socket locked",
            "product": "受影响批次全部在库 / every affected lot is still in the house",
        },
    )
    for lot in lots:
        yield Answer(
            "dispose",
            "officer",
            {
                "lot": lot,
                "disposition": "treat again" if breach else "release",
                "evaluation": "留样检验合格 / retained samples pass",
            },
        )
    yield Answer(
        "close",
        "director",
        {"verification": "核对记录与现场，属实 / records and site agree"},
    )
