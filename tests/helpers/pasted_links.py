"""Ways in which a link reaches the portal: each is a template for ``{link}``, or for the ``{token}`` alone."""

import base64
import json
import re
import string
from collections.abc import Callable
from urllib.parse import quote

LINK = "https://portal.example.com/start#{}"


def safe_links(link: str) -> str:
    return f"https://eur01.safelinks.protection.outlook.com/?url={quote(link, safe='')}&data=05%7C02%7C&reserved=0"


def proofpoint_2(link: str) -> str:
    encoded = quote(link, safe="_").replace("_", "%5F").replace("-", "%2D").replace("/", "_").replace("%", "-")
    return f"https://urldefense.proofpoint.com/v2/url?u={encoded}&d=DwMFaQ&c=euGZstcaTDllvimEN8b7jXrwqOf&e="


def proofpoint_3(link: str) -> str:
    lengths = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    runs = re.compile(r"[#+,@=]+")
    changed = runs.sub(lambda run: f"**{lengths[len(run[0]) - 2]}" if len(run[0]) > 1 else "*", link)
    what = "".join(runs.findall(link))
    return f"https://urldefense.com/v3/__{changed}__;{base64.urlsafe_b64encode(what.encode()).decode()}!!Abc!xyz$"


def in_base64(link: str) -> str:
    encoded = base64.b64encode(link.encode()).decode().rstrip("=")
    return f"https://eu-central-1.protection.sophos.com/?d=example.com&u={encoded}&i=NWE="


def in_json_in_base64(link: str) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps({"v": 1, "url": link}).encode()).decode()
    return f"https://click.example.com/r/{encoded}/open"


def source_of_a_mail(text: str) -> str:
    """A mail as its source shows it, in base64, as mails in Japanese often are."""
    return f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(text.encode()).decode()}"


def small_escapes(link: str) -> str:
    return re.sub("%..", lambda match: match[0].lower(), quote(link, safe=""))


