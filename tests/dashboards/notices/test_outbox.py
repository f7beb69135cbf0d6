"""The outbox: what is written down before it is sent, and what a start makes of it."""

from __future__ import annotations

import msgspec
import pytest
from notice_plant import MESSAGE, START

from dashboards.notices.delivery import Item, read_outbox
from dashboards.notices.outbox import KEPT, Outbox
from ingest.errors import StoreError
from readings.times import DAY, MINUTE
from rules.notices import Turn


@pytest.fixture
def outbox(tmp_path):
    made = Outbox(tmp_path)
    yield made
    made.close()


def put(outbox: Outbox, name: str, now: int = START, *, channel: str = "pager", trouble: str = "") -> None:
    message = msgspec.structs.replace(MESSAGE, id=name, channel=channel)
    item = Item(Turn(name, 0), name, "cold-3", "keeper", channel, now)
    outbox.put([(message, f"cause {name}", trouble)], [(item, name)], b"", now)


def state(outbox: Outbox, folder) -> dict[str, tuple[str, str]]:
    return {each.message: (each.state, each.detail) for each in read_outbox(folder)}


def test_what_was_being_sent_waits_again_after_a_start(outbox, tmp_path):
    """Nobody knows whether it arrived: it goes again. What waits for a channel that is gone has failed."""
    put(outbox, "a")
    put(outbox, "b", channel="fax")
    outbox.sending("a")
    outbox.resume(["pager"], START)
    assert state(outbox, tmp_path) == {
        "a": ("waiting", ""),
        "b": ("failed", "the site file has no such channel any more"),
    }
    waiting = outbox.next("pager")
    assert waiting is not None
    assert (waiting.message.id, waiting.attempts) == ("a", 1)


def test_the_same_notice_is_written_down_once(outbox, tmp_path):
    """A plan that is made twice, as after a kill, leaves one row."""
    put(outbox, "a")
    outbox.sending("a")
    outbox.delivered("a", START)
    put(outbox, "a", START + MINUTE)
    [delivery] = read_outbox(tmp_path)
    assert (delivery.state, delivery.made) == ("delivered", START)


def test_what_is_done_and_in_the_ledger_is_let_go_after_a_while(outbox, tmp_path):
    """Not before, and never what the ledger has not: nothing is forgotten here that nobody else knows."""
    for name in ("old", "unrecorded", "new"):
        put(outbox, name, trouble="no such person")
    outbox.recorded([each.item.key for each in outbox.unrecorded() if each.message != "unrecorded"])
    outbox.resume(["pager"], START + KEPT - DAY)
    assert len(read_outbox(tmp_path)) == 3
    outbox.resume(["pager"], START + KEPT + DAY)
    assert list(state(outbox, tmp_path)) == ["unrecorded"]


def test_readers_beside_the_process(outbox, tmp_path):
    """Newest first, of one case where asked; nothing where nothing was ever sent; a damaged file is said."""
    put(outbox, "a")
    put(outbox, "b", START + MINUTE)
    assert [each.message for each in read_outbox(tmp_path)] == ["b", "a"]
    assert [each.message for each in read_outbox(tmp_path, case="a")] == ["a"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert read_outbox(empty) == []
    (empty / "notices.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"notices\.db"):
        read_outbox(empty)


def test_a_delivery_is_not_undone(outbox, tmp_path):
    """Given up and delivered at the same moment: delivered stays."""
    put(outbox, "a")
    outbox.sending("a")
    outbox.delivered("a", START)
    outbox.failed("a", "the case was over", START)
    assert state(outbox, tmp_path)["a"][0] == "delivered"
