"""Text of others as it can stand in TOML: nothing in it ends a string or a comment, or turns a line round.

https://toml.io/en/v1.0.0#string
"""


def quoted(text: str) -> str:
    """A basic string of TOML."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def comment(text: str) -> str:
    """One line of a comment."""
    return f"# {''.join(char if char.isprintable() else _unprintable(char) for char in text)}".rstrip()


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else _unprintable(char)


def _unprintable(char: str) -> str:
    code = ord(char)
    if 0xD800 <= code < 0xE000:  # half a character, which TOML cannot say
        return "\\uFFFD"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
