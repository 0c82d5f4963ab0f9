"""The command for a member's own page, run by each shell with the real curl; and by PowerShell, where that is.

``tests/system/test_own_page_command.py`` shows that the real AWS CLI understands it.
"""

import subprocess
from collections.abc import Callable
from shutil import which

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from chalicelib.profiles.own_page_command import Place
from chalicelib.settings.records import Credentials
from chalicelib.web.portal_address import address
from tests.helpers.own_page_shells import (
    SECRETS,
    SERIAL_NUMBER,
    TOKEN,
    Computer,
    TestPortal,
    a_computer,
    a_place,
    posix,
    powershell,
)
from tests.helpers.own_page_typing import BOTH, CODE, PWSH, answers, text_for

URL = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/prod"
PHONES = ("phone-of-old", "dev-simple-user", "tablet")
THREE = "\t".join(f"{SERIAL_NUMBER.partition('/')[0]}/{name}" for name in PHONES)
USER_NAMES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{2,64}", fullmatch=True)
WORDS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=40)
Written = Callable[[Place], str]
EVERY_SHELL = pytest.mark.parametrize("shell", ["dash", "bash", "zsh", "ksh", "mksh", "yash", PWSH])


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


def test_enter_after_the_pasted_command_answers_nothing(computer: Computer, portal: TestPortal) -> None:
    computer.pasted(posix(a_place(portal.url)), (("MFA code: ", ""), *CODE))
    assert portal.link in computer.opened
    assert "--token-code=123456" in computer.seen("arguments")


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
        asked = 'printf "%s\\n" "$@" >"$HOME/opened"; exit 22'
        version = '[ "$1" = --version ] && echo "curl 8.0" && exit'
        computer.stand_in("curl", f"#!/bin/sh\n{version}\n{asked}\n")
        text = posix(a_place(url, Credentials.AWS_LOGIN, user_name))
        done = subprocess.run(
            [which("dash") or "dash", "-c", text],
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
