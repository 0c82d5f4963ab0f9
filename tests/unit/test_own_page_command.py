"""The command for a member's own page, run by each shell with the real curl; and by PowerShell, where that is.

``tests/system/test_own_page_command.py`` shows that the real AWS CLI understands it.
"""

import subprocess
from collections.abc import Callable, Iterator
from shutil import which

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from chalicelib.profiles.own_page_command import Place
from chalicelib.settings.records import Credentials
from chalicelib.web.portal_address import address
from tests.helpers.own_page_shells import (
    PROGRAMS,
    SECRETS,
    SERIAL_NUMBER,
    TOKEN,
    Computer,
    TestPortal,
    a_computer,
    a_place,
    posix,
    powershell,
    serving,
)

URL = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/prod"
CODE = (("MFA code: ", "123 456"),)
PHONES = ("phone-of-old", "dev-simple-user", "tablet")
THREE = "\t".join(f"{SERIAL_NUMBER.partition('/')[0]}/{name}" for name in PHONES)
USER_NAMES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{2,64}", fullmatch=True)
WORDS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=40)
# What a portal, or something in its place, may answer instead of a link.
ELSE = [
    "",
    "<html>Sign in to the network</html>\n",
    "{link}\n{link}\n",
    "{link}\n\nx\n",
    "x\n{link}\n",
    "{link} x\n",
    "{link}\x1b[31m\n",
    "{link}\r\rx\n",
    '{link}"><script>alert(1)</script>\n',
    "{link}'\n",
    "{link}$(touch hacked)\n",
    "{link}`touch hacked`\n",
    "{link};touch hacked\n",
    "{link}A\n",
    "{link}é\n",
    "{url}/me#\n",
    "{url}/me#0\n",
    "{url}/me#1abc\n",
    "{url}/other#0abc\n",
    "{url}/me?x#0abc\n",
    "https://elsewhere.example.com/prod/me#0abc\n",
    "javascript:alert(1)//{link}\n",
    "{link}/../x\n",
    "{link}%0a\n",
]
Written = Callable[[Place], str]
needs_pwsh = pytest.mark.skipif(
    which("pwsh") is None, reason="no pwsh on the PATH: docs/powershell.md says how to get it"
)
PWSH = pytest.param("pwsh", marks=needs_pwsh)
EVERY_SHELL = pytest.mark.parametrize("shell", ["dash", "bash", "zsh", "ksh", "mksh", "yash", PWSH])
BOTH = pytest.mark.parametrize("shell", ["dash", PWSH])


@pytest.fixture
def computer() -> Iterator[Computer]:
    with a_computer() as made:
        yield made


@pytest.fixture
def portal() -> Iterator[TestPortal]:
    with serving() as made:
        yield made


def text_for(shell: str, place: Place) -> str:
    return powershell(place) if shell == "pwsh" else posix(place)


