"""Pages from templates: the environment is made once, while Lambda initialises."""

import base64
import gettext
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
LOCALE = ROOT / "chalicelib" / "locale"
SOURCE_LANGUAGE = "en"


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        autoescape=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"style": _asset("style.css"), "script": _asset("script.js")}
    return environment


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The messages of ``language``; the source language needs no catalogue."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return gettext.translation("messages", LOCALE, [language])


@cache
def _asset(name: str) -> Markup:
    # The project's own file, inlined so that a visit is one request.
    return Markup((TEMPLATES / name).read_text("utf-8"))  # noqa: S704


def rendered(page: str, language: str, **values: object) -> str:
    """The HTML of ``templates/<page>.html`` in ``language``."""
    template = _environment(language).get_template(f"{page}.html")
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
        environment = _environment(language)
        for name in environment.list_templates(extensions=["html"]):
            environment.get_template(name)
    content_security_policy()


def _hash(name: str) -> str:
    digest = hashlib.sha256(_asset(name).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
