"""The section `enterprise` of the site file: who answers for what is made here."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from dashboards.reports.check_digits import credit_code_fault, licence_fault
from rules.quantities import Names
from rules.strict_model import Strict

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def _credit_code(code: str) -> str:
    if (fault := credit_code_fault(code)) is not None:
        raise ValueError(fault)
    return code


def _licence(number: str) -> str:
    if (fault := licence_fault(number)) is not None:
        raise ValueError(fault)
    return number


class Enterprise(Strict):
    """Who the firm is, as its licences and reports name it.

    Attributes:
        name: in full, as on the licence.
        credit_code: 统一社会信用代码, 18 characters, held against its check digit.
        licence: 食品生产许可证编号, SC and 14 digits, held against its check digit; a workshop's 登记证号 as it is.
        address: where it is made.
        contact: whom to ask.
        phone: of the contact.
        director: 食品安全总监, the food safety director; where there is none, the food safety officer.
    """

    name: Names
    credit_code: Annotated[Line, AfterValidator(_credit_code)] | None = None
    licence: Annotated[Line, AfterValidator(_licence)] | None = None
    address: Names | None = None
    contact: Line | None = None
    phone: Line | None = None
    director: Line | None = None
