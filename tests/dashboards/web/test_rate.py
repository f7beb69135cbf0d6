"""Token buckets: a burst, then as fast as they fill, each address on its own."""

from __future__ import annotations

import pytest

from dashboards.web import rate
from dashboards.web.rate import RATES, Buckets, Rate, network_of

SLOW = {"read": Rate(3, 0.5), "act": Rate(1, 1)}


def test_a_burst_and_then_as_fast_as_it_fills():
    """Three at once; the fourth is told how long to wait, and that is how long it takes."""
    buckets = Buckets(SLOW)
    assert [buckets.take("read", "10.0.0.1", now=0) for _ in range(3)] == [0, 0, 0]
    assert buckets.take("read", "10.0.0.1", now=0) == pytest.approx(2)
    assert buckets.take("read", "10.0.0.1", now=1.9) > 0
    assert buckets.take("read", "10.0.0.1", now=2.1) == 0


def test_refusals_cost_nothing():
    """Who goes on asking does not wait the longer for it."""
    buckets = Buckets(SLOW)
    for _ in range(100):
        buckets.take("act", "10.0.0.1", now=0)
    assert buckets.take("act", "10.0.0.1", now=1) == 0


def test_addresses_and_classes_are_apart():
    """One address, or one class, does not use up another's."""
    buckets = Buckets(SLOW)
    assert buckets.take("act", "10.0.0.1", now=0) == 0
    assert buckets.take("act", "10.0.0.1", now=0) > 0
    assert buckets.take("act", "10.0.0.2", now=0) == 0
    assert buckets.take("read", "10.0.0.1", now=0) == 0


def test_a_token_given_back_counts():
    """Right passwords use nothing up, and never make a bucket fuller than full."""
    buckets = Buckets(SLOW)
    for _ in range(5):
        assert buckets.take("act", "a", now=0) == 0
        buckets.give_back("act", "a", now=0)
    buckets.give_back("act", "a", now=0)
    assert buckets.take("act", "a", now=0) == 0
    assert buckets.take("act", "a", now=0) > 0


def test_an_ipv6_network_is_one():
    """Who has an IPv6 address has 2^64 of them."""
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1")
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1")
    assert network_of("testclient") == "testclient"


def test_memory_is_bounded(monkeypatch):
    """Many addresses do not fill the memory; the one seen longest ago is forgotten."""
    monkeypatch.setattr(rate, "_HELD", 10)
    buckets = Buckets(SLOW)
    for number in range(100):
        buckets.take("act", f"10.0.0.{number}", now=0)
    assert len(buckets._held) == 10
    assert buckets.take("act", "10.0.0.99", now=0) > 0


def test_guessing_is_slow():
    """An address tries some hundred passwords in ten minutes at most; a board with its charts loads at once."""
    assert RATES["sign-in"].burst + RATES["sign-in"].per_second * 600 < 300
    assert RATES["read"].burst >= 200