def answers(shell: str, *typed: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """PowerShell puts a colon behind its questions itself."""
    return tuple((question.rstrip(": ") if shell == "pwsh" else question, answer) for question, answer in typed)


@EVERY_SHELL
def test_it_asks_for_the_code_and_the_browser_opens_the_link(
    computer: Computer, portal: TestPortal, shell: str
) -> None:
    shown = computer.pasted(text_for(shell, a_place(portal.url)), answers(shell, *CODE), shell)
    assert shown.status == 0, shown.said
    assert f'content="0; url={portal.link}"' in computer.opened, shown.said
    assert "no-referrer" in computer.opened
    arguments = computer.seen("arguments")
    assert "--token-code=123456" in arguments
    assert f"--serial-number={SERIAL_NUMBER}" in arguments
    assert (computer.home / "modes").read_text().split()[1] == "700"
    assert shell == "pwsh" or (computer.home / "modes").read_text().split()[0] == "600"
    assert computer.left() == []
    [(method, path, headers)] = portal.asked
    assert (method, path) == ("POST", "/prod/member/link")
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=ASIA0001/")
    assert "/ap-northeast-1/execute-api/aws4_request" in headers["authorization"]
    assert "x-amz-security-token" in headers["authorization"]


@pytest.mark.parametrize("inner", ["dash", "bash", "ksh", "busybox"])
def test_whatever_the_sh_of_the_computer_is(computer: Computer, portal: TestPortal, inner: str) -> None:
    computer.lead("sh", which(inner) or inner)
    shown = computer.pasted(posix(a_place(portal.url)), CODE, "bash")
    assert portal.link in computer.opened, shown.said
    assert TOKEN not in computer.seen("arguments") + computer.seen("environment")


@BOTH
@pytest.mark.parametrize("kind", [Credentials.ACCESS_KEY, Credentials.AWS_LOGIN])
@pytest.mark.parametrize("screen", [":0", ""])
def test_no_secret_and_no_link_is_on_a_command_line_or_in_the_environment(
    computer: Computer, portal: TestPortal, shell: str, kind: Credentials, screen: str
) -> None:
    typed = answers(shell, *CODE) if kind is Credentials.ACCESS_KEY else ()
    # Names that the script uses, exported already.
    exported = {"link": "x", "keys": "x", "answer": "x"}
    shown = computer.pasted(text_for(shell, a_place(portal.url, kind)), typed, shell, DISPLAY=screen, **exported)
    assert len(portal.asked) == 1, shown.said
    assert (portal.link in shown.said) == (not screen)
    seen = computer.seen("arguments") + computer.seen("environment")
    assert not [secret for secret in (*SECRETS, TOKEN, TOKEN[1:20]) if secret in seen]
    assert not [secret for secret in SECRETS if secret in shown.said]
    assert ("configure export-credentials --profile=dev-simple-user" in seen) == (not typed)


@BOTH
def test_without_a_screen_the_link_is_shown_with_how_long_it_lasts(
    computer: Computer, portal: TestPortal, shell: str
) -> None:
    text = text_for(shell, a_place(portal.url))
    shown = computer.pasted(text, answers(shell, *CODE), shell, DISPLAY="")
    assert shown.status == 0
    assert f"within a minute. It opens once:\r\n{portal.link}\r\n" in shown.said.replace("\x1b[?1h\x1b=", "")
    assert (computer.opened, computer.left()) == ("", [])


def test_a_browser_that_does_not_start_leaves_the_link_to_the_member(
    computer: Computer, portal: TestPortal
) -> None:
    shown = computer.pasted(posix(a_place(portal.url)), CODE, BROWSER_STATUS="3")
    assert portal.link in shown.said
    assert computer.left() == []


@BOTH
@pytest.mark.parametrize(
    ("typed", "device"),
    [("", "dev-simple-user"), ("1", "phone-of-old"), ("3", "tablet"), ("4", None), ("0", None), ("$(x)", None)],
)
def test_of_several_devices_the_member_chooses_one(
    computer: Computer, portal: TestPortal, shell: str, typed: str, device: str | None
) -> None:
    devices = f"{THREE}\tarn:aws:iam::123456789012:u2f/user/members/dev-simple-user/key-ABC"
    typing = answers(shell, ("Which device? [2]", typed), *(CODE if device else ()))
    shown = computer.pasted(text_for(shell, a_place(portal.url)), typing, shell, DEVICES=devices)
    assert all(f"{number}  {name}" in shown.said for number, name in enumerate(PHONES, 1))
    assert "key-ABC" not in shown.said
    assert f"there is no device {typed}." in shown.said or device
    used = [line for line in computer.seen("arguments").splitlines() if "get-session-token" in line]
    assert [f"mfa/{device} " in line for line in used] == ([True] if device else [])


@BOTH
def test_another_device_than_the_configs_is_used_without_asking_if_it_is_the_only_one(
    computer: Computer, portal: TestPortal, shell: str
) -> None:
    only = "arn:aws:iam::123456789012:mfa/second"
    computer.pasted(text_for(shell, a_place(portal.url)), answers(shell, *CODE), shell, DEVICES=only)
    assert f"--serial-number={only}" in computer.seen("arguments")


@BOTH
@pytest.mark.parametrize("listed", [{"LIST_STATUS": "254", "DEVICES": ""}, {"DEVICES": "None"}, {"DEVICES": ""}])
def test_where_the_devices_cannot_be_listed_the_configs_is_used(
    computer: Computer, portal: TestPortal, shell: str, listed: dict[str, str]
) -> None:
    computer.pasted(text_for(shell, a_place(portal.url)), answers(shell, *CODE), shell, **listed)
    assert f"--serial-number={SERIAL_NUMBER}" in computer.seen("arguments")
    assert portal.link in computer.opened


@BOTH
def test_a_wrong_code_is_told_in_awss_words_and_what_to_do(
    computer: Computer, portal: TestPortal, shell: str
) -> None:
    shown = computer.pasted(text_for(shell, a_place(portal.url)), answers(shell, *CODE), shell, AWS_STATUS="254")
    assert "MultiFactorAuthentication failed" in shown.said
    assert "Your page was not opened: AWS gave no session. A code works once: wait for the next one." in shown.said
    assert (portal.asked, computer.opened, computer.left()) == ([], "", [])


@BOTH
def test_an_aws_login_that_has_ended_is_told_with_its_command(
    computer: Computer, portal: TestPortal, shell: str
) -> None:
    text = text_for(shell, a_place(portal.url, Credentials.AWS_LOGIN))
    shown = computer.pasted(text, (), shell, AWS_STATUS="255")
    assert "Sign in first: aws login --profile dev-simple-user" in shown.said
    assert portal.asked == []


@BOTH
@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
def test_what_the_portal_says_to_its_refusal_is_shown_and_nothing_else_happens(
    computer: Computer, portal: TestPortal, shell: str, status: int
) -> None:
    portal.status, portal.answer = status, "No page for you. Questions: \x1b[31maws-admins@example.com\n"
    shown = computer.pasted(text_for(shell, a_place(portal.url)), answers(shell, *CODE), shell)
    words = "the portal gave no link. No page for you. Questions:  [31maws-admins@example.com"
    assert f"Your page was not opened: {words}" in shown.said
    assert (computer.opened, computer.left()) == ("", [])


@BOTH
def test_an_answer_that_is_anything_else_than_the_link_is_refused_and_not_run(
    computer: Computer, portal: TestPortal, shell: str
) -> None:
    """All of them in one shell: PowerShell takes a while to start."""
    portal.answers = [answer.format(link=portal.link, url=portal.url) for answer in ELSE]
    times = len(ELSE)
    shown = computer.pasted(text_for(shell, a_place(portal.url)) * times, answers(shell, *CODE) * times, shell)
    assert len(portal.asked) == times
    assert shown.said.count("Your page was not opened: what came is no link of the portal") == times
    assert (computer.opened, computer.left()) == ("", [])
    assert "/me#" not in shown.said


@BOTH
def test_a_portal_that_cannot_be_reached_is_told(computer: Computer, shell: str) -> None:
    shown = computer.pasted(text_for(shell, a_place("http://127.0.0.1:1")), answers(shell, *CODE), shell)
    assert "Your page was not opened: the portal gave no link." in shown.said
    assert "curl: (7)" in shown.said


@BOTH
@pytest.mark.parametrize(
    ("version", "is_refused"), [("7.85.0", True), ("7.9.1", True), ("7.86.0", False), ("10.1.0", False)]
)
def test_an_older_curl_is_refused_before_anything_is_asked(
    computer: Computer, portal: TestPortal, shell: str, version: str, is_refused: bool
) -> None:
    script = f'[ "$1" = --version ] && echo "curl {version} (x)" && exit; exec {which("curl")} "$@"'
    computer.stand_in("curl", f"#!/bin/sh\n{script}\n")
    typed = () if is_refused else answers(shell, *CODE)
    shown = computer.pasted(text_for(shell, a_place(portal.url)), typed, shell)
    assert ("curl is older than 7.86." in shown.said) == is_refused
    assert (computer.seen("arguments").count("sts") == 0) == is_refused


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_missing_program_is_named_before_anything_is_asked(
    computer: Computer, portal: TestPortal, program: str
) -> None:
    computer.without(program)
    shown = computer.pasted(posix(a_place(portal.url)), ())
    assert shown.status == 1
    assert f"Your page was not opened: there is no program {program}." in shown.said


@BOTH
def test_no_settings_file_of_curl_has_a_say(computer: Computer, portal: TestPortal, shell: str) -> None:
    (computer.home / ".curlrc").write_text("remote-name-all\ninclude\noutput = hacked\n")
    shown = computer.pasted(text_for(shell, a_place(portal.url)), answers(shell, *CODE), shell)
    assert portal.link in computer.opened, shown.said
    assert computer.left() == []


def test_a_home_that_is_full_or_locked_shows_the_link_instead(computer: Computer, portal: TestPortal) -> None:
    computer.stand_in("mktemp", "#!/bin/sh\nexit 1\n")
    shown = computer.pasted(posix(a_place(portal.url)), CODE)
    assert portal.link in shown.said
    assert computer.left() == []


def test_without_a_terminal_nothing_is_asked_of_aws_but_the_devices(computer: Computer, portal: TestPortal) -> None:
    done = subprocess.run(
        [which("dash") or "dash", "-c", posix(a_place(portal.url))],
        env={"HOME": str(computer.home), "PATH": str(computer.bin)},
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert done.returncode == 1
    assert "there is no terminal to ask at." in done.stderr
    assert "get-session-token" not in computer.seen("arguments")


@tried(max_examples=25, deadline=None)
@given(USER_NAMES, WORDS)
def test_nothing_in_a_name_or_an_address_is_interpreted(user_name: str, host: str) -> None:
    """With ``aws login``, so that no terminal is needed; the quoting is the same."""
    url = address(host, "/prod", is_loopback=False)
    with a_computer() as computer:
        computer.stand_in(
            "curl", '#!/bin/sh\n[ "$1" = --version ] || printf "%s\\n" "$@" >"$HOME/opened"\nexit 22\n'
        )
        done = subprocess.run(
            [
                "dash",
                "-c",
                posix(a_place(url, Credentials.AWS_LOGIN, user_name)).replace("exit part", "exit 0 * part"),
            ],
            env={"HOME": str(computer.home), "PATH": str(computer.bin)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        if set(url) & set('"&<>'):
            assert "the portal's address is wrong." in done.stderr
        else:
            assert computer.opened.splitlines()[-1] == f"{url}/member/link"
            [line] = [line for line in computer.seen("arguments").splitlines() if "export-credentials" in line]
            profile = line.partition("--profile=")[2].partition(" ")[0]
            # A profile is called "user" if a profile name cannot have any letter of the user name.
            assert set(profile) <= set("-._user") | set(user_name)
        assert computer.left() == []


@given(USER_NAMES)
def test_a_user_name_stays_one_word(user_name: str) -> None:
    place = a_place(URL, user_name=user_name)
    assert f"\nserial_number=arn:aws:iam::123456789012:mfa/{user_name}\n" in posix(place)
    assert f"\n$serialNumber = 'arn:aws:iam::123456789012:mfa/{user_name}'\n" in powershell(place)
    for text in (posix(place), powershell(place)):
        assert "@@" not in text.replace(user_name, "")


def test_no_quote_ends_a_text_of_powershell() -> None:
    assert "$portal = 'a''b\u2018\u2018c\u2019\u2019d'\n" in powershell(a_place("a'b\u2018c\u2019d"))


def test_the_address_is_that_of_the_browser() -> None:
    assert address("portal.example.com", "", is_loopback=False) == "https://portal.example.com"
    assert address("127.0.0.1:8000", "", is_loopback=True) == "http://127.0.0.1:8000"
    assert address(URL.split("/")[2], "/prod", is_loopback=False) == URL


@pytest.mark.parametrize("written", [posix, powershell])
@pytest.mark.parametrize("kind", [Credentials.ACCESS_KEY, Credentials.AWS_LOGIN])
def test_it_can_be_read_by_somebody_suspicious(written: Written, kind: Credentials) -> None:
    text = written(a_place(URL, kind))
    assert text.isascii()
    assert len(text.splitlines()) <= 90
    assert max(map(len, text.splitlines())) <= 120
    # A PowerShell without its editor takes an empty line for the end.
    assert "\n\n" not in text
    # A shell that keeps a history would put something else in the place of an exclamation mark.
    assert "!" not in text
