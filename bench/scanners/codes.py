"""The codes that are compared: those of the first release, drawn as it did, and today's."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from chalicelib.members.mfa import provisioning_uri
from chalicelib.web import qr

STYLE = (Path(__file__).parents[2] / "templates" / "style.css").read_text()
ORGANISATIONS = ("Acme", "Example Corp", "株式会社サンプル", "Søren & Söhne GmbH", "例" * 20)
NAMES = ("ada", "dev-simple-user", "grace.hopper", "hanako.yamada", "grace.hopper@example.com", "member-{}")


@dataclass(frozen=True)
class Member:
    organisation: str
    user_name: str
    seed: str


@dataclass(frozen=True)
class Form:
    """``svg`` draws a code; ``page`` is the HTML around it, in which ``.qr`` is the white card."""

    title: str
    uri: Callable[[Member], str]
    svg: Callable[[str], str]
    style: str

    def drawing(self, member: Member) -> str:
        return self.svg(self.uri(member))

    def page(self, member: Member) -> str:
        return (
            f'<style>{self.style}</style><main><section class="part"><div class="qr">{self.drawing(member)}</div>'
        )


def members(count: int, draw: int = 1) -> Iterator[Member]:
    """Random ones, the same each time."""
    chosen = random.Random(draw)  # noqa: S311 -- nobody's secrets
    for number in range(count):
        name = chosen.choice(NAMES).format(number)
        yield Member(chosen.choice(ORGANISATIONS), name, _seed(chosen))


def three() -> Iterator[Member]:
    """A short organisation, a Japanese one of 20 letters, and one of 64."""
    chosen = random.Random(3)  # noqa: S311 -- nobody's secrets
    for organisation in ("Example Corp", "例" * 20, "例" * 64):
        yield Member(organisation, "dev-simple-user", _seed(chosen))


def _seed(chosen: random.Random) -> str:
    return "".join(chosen.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=64))


def _first_uri(member: Member) -> str:
    issuer = quote(member.organisation, safe="")
    return f"otpauth://totp/{issuer}:{quote(member.user_name, safe='@')}?secret={member.seed}&issuer={issuer}"


def _first_svg(text: str) -> str:
    """The mask is the one that the standard's penalties choose."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    matrix = code.get_matrix()
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(matrix)} {len(matrix)}"'
        f' shape-rendering="crispEdges"><path d="{dark}"/></svg>'
    )


FIRST = Form(
    "first release",
    _first_uri,
    _first_svg,
    STYLE + ".qr { width: min(16rem, 100%); padding: .25rem } .qr svg { width: 100% }",
)
TODAY = Form(
    "today",
    lambda member: provisioning_uri(seed=member.seed, entry_name=member.user_name, issuer=member.organisation),
    qr.svg,
    STYLE,
)
