"""Who works in the demo plant. Nobody has a default password: each run makes new ones and prints them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from haccpline.store import Store
from readings.inputs import Act

_LETTERS = "abcdefghkmnprstuwxyz"  # none that is taken for another


@dataclass(frozen=True, slots=True)
class Worker:
    """A person of the demo plant.

    Attributes:
        id, name, roles: as in `ledger.people`.
        password: of this run.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    password: str


def workers() -> dict[str, Worker]:
    """Who there is, by id, with passwords made anew."""
    return {
        who: Worker(who, name, roles, new_password())
        for who, name, roles in (
            ("operator", "王芳 Wang Fang", ("operator",)),
            ("officer", "李强 Li Qiang", ("qa",)),
            ("director", "赵敏 Zhao Min", ("qa",)),
            ("regulator", "陈静 Chen Jing", ("regulator",)),
        )
    }


def new_password() -> str:
    """Three groups of four letters, easy to type on a phone: 51 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def enter(people: dict[str, Worker], store: Store, *, now: int) -> list[Act]:
    """Enter them among those who may sign; what the ledger is to know of it."""
    register = store.people()
    try:
        entered = [
            register.add(id=each.id, name=each.name, roles=each.roles, password=each.password, now=now)
            for each in people.values()
        ]
    finally:
        register.close()
    return [
        Act(
            time=now,
            kind="person.added",
            body={"id": each.id, "name": each.name, "roles": list(each.roles)},
            id=f"person-{each.id}",
        )
        for each in entered
    ]
