"""Configs as people have them, with what each becomes, or why it is refused. One table for both scripts.

A file has ``TEXT`` merged into it: the member's sections, each with the key ``firstday``.
"""

from tests.helpers.merging import ACCOUNT, CREDENTIALS, KEY, SECTIONS, TEXT

SOURCE, DEV, *OTHERS = SECTIONS
OLDER = f"{SOURCE}\n{DEV}".replace("43200", "3600")
REST = "\n".join(OTHERS)
OTHER_PORTAL = TEXT.replace(KEY, "firstday = 210987654321\n").replace("profile ", "profile other-")
# What the scripts put in before there was the key: between two comments.
BEGIN = f"# firstday:begin {ACCOUNT} Former Name: all down to the end mark is replaced by the next merge\n"
END = f"# firstday:end {ACCOUNT} Former Name\n"
_FORMERLY = OLDER.replace(KEY, "")
FORMER = f"{BEGIN}{_FORMERLY}{END}"
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


def _by_go_ini(text: str) -> str:
    """As go-ini writes it again: keys aligned; it drops a comment at the end."""
    lines = (
        f"{line.partition(' = ')[0]:<17} = {line.partition(' = ')[2]}" if " = " in line else line
        for line in text.removesuffix(END).splitlines()
    )
    return "\n".join(lines) + "\n"


