"""The portal's address, as the browser of a visit has it."""


def address(host: str, root: str, *, is_loopback: bool) -> str:
    """The portal's address, from the Host header of a member's browser and the path that the portal begins at.

    An invitation link never comes from that header, since it is for somebody else. This address goes back to the
    browser that sent the header. It is where that browser has just been, API Gateway serves no other host, and a
    signature is good for the host that it was made for.
    """
    return f"{'http' if is_loopback else 'https'}://{host}{root}"
