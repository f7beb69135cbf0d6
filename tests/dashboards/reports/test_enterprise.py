"""Who the firm is: numbers with check digits are held against them."""

from __future__ import annotations

import pytest

from dashboards.reports.check_digits import credit_code_fault, licence_fault
from dashboards.reports.enterprise import Enterprise
from rules.faults import PlanError
from rules.strict_model import read_model


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",  # the worked example that circulates with GB 32100-2015
        "91110000600037341L",  # python-stdnum, stdnum.cn.uscc
    ],
)
def test_a_published_credit_code_holds(code: str) -> None:
    """Codes that were published as valid are taken."""
    assert credit_code_fault(code) is None


def test_the_worked_example_of_a_wrong_credit_code() -> None:
    """The example's misprint, Z for 3, is refused as the example refuses it, and the character is named."""
    fault = credit_code_fault("91350100M000100Y4Z")
    assert fault is not None
    assert "character 18" in fault
    fault = credit_code_fault("91350100M000100Y42")
    assert fault is not None
    assert "character 18" in fault
    assert "asks for 3" in fault


def test_any_single_wrong_character_is_found() -> None:
    """One character mistyped, wherever it stands, never passes."""
    code = "91350100M000100Y43"
    for place in range(18):
        for sign in "0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZ":
            if sign != code[place]:
                assert credit_code_fault(code[:place] + sign + code[place + 1 :])


@pytest.mark.parametrize(
    "number",
    [
        "SC10533019906839",  # numbers printed on packages of food, found in public data
        "SC10633019702613",
        "SC11334160230808",
        "SC10432062101169",
    ],
)
def test_a_printed_licence_number_holds(number: str) -> None:
    """Licence numbers that stand on packages are taken."""
    assert licence_fault(number) is None


def test_a_mistyped_licence_number_is_refused() -> None:
    """One digit mistyped never passes; a number that is too short says what is wanted."""
    number = "SC10533019906839"
    for place in range(2, 16):
        for digit in "0123456789":
            if digit != number[place]:
                assert licence_fault(number[:place] + digit + number[place + 1 :])
    assert "14 digits" in str(licence_fault("SC1053301990683"))
    assert "14 digits" in str(licence_fault("sc10533019906839"))


def test_a_workshop_has_a_registration_number() -> None:
    """What does not begin with SC is a workshop's registration, taken as it is."""
    assert licence_fault("浙食坊330127000123") is None


def test_the_section_names_the_place_of_a_fault() -> None:
    """A wrong code in a site file is told with file, line and character."""
    text = "name: {zh: 山泉, en: Spring}\ncredit_code: 91350100M000100Y44\n"
    with pytest.raises(PlanError) as told:
        read_model(Enterprise, text, "site.yaml")
    assert "site.yaml:2" in str(told.value)
    assert "character 18" in str(told.value)


def test_all_but_the_name_may_be_left_out() -> None:
    """A firm with a name is enough; an unknown key is refused."""
    enterprise, _ = read_model(Enterprise, "name: 山泉\n", "site.yaml")
    assert enterprise.credit_code is None
    with pytest.raises(PlanError, match="did you mean licence"):
        read_model(Enterprise, "name: 山泉\nlicense: SC10533019906839\n", "site.yaml")