# The old text, and what the merge makes of it.
READABLE = {
    "an empty file": ("", TEXT),
    "a section": ("[default]\n", f"[default]\n\n{TEXT}"),
    "all that there is": (UGLY, f"{UGLY}\n{TEXT}"),
    "an empty line at the end": (f"{UGLY}\n", f"{UGLY}\n{TEXT}"),
    "no line end at the end": (UGLY.removesuffix("\n"), f"{UGLY}\n{TEXT}"),
    "one line without end": ("[default]", f"[default]\n\n{TEXT}"),
    "CRLF": (_crlf(UGLY), _crlf(f"{UGLY}\n{TEXT}")),
    "CRLF without end": (_crlf(UGLY).removesuffix("\r\n"), _crlf(f"{UGLY}\n{TEXT}")),
    # In place, where they are; the new ones at the end.
    "earlier profiles at the end": (f"{UGLY}\n{OLDER}", f"{UGLY}\n{TEXT}"),
    "earlier profiles without line end": (f"{UGLY}{OLDER}".removesuffix("\n"), f"{UGLY}{TEXT}"),
    "earlier profiles amid others": (
        f"[profile a]\nb=c\n{OLDER}{UGLY}",
        f"[profile a]\nb=c\n{SOURCE}\n{DEV}{UGLY}\n{REST}",
    ),
    "earlier profiles apart": (
        f"{DEV}[a]\n{SOURCE}[b]\n{REST}".replace("43200", "1"),
        f"{DEV}[a]\n{SOURCE}[b]\n{REST}",
    ),
    "earlier profiles in CRLF": (_crlf(f"[a]\n{OLDER}"), _crlf(f"[a]\n{TEXT}")),
    "in capitals and aligned": (f"{SOURCE}\n{DEV}".replace("region =", "Region\t\t="), TEXT),
    "with comments": (f"# one\n{SOURCE}; two\n\n{DEV}", f"# one\n{SOURCE}; two\n\n{DEV}\n{REST}"),
    "a comment above the keys": (SOURCE.replace("]\n", "]\n# x\n"), f"{SOURCE}# x\n\n{DEV}\n{REST}"),
    "a role that is no longer there": (
        f"[a]\n\n{DEV.replace('[profile dev]', '[profile gone]')}\n# of b\n[b]\n",
        f"[a]\n\n# of b\n[b]\n\n{TEXT}",
    ),
    "a role that is no longer there, with a key of somebody else": (
        f"{DEV.replace('[profile dev]', '[profile gone]')}output = json\n",
        f"{DEV.replace('[profile dev]', '[profile gone]')}output = json\n\n{TEXT}",
    ),
    # Keys that others have added stay, with their values of several lines, behind ours.
    "a key that somebody has added": (f"{TEXT}output = json\n".replace("14400", "3600"), f"{TEXT}output = json\n"),
    "a key amid ours": (
        SOURCE.replace("]\n", "]\ns3 =\n  addressing_style = path\n"),
        f"{SOURCE}s3 =\n  addressing_style = path\n\n{DEV}\n{REST}",
    ),
    "a value of two lines for a key of ours": (SOURCE.replace("region = ", "region = a\n  "), TEXT),
    "a section in quotes": (SOURCE.replace("[profile dev-simple-user]", '[profile "dev-simple-user"]'), TEXT),
    # The former form.
    "between marks": (f"{UGLY}\n{FORMER}", f"{UGLY}\n{TEXT}"),
    "between marks, amid others": (f"[a]\n{FORMER}{UGLY}", f"[a]\n{SOURCE}\n{DEV}{UGLY}\n{REST}"),
    "between marks in CRLF": (_crlf(f"[a]\n{FORMER}"), _crlf(f"[a]\n{TEXT}")),
    "marks with nothing between": (f"[a]\n{BEGIN}{END}", f"[a]\n\n{TEXT}"),
    "the end mark is lost": (f"[a]\n{BEGIN}{_FORMERLY}", f"[a]\n{TEXT}"),
    "the end mark is lost, and others follow": (
        f"{BEGIN}{_FORMERLY}[default]\nregion = x\n[profile own]\nregion = y\n",
        f"{SOURCE}\n{DEV}[default]\nregion = x\n[profile own]\nregion = y\n\n{REST}",
    ),
    "a key behind the end mark": (f"{FORMER}output = json\n", f"{SOURCE}\n{DEV}output = json\n\n{REST}"),
    "a role of the former form that is no longer there": (
        f"{BEGIN}{_FORMERLY.replace('[profile dev]', '[profile gone]')}{END}",
        f"{SOURCE}\n{DEV}\n{REST}",
    ),
    "written again by go-ini": (_by_go_ini(f"[a]\n\n{OLDER}"), f"[a]\n\n{TEXT}"),
    "the former form written again by go-ini": (_by_go_ini(f"[a]\n\n{FORMER}"), f"[a]\n\n{TEXT}"),
    # What is not ours.
    "another portal's": (OTHER_PORTAL, f"{OTHER_PORTAL}\n{TEXT}"),
    "a value that looks like a section": (
        "[a]\nb =\n  [profile dev] = 1\n",
        f"[a]\nb =\n  [profile dev] = 1\n\n{TEXT}",
    ),
    "sections that are not profiles": (
        "[dev]\n[profile dev extra]\n[sso-session dev]\n",
        f"[dev]\n[profile dev extra]\n[sso-session dev]\n\n{TEXT}",
    ),
    "defaults that each of ours has": ("[DEFAULT]\nregion = x\n", f"[DEFAULT]\nregion = x\n\n{TEXT}"),
}
_OWN = "profiles of your own: dev."
# Bytes that both scripts refuse, whatever AWS tools make of them; and the cause that they tell.
REFUSED = {
    "a profile of the same name": (b"[profile dev]\n", _OWN),
    "two of them": (b"[profile dev]\n[profile dev-simple-user]\n", "profiles of your own: dev, dev-simple-user."),
    "in quotes": (b'[profile "dev"]\n', _OWN),
    "in single quotes": (b"[profile 'dev']\n", _OWN),
    "quoted in part": (b'[profile d"e"v]\n', _OWN),
    "with a backslash": (b"[profile d\\ev]\n", _OWN),
    "with more spaces": (b"[profile \t dev]\n", _OWN),
    "indented": (b"  [profile dev]\n", _OWN),
    "with a comment after it": (b"[profile dev] ; mine\n", _OWN),
    "with something after the word": (b"[profiles dev]\n", _OWN),
    "beside earlier profiles": (f"{SOURCE}[profile dev]\n".encode(), _OWN),
    "of another portal": (DEV.replace(KEY, "firstday = 210987654321\n").encode(), _OWN),
    "in CRLF": (b"[profile dev]\r\n", _OWN),
    "UTF-16": ("\ufeff[default]\n".encode("utf-16-le"), "NUL"),
    "a NUL byte": (b"[default]\n\0", "NUL"),
    "a carriage return within a line": (b"[default]\na = b\rc = d\n", "line 2 has a carriage return"),
    "defaults for all": (b"[DEFAULT]\nsso_session = work\n", "[DEFAULT] has sso_session"),
}
# Bytes that Python, and so the AWS CLI, cannot read: refused with and without an aws to ask.
UNREADABLE = {
    "a byte order mark": (b"\xef\xbb\xbf[default]\n", "line 1: byte order mark"),
    "a section twice": (b"[default]\n[a]\n[default]\n", "line 3: section twice"),
    "a key twice": (b"[default]\nregion = a\nRegion: b\n", "line 3: key twice"),
    "a key before the first section": (b"# fine\nregion = a\n", "line 2: before the first section"),
    "words": (b"[default]\nregion\n", "line 2: neither section nor key"),
    "a value without key": (b"[default]\n= a\n", "line 2: neither section nor key"),
    "a section without name": (b"[a]\n[]\n", "line 2: neither section nor key"),
    "a section without its bracket": (b"[default]\n[profile x\n", "line 2: neither section nor key"),
    "a nested line without equals sign": (b"[default]\ns3 =\n  path\n", 'line 3: no "="'),
    "a Latin-1 byte": (b"[default]\n# caf\xe9\n", "line 2: not UTF-8"),
}
# What the AWS CLI reads, and others do not: merged, and told.
NOTED = {
    "a colon": ("[default]\nregion: x\n", ("line 2", "Java, Rust")),
    "an indented comment": ("[default]\nregion = x\n  # y\n", ("line 3", "Java, Rust")),
    "a comment under the section": ("[default]\n  # y\n", ("line 2", "Java, Rust")),
    "an ideographic space": ("[default]\nregion = x\n\u3000output = json\n", ("line 3", "Python")),
    "no-break space": ("[default]\nregion = x\n\u00a0\n", ("line 3", "Java, Rust")),
    "several": ("[default]\na: x\nb: x\n", ("lines 2, 3", "Java, Rust")),
}
_OTHERS = "[default]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n"
_EARLIER = CREDENTIALS.replace("AKIAIOSFODNN7EXAMPLE", "AKIAEARLIER").replace("wJalr", "earlier")
# The same for ``credentials``.
CREDENTIALS_READABLE = {
    "an empty file": ("", CREDENTIALS),
    "other keys": (_OTHERS, f"{_OTHERS}\n{CREDENTIALS}"),
    "the earlier key": (f"{_EARLIER}\n{_OTHERS}", f"{CREDENTIALS}\n{_OTHERS}"),
    "the earlier key, and what somebody has added": (f"{_EARLIER}output = json\n", f"{CREDENTIALS}output = json\n"),
    "the token of a session in its place": (f"{_EARLIER}aws_session_token = x\n", CREDENTIALS),
    "the same key, saved by hand": (CREDENTIALS.replace(KEY, ""), CREDENTIALS),
}
# Another key under the member's name: its id is named before it is replaced.
FOREIGN_KEY = (f"{_OTHERS}\n{_EARLIER.replace(KEY, '')}", f"{_OTHERS}\n{CREDENTIALS}", "AKIAEARLIER")
