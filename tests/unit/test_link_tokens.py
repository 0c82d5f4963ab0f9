"""Links and their tokens: found in whatever was pasted, whole after whatever programs did to them."""

import re
from base64 import b32encode
from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.members.link_tokens import (
    Token,
    invitation_tokens,
    new_secret,
    sign_in_secrets,
    token_text,
)
from tests.helpers.pasted_links import BROKEN, LINK, REWRITERS, WAYS, source_of_a_mail

NAMES = ["hanako", "hanako.yamada@example.com", "a_b-c=d+e,f", "x" * 64, "..", "_-", "Zz"]
SECRET = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2q"
EARLIER_SECRET = "Zm9v_YmFy-cXV4_X19f-LS0tYWFhYmJiY2NjZGRkZWU"
# It changes the letters themselves, and with them whatever is not in base32.
LOSES_LETTERS = "in small letters"
user_names = st.text("abcXYZ0189_+=,.@-", min_size=2, max_size=64)
secrets = st.binary(min_size=32, max_size=32).map(lambda bits: b32encode(bits).decode().rstrip("=").lower())
earlier_secrets = st.text("abcXYZ019_-", min_size=43, max_size=43)
chosen_secrets = st.text("abcXYZ019_-", min_size=43, max_size=86)


def pasted(way: str, token: str) -> str:
    return WAYS[way].format(link=LINK.format(token), token=token)


def test_a_token_is_letters_and_digits_with_256_bits() -> None:
    assert re.fullmatch("[a-z2-7]{52}", new_secret())
    assert new_secret() != new_secret()
    for name in NAMES:
        assert re.fullmatch("[a-z0-9]+", token_text(name, new_secret()))
        assert re.fullmatch("[a-z0-9]+", token_text(name, EARLIER_SECRET))
    assert len(token_text("hanako@example.com", new_secret())) == 83


@pytest.mark.parametrize("way", WAYS)
def test_a_link_opens_however_it_was_pasted(way: str) -> None:
    for name in NAMES:
        for secret in (SECRET, EARLIER_SECRET):
            token = token_text(name, secret)
            assert invitation_tokens(pasted(way, token)) == [Token(name, secret)]
            assert invitation_tokens(pasted(way, token.upper() if secret == SECRET else token))
    assert sign_in_secrets(pasted(way, token_text("", SECRET))) == [SECRET]


@pytest.mark.parametrize("way", WAYS)
def test_nearly_every_way_takes_a_link_of_an_earlier_release(way: str) -> None:
    name = "hanako.yamada@example.com"
    found = invitation_tokens(pasted(way, f"{name}.{EARLIER_SECRET}"))
    # Its secret may be longer than the portal's own: the record tells where it ends.
    assert [(token.user_name, token.secret[:43]) for token in found] == [(name, EARLIER_SECRET)]


@pytest.mark.parametrize("rewriter", REWRITERS)
def test_a_link_opens_whoever_rewrote_it(rewriter: str) -> None:
    for name in NAMES:
        link = LINK.format(token_text(name, SECRET))
        assert invitation_tokens(REWRITERS[rewriter](link)) == [Token(name, SECRET)]
        assert invitation_tokens(f"<a href='{REWRITERS[rewriter](link)}'>{link}</a>") == [Token(name, SECRET)]
    assert sign_in_secrets(REWRITERS[rewriter](LINK.format(token_text("", SECRET)))) == [SECRET]


@pytest.mark.parametrize("rewriter", sorted(REWRITERS.keys() - {LOSES_LETTERS}))
def test_so_does_a_link_of_an_earlier_release_unless_its_letters_were_changed(rewriter: str) -> None:
    for name in ["hanako", "hanako.yamada@example.com", "a_b-c=d+e,f"]:
        link = LINK.format(f"{name}.{EARLIER_SECRET}")
        assert invitation_tokens(REWRITERS[rewriter](link)) == [Token(name, EARLIER_SECRET)]


