"""Quality and reasons: stored numbers that keep their meaning."""

from __future__ import annotations

import pytest

from readings.quality import REASON_NAMED, REASON_TEXT, Quality, Reason, modbus_exception


def test_a_reason_has_one_quality_and_one_text():
    """Every code maps to a text and back."""
    for reason in Reason:
        assert REASON_NAMED[REASON_TEXT[reason]] is reason
        assert isinstance(reason.quality, Quality)


@pytest.mark.parametrize(
    ("reason", "code", "quality"),
    [
        (Reason.NONE, 0, Quality.GOOD),
        (Reason.RETAINED, 20, Quality.UNCERTAIN),
        (Reason.LOOP_MARGIN, 22, Quality.UNCERTAIN),
        (Reason.NO_ANSWER, 60, Quality.BAD),
        (Reason.SENTINEL, 64, Quality.BAD),
        (Reason.LOOP_LOW, 65, Quality.BAD),
        (Reason.BYPASS, 69, Quality.BAD),
        (Reason.ILLEGAL_ADDRESS, 102, Quality.BAD),
    ],
)
def test_codes_do_not_change(reason, code, quality):
    """They are stored for years."""
    assert (int(reason), reason.quality) == (code, quality)


def test_modbus_exceptions_are_named():
    """Known codes by their name, unknown ones as such."""
    assert modbus_exception(2) is Reason.ILLEGAL_ADDRESS
    assert modbus_exception(11) is Reason.GATEWAY_TARGET
    assert modbus_exception(99) is Reason.EXCEPTION
