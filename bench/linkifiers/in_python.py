"""What libraries of PyPI make of texts: JSON from the standard input, to the standard output.

Run by a Python that has them, which is not the project's own.
"""

import json
import re
import sys
from collections.abc import Callable
from html import unescape
from importlib import import_module
from typing import Any

_HREF = re.compile(r"""<a\b[^>]*?\shref=(?:"([^"]*)"|'([^']*)')""")
Linkifiers = dict[str, Callable[[str], list[str]]]
Converters = dict[str, Callable[[str], str]]


def hrefs(html: str) -> list[str]:
    return [unescape(one or other) for one, other in _HREF.findall(html)]


def linkifiers() -> Linkifiers:
    markdown: Any = import_module("markdown_it").MarkdownIt("gfm-like")
    linkify: Any = import_module("linkify_it").LinkifyIt()
    extract: Any = import_module("urlextract").URLExtract()
    mistune: Any = import_module("mistune").create_markdown(plugins=["url"])
    return {
        "linkify-it-py": lambda text: [match.url for match in linkify.match(text) or ()],
        "bleach": lambda text: hrefs(import_module("bleach").linkify(text)),
        "urlextract": lambda text: list(extract.gen_urls(text)),
        "markdown-it-py": lambda text: hrefs(markdown.render(text)),
        "mistune": lambda text: hrefs(mistune(text)),
        "Python-Markdown": lambda text: hrefs(
            import_module("markdown").markdown(text, extensions=["pymdownx.magiclink"])
        ),
        "Django": lambda text: hrefs(import_module("django.utils.html").urlize(text)),
        "tornado": lambda text: hrefs(import_module("tornado.escape").linkify(text)),
        "cmarkgfm": lambda text: hrefs(import_module("cmarkgfm").github_flavored_markdown_to_html(text)),
    }


def to_markdown() -> Converters:
    return {
        "markdownify": lambda html: str(import_module("markdownify").markdownify(html)),
        "html2text": lambda html: str(import_module("html2text").html2text(html)),
    }


def to_text() -> Converters:
    return {"inscriptis": lambda html: str(import_module("inscriptis").get_text(html))}


def main() -> None:
    given = json.load(sys.stdin)
    import_module("django.conf").settings.configure()
    rendered: Any = import_module("markdown_it").MarkdownIt("gfm-like").render
    found = {
        "links": {name: [make(text) for text in given["texts"]] for name, make in linkifiers().items()},
        "pages": {name: [rendered(make(page)) for page in given["pages"]] for name, make in to_markdown().items()},
        "texts": {name: [make(page) for page in given["pages"]] for name, make in to_text().items()},
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
