"""The command for a member's own page where something fails: the reason is told, and nothing is opened or left."""

from shutil import which

import pytest

from chalicelib.settings.records import Credentials
from tests.helpers.own_page_shells import PROGRAMS, Computer, TestPortal, a_place, posix
from tests.helpers.own_page_typing import BOTH, CODE, answers, text_for

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