REWRITERS: dict[str, Callable[[str], str]] = {
    "Outlook": safe_links,
    "Proofpoint 2": proofpoint_2,
    "Proofpoint 3": proofpoint_3,
    "Sophos": in_base64,
    "Google": lambda link: f"https://www.google.com/url?q={quote(link, safe='')}&source=gmail&ust=17",
    "Slack": lambda link: f"https://slack-redir.net/link?url={quote(link, safe='')}&v=3",
    "LinkedIn": lambda link: f"https://www.linkedin.com/redir/redirect?url={quote(link, safe='')}&urlhash=x1y2",
    "Facebook": lambda link: f"https://l.facebook.com/l.php?u={quote(link, safe='')}&h=AT0",
    "Barracuda": lambda link: f"https://linkprotect.cudasvc.com/url?a={small_escapes(link)}&c=E,1,abc&typo=1",
    "Cisco": lambda link: f"https://secure-web.cisco.com/1aBcD/{quote(link, safe='')}",
    "FireEye": lambda link: f"https://protect2.fireeye.com/v1/url?k=1-2&q=1&e=9&u={quote(link, safe='')}",
    "Symantec": lambda link: f"https://clicktime.symantec.com/a/1/xyz=?d=abc&u={quote(link, safe='')}",
    "Steam": lambda link: f"https://steamcommunity.com/linkfilter/?u={quote(link, safe='')}",
    "a click counter": in_json_in_base64,
    "in hexadecimal digits": lambda link: f"https://click.example.com/{link.encode().hex()}?x=1",
    "in small letters": lambda link: f"https://l.example.com/?to={quote(quote(link, safe='').lower(), safe='')}",
}
# As found in fields, mail and chat. A name beside it says what it is.
WAYS = {
    "the link": "{link}",
    "the token alone": "{token}",
    "blanks and line ends": " \t{link}\r\n\n",
    "angle brackets": "<{link}>",
    "double quotes": '"{link}"',
    "single quotes": "'{link}'",
    "Japanese brackets": "「{link}」",
    "curly quotes": "“{link}”",
    "French quotes": "« {link} »",
    "round brackets": "({link})",
    "square brackets": "[{link}]",
    "a full stop": "Your link: {link}.",
    "a comma and more": "{link}, which is yours alone",
    "a Japanese sentence": "リンクは{link}です",
    "a Japanese full stop": "リンクは {link}。",
    "an ideographic comma": "{link}、を開いてください",
    "a verb glued to it": "{link}を開いてください",
    "the end of an element": "{link}</a>",
    "an element": '<a href="{link}">{link}</a>',
    "an element without quotes": "<a href={link}>open</a>",
    "Markdown": "[{link}]({link})",
    "Markdown with a title": '[open]({link} "Your link")',
    "bold Markdown": "**{link}**",
    "italics": "_{link}_",
    "a star on each side": "*{link}*",
    "struck out": "~~{link}~~",
    "code": "`{link}`",
    "a table of Markdown": "| hanako | {link} | 2026-12-01 |",
    "Slack's form": "<{link}|{link}>",
    "Slack's form with words": "<{link}|open>",
    "Jira's form": "[open|{link}]",
    "reStructuredText": "`open <{link}>`_",
    "Org": "[[{link}][open]]",
    "AsciiDoc": "link:{link}[open]",
    "TeX": "\\href{{{link}}}{{open}}",
    "BBCode": "[url={link}]open[/url]",
    "JSON": '{{"invitation_url": "{link}", "passcode": null}}',
    "JSON in JSON": '"{{\\"url\\":\\"{link}\\"}}"',
    "CSV": "hanako,invited,{link},7KQ2-M9XR",
    "CSV with semicolons": '"hanako";"{link}";""',
    "a spreadsheet's formula": '=HYPERLINK("{link}";"open")',
    "a quoted mail": "> {link}\n> \n> Regards",
    "a mail quoted twice": ">> > {link}\n>> > Regards",
    "the whole message": "Hello,\n\nopen this on your computer:\n\n{link}\n\nIt is good for 7 days.\n\nThe admins",
    "the whole message in a field of one line": "Hello,open this on your computer:{link}It is good for 7 days.",
    "a parameter behind it": "{link}?utm_source=mail&utm_medium=x",
    "a parameter more": "{link}&fbclid=IwAR0",
    "a fragment more": "{link}#:~:text=hello",
    "a slash": "{link}/",
    "the number sign encoded": "https://portal.example.com/start%23{token}",
    "the number sign encoded twice": "https://portal.example.com/start%2523{token}",
    "the number sign as an entity": "https://portal.example.com/start&#35;{token}",
    "the number sign as a named entity": "https://portal.example.com/start&num;{token}",
    "the number sign as JSON escapes it": "https:\\/\\/portal.example.com\\/start\\u0023{token}",
    "a full-width number sign": "https://portal.example.com/start＃{token}",
    "a blank after the number sign": "https://portal.example.com/start# {token}",
    "a number sign before": "#{token}",
    "a soft hyphen around": "\u00ad{link}\u00ad",
    "marks of no width": "\u200b{link}\u200b",
    "marks of direction": "\u2068{link}\u2069",
    "a byte order mark": "\ufeff{link}",
    "a no-break space": "{link}\u00a0is yours",
    "twice": "{link} {link}",
    "twice without a blank": "{link}{link}",
    "with the passcode": "{link}\nPasscode: 7KQ2-M9XR",
    "a shell's command": "open '{link}' &",
    "an escape of a terminal": "\x1b]8;;{link}\x1b\\open\x1b]8;;\x1b\\",
    "a colour of a terminal": "\x1b[34m{link}\x1b[0m",
    "a label": "URL:{link}",
    "mailto": "mailto:?body={link}",
    "view-source": "view-source:{link}",
}
# What happens within a link, so that the token is in two parts.
BROKEN = {
    "two lines": "{start}\n{end}",
    "two lines with line ends of Windows": "{start}\r\n{end}",
    "two lines, quoted": "> {start}\n> {end}",
    "two lines, quoted, in a field of one line": "> {start}> {end}",
    "the second line as mutt shows it": "{start}\n+{end}",
    "a soft line end of quoted-printable": "{start}=\n{end}",
    "a blank": "{start} {end}",
    "an indented second line": "{start}\n    {end}",
    "a mark of no width": "{start}\u200b{end}",
    "a soft hyphen": "{start}\u00ad{end}",
    "a place for a break": "{start}<wbr>{end}",
    "an ideographic blank": "{start}\u3000{end}",
    "two lines as a program writes them": "{start}\\r\\n{end}",
    "the end of a line in HTML": "{start}<br>\n{end}",
    "an element within": '{start}<span style="color: red">{end}</span>',
    "two lines quoted with a name": "> {start}\nHY> {end}",
    "two lines quoted with another sign": "{start}\n: {end}",
    "a frame of a terminal": "│ {start} │\n│ {end} │",
    "a colour of a terminal": "{start}\x1b[0;1m{end}",
    "a filler of Korean": "{start}\u3164{end}",
    "a blank of Braille": "{start}\u2800{end}",
    "NUL": "{start}\0{end}",
}
