"""The page with the mail that the sandbox caught, on the side of the AWS endpoint."""

import http.client
from collections.abc import Iterator

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, REGION
from tests.helpers.embedded_ses import content, mail, ses_of

PATH = "/_firstday/mail"
LINK = "http://127.0.0.1:8000/start#" + "x" * 80


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(accounts=(IDENTITY,), region=REGION, port=0, portal_port=0) as embedded:
        yield embedded


def answer(port: int, method: str = "GET", path: str = PATH, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    found = response.status, response.read().decode(), {key.lower(): value for key, value in response.getheaders()}
    connection.close()
    return found


def test_it_is_empty_at_first_and_then_shows_the_newest_first(aws: EmbeddedAWS) -> None:
    assert "<p>0 mails." in answer(aws.port)[1]
    ses = ses_of(aws)
    for number, subject in enumerate(("First", "招待 <b>"), start=1):
        ses.send_email(**mail(Content=content(subject, f"Open it:\n\n{LINK}\n", f"<p>Number {number}</p>")))
    status, text, _ = answer(aws.port)
    assert (status, aws.mail_url.removeprefix(aws.endpoint_url)) == (200, PATH)
    assert text.index("招待 &lt;b&gt;") < text.index("First")
    assert f'<a href="{LINK}"' in text
    assert "Hanako Yamada &lt;hanako@example.org&gt;" in text
    assert 'srcdoc="&lt;p&gt;Number 2' in text
    assert "<script" not in text


def test_it_loads_nothing_and_is_in_no_other_page(aws: EmbeddedAWS) -> None:
    _, _, headers = answer(aws.port)
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_other_pages_and_other_names_of_this_machine_do_not_get_it(aws: EmbeddedAWS) -> None:
    assert answer(aws.port, Origin="https://example.net")[0] == 403
    assert answer(aws.port, Sec_Fetch_Site="cross-site")[0] == 403
    assert answer(aws.port, Host="rebound.example.net")[0] == 421
    assert answer(aws.port, "POST")[0] == 403
    assert answer(aws.port, Sec_Fetch_Site="none", Host=f"localhost:{aws.port}")[0] == 200


def test_the_portals_address_has_no_such_page(aws: EmbeddedAWS) -> None:
    assert answer(aws.portal_port)[0] == 403
