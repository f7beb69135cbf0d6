"""The webhook, against a real HTTP server: signed, bounded in time, believed only when it says so."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest
from notice_plant import MESSAGE, say

from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.settings import Webhook
from dashboards.notices.webhook import WebhookPost


def post(receiver, **more) -> WebhookPost:
    return WebhookPost("pager", Webhook.model_validate({"webhook": receiver.url, **more}))


async def test_the_message_arrives_signed_with_its_key(receiver, tmp_path):
    """As standardwebhooks.com has it: id, time and body under HMAC-SHA256; the id is the idempotency key."""
    secret = tmp_path / "secret"
    secret.write_text("whsec_" + base64.b64encode(b"s3cret").decode() + "\n")
    await post(receiver, secret_file=str(secret)).deliver(MESSAGE)
    [(path, headers, body)] = receiver.got
    assert path == "/hook"
    assert headers["idempotency-key"] == headers["webhook-id"] == MESSAGE.id
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    signed = f"{MESSAGE.id}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(b"s3cret", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    [said] = receiver.bodies()
    assert said["version"] == 1
    assert (said["text"], said["person"], said["address"]) == ("偏离 空气温度", "store keeper", "138")
    assert said["about"] == [{"case": "c", "event": "e", "line": "l", "rung": 1}]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda request: say(request, 500, "no <b>disk</b>"), "answers 500 no ‹b›disk‹/b›"),
        (lambda request: say(request, 404), "answers 404"),
        (
            lambda request: say(request, 302, Location="http://127.0.0.1:9/"),
            "redirects, which is not followed",
        ),
        (lambda request: request.connection.close(), "127.0.0.1"),
        (lambda _request: time.sleep(0.6), "no answer in time"),
    ],
)
async def test_anything_but_a_success_is_not_delivered(receiver, answer, message):
    """With the server's words; a redirect would send the plant's alarms elsewhere."""
    receiver.answer = answer
    with pytest.raises(NotDeliveredError, match="pager: ") as caught:
        await post(receiver, timeout="300 ms").deliver(MESSAGE)
    assert message in str(caught.value)
    assert len(receiver.got) == 1


async def test_an_answer_that_drips_has_an_end(receiver):
    """The time is for the whole answer, not for each byte of it."""

    def drip(request):
        request.wfile.write(b"HTTP/1.1 500 no\r\n\r\n")
        for _ in range(20):
            request.wfile.write(b"x")
            time.sleep(0.1)

    receiver.answer = drip
    begun = time.monotonic()
    with pytest.raises(NotDeliveredError, match="no answer in time"):
        await post(receiver, timeout="400 ms").deliver(MESSAGE)
    assert time.monotonic() - begun < 1.5


async def test_nobody_there(receiver):
    """A refused connection names the address."""
    receiver.stop()
    with pytest.raises(NotDeliveredError, match=r"pager: 127\.0\.0\.1:\d+: "):
        await post(receiver).deliver(MESSAGE)


async def test_a_secret_that_cannot_be_read_sends_nothing(receiver, tmp_path):
    """Better not at all, and tried again, than unsigned."""
    for content in (None, "", "whsec_???"):
        path = tmp_path / "secret"
        if content is not None:
            path.write_text(content)
        with pytest.raises(NotDeliveredError, match="secret"):
            await post(receiver, secret_file=str(path)).deliver(MESSAGE)
    assert receiver.got == []
