"""Renders pages from templates; the environment is made once, while Lambda initialises."""

import base64
import gettext
import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from chalicelib.settings.time_zones import zone_of
from chalicelib.web.compiled_templates import CompiledTemplates
from chalicelib.words import Words

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
# In the package only.
COMPILED = ROOT / "compiled_templates"
LOCALE = ROOT / "chalicelib" / "locale"
SOURCE_LANGUAGE = "en"
# The pages of a folder share their style and script; the others add to the member's.
_MEMBER, _OWN, _CONSOLE, _TOOLS = "", "own", "console", "tools"
_STYLES = {
    _MEMBER: ("style.css",),
    _OWN: ("style.css",),
    _CONSOLE: ("style.css", "console/console.css"),
    _TOOLS: ("style.css", "tools/tools.css"),
}
_SCRIPTS = {
    _MEMBER: ("script.js",),
    _OWN: ("script.js",),
    _CONSOLE: ("script.js", "console/console.js"),
    _TOOLS: ("script.js",),
}


def environment_of(loader: BaseLoader) -> Environment:
    """Jinja for the templates of ``loader``: compiled ones, or sources."""
    environment = Environment(
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),  # the text of mails is plain
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
        loader=loader,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(words=_words, marked=_marked, local=_local, offset=_offset)
    return environment


@cache
def _compiled() -> CompiledTemplates | None:
    return CompiledTemplates(COMPILED) if COMPILED.is_dir() else None


@cache
def _environment() -> Environment:
    return environment_of(_compiled() or FileSystemLoader(TEMPLATES))


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The messages of ``language``; the source language needs no catalogue."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return gettext.translation("messages", LOCALE, [language])


# The language of the page being rendered. Each template is compiled once for all languages.
_language: ContextVar[str] = ContextVar("language")
_time_zone: ContextVar[str] = ContextVar("time_zone", default="")


def _gettext(message: str) -> str:
    return translations(_language.get()).gettext(message)


def _ngettext(singular: str, plural: str, count: int) -> str:
    return translations(_language.get()).ngettext(singular, plural, count)


def _words(words: Words) -> Markup:
    """The sentence in the page's language; names in it are nothing for a page translator."""
    kept = {name: Markup('<span translate="no">{}</span>').format(value) for name, value in words.values.items()}
    return escape(_gettext(words.template)) % kept


def _marked(text: Mapping[str, str]) -> Markup:
    """The text in the page's language; what stands between backticks is code."""
    parts = enumerate(text[_language.get()].split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in parts)


def _local(at: datetime) -> datetime:
    return at.astimezone(zone_of(_time_zone.get()))


def _offset(at: datetime) -> str:
    """``UTC+09:00``, which may be another one on another day."""
    text = at.strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}"


def in_language(words: Words, language: str) -> str:
    """The sentence in ``language``, as plain text."""
    return translations(language).gettext(words.template) % words.values


@cache
def _asset(names: tuple[str, ...]) -> Markup:
    # The project's own files, inlined so that a visit is one request.
    return Markup("").join(Markup((TEMPLATES / name).read_text("utf-8")) for name in names)  # noqa: S704


def rendered(page: str, language: str, **values: object) -> str:
    """The HTML of ``templates/<page>.html`` in ``language``; times are in ``time_zone``, UTC if there is none."""
    _language.set(language)
    _time_zone.set(str(values.setdefault("time_zone", "")))
    template = _environment().get_template(f"{page}.html")
    style, script = _asset(_STYLES[_folder(page)]), _asset(_SCRIPTS[_folder(page)])
    return _kept(template.render(page=page, language=language, style=style, script=script, **values))


def rendered_mail(name: str, language: str, **values: object) -> str:
    """What ``templates/mail/<name>`` makes of the values in ``language``."""
    _language.set(language)
    return _environment().get_template(f"mail/{name}").render(language=language, **values)


def local_text(at: datetime, time_zone: str) -> str:
    """``2026-12-01 18:30 UTC+09:00``."""
    there = at.astimezone(zone_of(time_zone))
    return f"{there:%Y-%m-%d %H:%M} {_offset(there)}"


def _kept(html: str) -> str:
    """What is typed or copied is nothing for a page translator, not even one into a language from right to left."""
    for tag in ("<code", "<pre"):
        html = html.replace(tag, f'{tag} translate="no" dir="ltr"')
    return html


def content_security_policy(page: str) -> str:
    """Nothing loads but the page itself; its one style and one script are named by their hashes."""
    return _policy_of(_folder(page))


@cache
def _policy_of(folder: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(_STYLES[folder])}'",
            f"script-src '{_hash(_SCRIPTS[folder])}'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def warm(languages: tuple[str, ...]) -> None:
    """Load the member's templates and read the catalogues while Lambda gives full speed.

    A member's visit is nearly always the first one of its process; an administrator's console can wait.
    """
    for language in languages:
        translations(language)
    environment, compiled = _environment(), _compiled()
    for folder in (_MEMBER, "parts"):
        sources = (path.relative_to(TEMPLATES).as_posix() for path in (TEMPLATES / folder).glob("*.html"))
        for name in compiled.templates_in(folder) if compiled else sources:
            environment.get_template(name)
    _policy_of(_MEMBER)


def _folder(page: str) -> str:
    return page.rpartition("/")[0]


def _hash(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256(_asset(names).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
