"""The headers of every answer, also of API Gateway's own, and two that requests send: cookies, languages."""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A page names its own style and script instead; every other answer needs nothing at all.
NOTHING_LOADS = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
EVERY_ANSWER = SECURITY_HEADERS | {"Content-Security-Policy": NOTHING_LOADS}

# The most that API Gateway takes for all headers together.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
_MAXIMUM_HEADER = 10_240


def cookies_in(header: str) -> dict[str, str]:
    """RFC 6265, section 4.2. Read by hand: what a parent domain may add would make SimpleCookie give up."""
    pairs = (part.partition("=") for part in header[:_MAXIMUM_HEADER].split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def accepted_languages(header: str) -> list[str]:
    """RFC 9110, section 12.5.4, by weight; regions do not matter here."""
    weighted = []
    for part in header[:200].split(","):
        language, _, weight = part.partition(";")
        weighted.append((_weight(weight), language.strip().partition("-")[0].lower()))
    return [language for weight, language in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
