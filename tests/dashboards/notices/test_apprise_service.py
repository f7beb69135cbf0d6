"""apprise, by its own json:// service to a local server: the library's whole way, without a foreign network."""

from __future__ import annotations

import time

import msgspec
import pytest
from notice_plant import MESSAGE, say

from dashboards.notices.apprise_service import AppriseService, hidden
from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.settings import AppriseChannel

# apprise imports it on Python 3.11 and 3.12
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def service(receiver, tmp_path, monkeypatch):
    """Makes a service whose URL leads to the receiver; `{host}` stands for it."""

    def make(url: str, **more) -> AppriseService:
        host = receiver.url.removeprefix("http://").removesuffix("/hook")
        monkeypatch.setenv("HACCPLINE_TEST_URL", url.replace("{host}", host))
        said = {"apprise_env": "HACCPLINE_TEST_URL", **more}
        return AppriseService("wecom", AppriseChannel.model_validate(said))

    return make


async def test_the_message_arrives_with_its_number(service, receiver):
    """As plain text; the number tells people that one which comes twice is one."""
    await service("json://{host}/room").deliver(MESSAGE)
    [said] = receiver.bodies()
    assert said["title"] == "偏离"
    assert said["message"] == "偏离 空气温度 (01234567)"


async def test_each_person_is_reached_at_their_address(service, receiver):
    """The address takes the place in the URL, and can bring nothing else into it."""
    await service("json://{host}/to/{address}", addressed=True).deliver(
        msgspec.structs.replace(MESSAGE, address="a/../b?c&d")
    )
    assert receiver.got[0][0] == "/to/a%2F..%2Fb%3Fc&d"


async def test_the_url_may_stand_in_a_file(service, receiver, tmp_path):
    """Read anew for each message."""
    path = tmp_path / "wecom.url"
    channel = AppriseService("wecom", AppriseChannel(apprise_file=str(path)))
    with pytest.raises(NotDeliveredError, match=r"wecom: .*wecom\.url cannot be read"):
        await channel.deliver(MESSAGE)
    path.write_text(receiver.url.replace("http", "json") + "\n")
    await channel.deliver(MESSAGE)
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "HACCPLINE_TEST_URL is empty"),
        ("nothing://x", "apprise cannot read its URL"),
        ("json://{host}/{address}", "addressed: false"),
        ("json://user:passw0rd@{host}/t0ken-of-the-room", "wecom: "),
    ],
)
async def test_what_is_not_taken_is_said_without_secrets(service, receiver, url, message):
    """The words of the service, and nothing of its URL."""
    receiver.answer = lambda request: say(request, 500, "t0ken-of-the-room passw0rd")
    with pytest.raises(NotDeliveredError) as caught:
        await service(url).deliver(MESSAGE)
    assert message in str(caught.value)
    assert "t0ken" not in str(caught.value)
    assert "passw0rd" not in str(caught.value)


async def test_a_service_that_hangs_is_left(service, receiver):
    """After its time the message has not been delivered, and the next one gets a thread of its own."""
    receiver.answer = lambda _request: time.sleep(1)
    channel = service("json://{host}/", timeout="200 ms")
    begun = time.monotonic()
    with pytest.raises(NotDeliveredError, match="no answer in time"):
        await channel.deliver(MESSAGE)
    assert time.monotonic() - begun < 0.9
    receiver.answer = lambda request: say(request, 204)
    await channel.deliver(MESSAGE)


def test_secrets_are_hidden_however_they_are_written():
    """Also those that the URL has percent-encoded."""
    url = "mailtos://me:p%40ssword@mail.example?to={address}"
    assert hidden("login p@ssword at mail.example refused", url) == "login *** at *** refused"