def test_several_rewriters_may_follow_each_other() -> None:
    for one, two, three in permutations(sorted(REWRITERS), 3):
        if LOSES_LETTERS in (two, three):
            continue
        link = LINK.format(token_text("hanako", SECRET))
        rewritten = REWRITERS[three](REWRITERS[two](REWRITERS[one](link)))
        assert invitation_tokens(rewritten) == [Token("hanako", SECRET)], (one, two, three)


@pytest.mark.parametrize("before", ["", "招待状です。", "Hello,\n\nopen this:\n"])
def test_a_link_opens_out_of_the_source_of_a_mail(before: str) -> None:
    for name in NAMES:
        text = f"{before}{LINK.format(token_text(name, SECRET))}\n\nよろしく"
        source = source_of_a_mail(text)
        in_one_line = source.partition("\n\n")[2].replace("\n", "")
        assert invitation_tokens(source) == invitation_tokens(in_one_line) == [Token(name, SECRET)]


@pytest.mark.parametrize("way", BROKEN)
def test_a_link_in_two_parts_is_put_together(way: str) -> None:
    link = LINK.format(token_text("hanako@example.com", SECRET))
    for place in range(len(LINK) - 1, len(link)):
        text = BROKEN[way].format(start=link[:place], end=link[place:])
        assert invitation_tokens(f"Your link:\n{text}\n") == [Token("hanako@example.com", SECRET)]


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "hanako", "https://portal.example.com/start", LINK.format(""), "a" * 9000, "01" * 4000),
        *(LINK.format(token_text("hanako", SECRET)[:-1]), f"hanako.{EARLIER_SECRET[:-1]}", f".{EARLIER_SECRET}"),
        *(f"/.{EARLIER_SECRET}", token_text("x", SECRET), token_text("é", SECRET), "%" * 9000, "aHR0" * 2000),
        token_text("", SECRET),
    ],
)
def test_where_there_is_no_invitation_link_none_is_found(text: str) -> None:
    assert invitation_tokens(text) == []


def test_a_members_link_signs_nobody_in_to_the_console() -> None:
    assert sign_in_secrets(LINK.format(token_text("hanako", SECRET))) == []


def test_several_different_links_are_all_found() -> None:
    links = [LINK.format(token_text(name, SECRET)) for name in NAMES]
    assert {token.user_name for token in invitation_tokens("\n".join(links))} == set(NAMES)


@given(user_names, st.one_of(secrets, chosen_secrets))
def test_every_name_and_secret_come_back(name: str, secret: str) -> None:
    token = token_text(name, secret)
    assert invitation_tokens(token) == [Token(name, secret)]
    assert invitation_tokens(token.upper())[0].user_name == name


@given(user_names, st.one_of(secrets, chosen_secrets), st.text(), st.text(), st.sampled_from(sorted(WAYS)))
@settings(max_examples=300)
def test_a_link_in_any_surroundings_opens(name: str, secret: str, before: str, behind: str, way: str) -> None:
    text = f"{before}{pasted(way, token_text(name, secret))}{behind}"
    assert invitation_tokens(text) == [Token(name, secret)]


@given(st.text(max_size=2000))
def test_in_a_text_without_a_link_none_is_found(text: str) -> None:
    assert invitation_tokens(text) == []
    assert sign_in_secrets(text) == []


@given(user_names.filter(lambda name: name[0] != "."), earlier_secrets, st.sampled_from(sorted(REWRITERS)))
@example(name="=X", secret="0" * 43, rewriter="Proofpoint 3")
@example(name="=" * 64, secret="-" * 43, rewriter="Proofpoint 3")
def test_an_earlier_link_opens_as_it_was_sent(name: str, secret: str, rewriter: str) -> None:
    link = LINK.format(f"{name}.{secret}")
    assert invitation_tokens(link) == invitation_tokens(f"{name}.{secret}") == [Token(name, secret)]
    if rewriter != LOSES_LETTERS:
        assert invitation_tokens(REWRITERS[rewriter](link)) == [Token(name, secret)]
