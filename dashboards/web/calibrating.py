"""A person enters a calibration, over the API or from a page: known, allowed, signed, entered once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from fastapi import Request

from dashboards.web.access import asker
from dashboards.web.acting import person_of
from dashboards.web.errors import KeyUsed, NotAllowed, NotFound
from dashboards.web.session import password_checked
from dashboards.web.state import snapshot_of, web_of
from ledger.answers import Answer
from ledger.calibration import ROLES, enter_calibration
from readings.inputs import Act


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was entered of a calibration.

    Attributes:
        sensor, point: of which instrument.
        found: what it showed less the reference.
        left: likewise when it went back into use; empty where it was left as found.
        performed: ns UTC; None: just now.
        reference, certificate, remark: texts.
    """

    sensor: str
    point: str
    found: str
    left: str
    performed: int | None
    reference: str
    certificate: str
    remark: str


def enter_calibrated(  # noqa: PLR0913 - who says what, and how it is known to be them
    request: Request,
    *,
    line: str,
    said: Calibrated,
    who: str = "",
    password: str = "",
    role: str | None = None,
    csrf: str | None = None,
    once: str | None = None,
) -> str:
    """Enter a calibration; the id of the act, which the record process takes into the ledger.

    The person is who is signed in, or `who` with their password, which signs it and is asked for in any case.

    Args:
        request: that asks for it.
        line: its id.
        said: what was entered.
        who: id of the person; empty for who is signed in.
        password: theirs.
        role: in which of their roles; the first that may do it if not said.
        csrf: the form's token, where a session says who it is; None to take the header.
        once: an idempotency key: sent again with the same, the same answer is given and nothing is done.

    Raises:
        SignInNeeded: nobody is signed in, and no `who` is given.
        SignInRefused: the password is wrong, or too many tries.
        CrossSite: the form's token is missing or wrong.
        NotAllowed: an API key, or somebody whose roles do not calibrate.
        NotFound: there is no such line.
        KeyUsed: `once` came with another request before.
        EnteringError: it cannot be entered.
        OSError: it is not durable; nothing was entered.
    """
    web = web_of(request)
    if asker(request).key is not None:
        raise NotAllowed("an API key neither acts nor signs: a person does")
    person = person_of(request, who, password, csrf)
    found = snapshot_of(web).line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    if not set(ROLES) & set(person.roles):
        raise NotAllowed(
            f"a calibration is for {', '.join(ROLES)}; {person.name} is {', '.join(person.roles)}"
        )
    name = f"{person.id}\n{line}\ncalibration\n{once}" if once else ""
    digest = hashlib.sha256(json.dumps([role, asdict(said)], sort_keys=True).encode()).digest()
    known = web.stores.answers.find(name, now=web.now()) if name else None
    if known is not None:
        if known.request != digest:
            raise KeyUsed("this idempotency key came with other words before; use a new one")
        return known.body.decode()
    now = web.now()

    def enter() -> Act:
        return enter_calibration(
            web.stores.people,
            plan=found.plan,
            sensor=said.sensor,
            point=said.point,
            found=said.found,
            left=said.left,
            performed=said.performed if said.performed is not None else now,
            entered={"reference": said.reference, "certificate": said.certificate, "remark": said.remark},
            who=person.id,
            password=password,
            now=now,
            role=role,
            id_=hashlib.sha256(name.encode()).hexdigest()[:16] if name else "",
            person=person,
        )

    act = password_checked(request, enter)
    web.stores.inbox.put(act)
    id_ = str(act.body["calibration"])
    if name:
        web.stores.answers.keep(name, Answer(digest, 202, id_.encode()), now=web.now())
    return id_
