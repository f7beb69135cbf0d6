"""A computed value is shortened, and never to the better side."""

from __future__ import annotations

import pytest

from dashboards.judged_number import judged_number


@pytest.mark.parametrize(
    ("value", "held", "said"),
    [
        ("1.7395845227864584", ["at_least"], "1.739"),
        ("1.7395845227864584", ["below"], "1.740"),
        ("44.9999", ["at_least"], "44.999"),
        ("90.00001", ["at_most"], "90.001"),
        ("690.0", ["at_most"], "690"),
        ("33.2", ["at_least"], "33.2"),
    ],
)
def test_three_places_to_the_worse_side(value, held, said):
    """What misses its bound by little still misses it in print; what is short stays as it is."""
    assert judged_number(value, held) == said
