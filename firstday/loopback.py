"""Keeps what runs on this computer, such as the sandbox, out of any proxy, which could not reach it."""

from collections.abc import Mapping

HOSTS = ("127.0.0.1", "localhost", "::1")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def past_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that keep requests to this computer past the proxies of ``environment``; {} if it has none.

    Where there are none, a variable would hide the proxies of the system's own settings, as macOS has them.
    """
    if not any(value for name, value in environment.items() if name.lower() in _PROXIES):
        return {}
    # Python goes by the small letters if there are both.
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    names = [name.strip() for name in given.split(",") if name.strip()]
    # A star counts only where it stands alone.
    value = "*" if names == ["*"] else ",".join([*names, *(host for host in HOSTS if host not in names)])
    return {"no_proxy": value, "NO_PROXY": value}
