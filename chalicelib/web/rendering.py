"""Pages from templates: the environment is made once, while Lambda initialises."""

import base64
import gettext
import hashlib
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
LOCALE = ROOT / "chalicelib" / "locale"
SOURCE_LANGUAGE = "en"


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"style": _asset("style.css"), "script": _asset("script.js")}
    return environment


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The messages of ``language``; the source language needs no catalogue."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return gettext.translation("messages", LOCALE, [language])


# The language of the page being rendered: so each template is compiled once, whatever the number of languages.
_language: ContextVar[str] = ContextVar("language")


def _gettext(message: str) -> str:
    return translations(_language.get()).gettext(message)


def _ngettext(singular: str, plural: str, count: int) -> str:
    return translations(_language.get()).ngettext(singular, plural, count)


@cache
def _asset(name: str) -> Markup:
    # The project's own file, inlined so that a visit is one request.
    return Markup((TEMPLATES / name).read_text("utf-8"))  # noqa: S704


def rendered(page: str, language: str, **values: object) -> str:
    """The HTML of ``templates/<page>.html`` in ``language``."""
    _language.set(language)
    template = _environment().get_template(f"{page}.html")
    return template.render(page=page, language=language, **values)


@cache
def content_security_policy() -> str:
    """Nothing loads but the page itself; its one style and one script are named by their hashes."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash('style.css')}'",
            f"script-src '{_hash('script.js')}'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def warm(languages: tuple[str, ...]) -> None:
    """Compile the templates and read the catalogues while the processor is ours."""
    for language in languages:
        translations(language)
    environment = _environment()
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)
    content_security_policy()


def _hash(name: str) -> str:
    digest = hashlib.sha256(_asset(name).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
