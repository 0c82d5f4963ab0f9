"""Configs as people have them, with each one's result after the scripts, or the reason why they refuse it.

The same table serves the script that is run and the one that is only compared.
"""

from tests.unit.merging import ACCOUNT, BLOCK, OLDER

BEGIN, END = (f"# firstday:{mark} {ACCOUNT} Example Corp\n" for mark in ("begin", "end"))
UGLY = """# a comment before the first section: 'quotes" $(and) `more`

[default]
region=eu-west-1
S3 =
    max_concurrent_requests = 20
    addressing_style = path

; another
[profile "with space"]
sso_session = work
[sso-session work]
sso_start_url: https://example.com/start#/?a=b
sso_registration_scopes = one,
  two
[services local]
dynamodb =
  endpoint_url = http://localhost:8000
[profile 名前]
output = json # part of the value
[preview]
"""


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


READABLE = {
    "an empty file": ("", BLOCK),
    "a section": ("[default]\n", f"[default]\n\n{BLOCK}"),
    "all that there is": (UGLY, f"{UGLY}\n{BLOCK}"),
    "an empty line at the end": (f"{UGLY}\n", f"{UGLY}\n{BLOCK}"),
    "no line end at the end": (UGLY.removesuffix("\n"), f"{UGLY}\n{BLOCK}"),
    "one line without end": ("[default]", f"[default]\n\n{BLOCK}"),
    "CRLF": (_crlf(UGLY), _crlf(f"{UGLY}\n{BLOCK}")),
    "CRLF without end": (_crlf(UGLY).removesuffix("\r\n"), _crlf(f"{UGLY}\n{BLOCK}")),
    "earlier profiles at the end": (f"{UGLY}\n{OLDER}", f"{UGLY}\n{BLOCK}"),
    "earlier profiles at the end without end": (f"{UGLY}{OLDER}".removesuffix("\n"), f"{UGLY}{BLOCK}"),
    "earlier profiles amid others": (f"[profile a]\nb=c\n{OLDER}{UGLY}", f"[profile a]\nb=c\n{BLOCK}{UGLY}"),
    "earlier profiles first": (f"{OLDER}{UGLY}"[:-1], f"{BLOCK}{UGLY}"[:-1]),
    "earlier profiles in CRLF": (_crlf(f"[a]\n{OLDER}{UGLY}"), _crlf(f"[a]\n{BLOCK}{UGLY}")),
    "a key that the AWS CLI has added": (
        f"{BLOCK}output = json\n".replace("14400", "3600"),
        f"{BLOCK}output = json\n",
    ),
    "marks with nothing between": (f"[a]\n{BEGIN}{END}", f"[a]\n{BLOCK}"),
    "a value that looks like a section": (
        "[a]\nb =\n  [profile dev] = 1\n",
        f"[a]\nb =\n  [profile dev] = 1\n\n{BLOCK}",
    ),
    "sections that are not profiles": (
        "[dev]\n[profile dev extra]\n[sso-session dev]\n",
        f"[dev]\n[profile dev extra]\n[sso-session dev]\n\n{BLOCK}",
    ),
}
_OWN = 'there is a profile "dev" of your own'
_MARKS = "is missing or is there twice"
UNREADABLE = {
    "a profile of the same name": (b"[profile dev]\n", _OWN),
    "in quotes": (b'[profile "dev"]\n', _OWN),
    "in single quotes": (b"[profile 'dev']\n", _OWN),
    "quoted in part": (b'[profile d"e"v]\n', _OWN),
    "with a backslash": (b"[profile d\\ev]\n", _OWN),
    "with more spaces": (b"[profile \t dev]\n", _OWN),
    "with spaces around": (b"[ profile dev ]\n", _OWN),
    "indented": (b"  [profile dev]\n", _OWN),
    "with a comment after it": (b"[profile dev] ; mine\n", _OWN),
    "with something after the word": (b"[profiles dev]\n", _OWN),
    "after the earlier profiles": (f"{OLDER}[profile stg]\n".encode(), 'there is a profile "stg" of your own'),
    "in CRLF": (b"[profile dev]\r\n", _OWN),
    "a byte order mark": (b"\xef\xbb\xbf[default]\n", "byte order mark"),
    "UTF-16": ("\ufeff[default]\n".encode("utf-16-le"), "control characters"),
    "a NUL byte": (b"[default]\n\0", "control characters"),
    "a carriage return within a line": (b"[default]\na = b\rc = d\n", "carriage return"),
    "a section twice": (b"[default]\n[a]\n[default]\n", "[default] is there twice"),
    "a key twice": (b"[default]\nregion = a\nRegion: b\n", "the key region is in [default] twice"),
    "a key before the first section": (b"# fine\nregion = a\n", "before the first section: region = a"),
    "words": (b"[default]\nregion\n", "neither a section nor a key: region"),
    "a value without key": (b"[default]\n= a\n", "neither a section nor a key"),
    "a section without name": (b"[]\n", "before the first section"),
    "a nested line without equals sign": (b"[default]\ns3 =\n  path\n", 'this line has no "="'),
    "no end mark": (f"[a]\n{BEGIN}[b]\n".encode(), _MARKS),
    "no begin mark": (f"[a]\n{END}[b]\n".encode(), _MARKS),
    "marks in the wrong order": (f"{END}{BEGIN}".encode(), _MARKS),
    "profiles twice": (f"{OLDER}{OLDER}".encode(), _MARKS),
    "a begin mark twice": (f"{BEGIN}{BEGIN}{END}".encode(), _MARKS),
    "a key after the end mark": (
        f"{OLDER}region = a\n".encode(),
        "this line would come to another one: region = a",
    ),
    "an indented section after the end mark": (f"{OLDER}  [profile x]\n".encode(), "this line is indented"),
}
