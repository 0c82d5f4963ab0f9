"""Forms with a file: read once, in few parts with short headers, and refused as soon as there is more."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidInput
from chalicelib.web.console.upload import MAXIMUM_HEADERS, MAXIMUM_PARTS, fields
from tests.helpers.console_administrator import BOUNDARY, multipart

TYPE = f"multipart/form-data; boundary={BOUNDARY}"
TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: BOUNDARY not in text)


class Counted(bytes):
    """A body that counts the bytes that are searched in it, and the parts that are taken out."""

    searched = 0
    taken = 0

    def find(self, wanted: Any, start: Any = 0, end: Any = None) -> int:
        found = super().find(wanted, start, end)
        last = len(self) if end is None else min(end, len(self))
        self.searched += (last if found < 0 else found + len(wanted)) - start
        return found

    def __getitem__(self, key: Any) -> Any:
        self.taken += 1
        return super().__getitem__(key)


def part(head: str = 'Content-Disposition: form-data; name="a"', content: bytes = b"b") -> bytes:
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def refused(content_type: str, body: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        fields(content_type, body)
    return caught.value.message


@given(st.dictionaries(st.text("abc-_", min_size=1), TEXTS, max_size=MAXIMUM_PARTS - 1))
def test_what_a_browser_sends_is_read_as_it_was_typed(sent: dict[str, str]) -> None:
    content_type, body = multipart(sent, "ユーザー名\n".encode("utf-16"))
    assert fields(content_type, body.encode("latin-1")) == sent | {"file": "ユーザー名\n"}


@given(st.binary(max_size=300), st.sampled_from([TYPE, "multipart/form-data", f'{TYPE[:-10]}"{BOUNDARY}"', "x"]))
def test_whatever_is_sent_is_read_or_refused(body: bytes, content_type: str) -> None:
    for each in (body, part() + body, part(content=body) + END):
        with suppress(InvalidInput):
            fields(content_type, each)


@given(st.lists(st.text("a\r\n-", max_size=200), min_size=1, max_size=MAXIMUM_PARTS))
def test_no_byte_is_searched_twice(contents: list[str]) -> None:
    body = Counted(b"".join(part(content=content.encode()) for content in contents) + END)
    assert fields(TYPE, body) == {"a": contents[-1]}
    assert body.searched <= len(body)
    assert body.taken == 2 * len(contents)


def test_too_many_parts_are_not_looked_at() -> None:
    body = Counted(part() * (MAXIMUM_PARTS * 50) + END)
    assert refused(TYPE, body) == "The form cannot be read."
    assert body.taken == 2 * MAXIMUM_PARTS
    assert body.searched <= len(part()) * (MAXIMUM_PARTS + 1)
    assert fields(TYPE, part() * MAXIMUM_PARTS + END) == {"a": "b"}


def test_a_long_header_is_not_looked_at_to_its_end() -> None:
    body = Counted(part(f'Content-Disposition: form-data; name="{"a" * 100_000}"') + END)
    assert refused(TYPE, body) == "The form cannot be read."
    assert (body.taken, body.searched) == (0, MAXIMUM_HEADERS)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", part() + END),
        (f"multipart/form-data; boundary={'x' * 71}", part() + END),
        (f"multipart/form-data;{' ' * 300}boundary={BOUNDARY}", part() + END),
        (TYPE, b""),
        (TYPE, END),
        (TYPE, part()),
        (TYPE, b"before it\r\n" + part() + END),
        (TYPE, part("Content-Type: text/plain") + END),
        (TYPE, part(content=b"\xff") + END),
    ],
)
def test_what_is_no_such_form_is_refused(content_type: str, body: bytes) -> None:
    assert refused(content_type, body) == "The form cannot be read."


def test_a_name_in_the_name_of_a_file_is_not_the_fields() -> None:
    head = 'Content-Disposition: form-data; name="file"; filename="a; name=b.csv"'
    assert fields(TYPE, part(head, "山田".encode("cp932")) + END) == {"file": "山田"}
