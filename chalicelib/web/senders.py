"""Which page sent a form, as the browser says: it sets these headers itself, whatever a page wants.

https://web.dev/articles/fetch-metadata
"""

from collections.abc import Callable


def is_own_page(host: str, header: Callable[[str], str]) -> bool:
    """Whether a page of ``host`` sent it; ``header`` reads one of the request, "" if it is not there.

    Browsers before March 2023 send no ``Sec-Fetch-Site``, and some proxies strip it: then ``Origin`` tells, or else
    ``Referer``. Where the first two are there, both have to say so. Privacy tools make ``Origin`` "null": that says
    nothing.
    """
    site, origin = header("sec-fetch-site"), header("origin")
    if origin == "null":
        origin = ""
    if not site and not origin:
        origin = "/".join(header("referer").split("/")[:3])
    own = {f"https://{host}", f"http://{host}"} if host else set()
    return bool(site or origin) and site in ("", "same-origin") and (not origin or origin in own)
