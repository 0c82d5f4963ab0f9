"""``firstday code``: an authenticator app for tests without a phone.

The secret key is asked for, or read from standard input; it is never an argument, since
those are kept in the shell's history and shown to others by ``ps``.
"""

import getpass
import re
import time
import unicodedata
from collections.abc import Callable
from typing import TextIO

from chalicelib.errors import InvalidInput
from chalicelib.members.mfa import code_at, is_seed, seconds_left, step_at

PROMPT = "Secret key (as the page shows it, spaces do not matter): "


def read_secret_key(stdin: TextIO, ask: Callable[[str], str] = getpass.getpass) -> str:
    """The seed, typed without echo or piped. Raises InvalidInput for anything else."""
    try:
        text = ask(PROMPT) if stdin.isatty() else stdin.readline()
    except UnicodeDecodeError:  # by a terminal of another encoding
        text = "?"
    if not text:
        raise InvalidInput("secret_key", "No secret key was given. Type it in a terminal, or pipe it in.")
    # As codes are read: in any width, whatever blanks and marks stand around it; or the QR code's text.
    text = unicodedata.normalize("NFKC", text)
    if found := re.search(r"secret=(\w+)", text):
        text = found[1]
    seed = "".join(filter(str.isalnum, text)).upper()
    if not is_seed(seed):
        raise InvalidInput(
            "secret_key", "This is not a secret key: it has letters and the digits 2 to 7, 64 of them with AWS."
        )
    return seed


def line(seed: str, now: float) -> str:
    """The current code, how long it lasts, and the next one."""
    step = step_at(now)
    return f"{code_at(seed, step)}   for {seconds_left(now):2} s, then {code_at(seed, step + 1)}"


def show(
    seed: str,
    stdout: TextIO,
    *,
    once: bool = False,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Print the codes: one line that counts down in a terminal, until Ctrl-C; else one line."""
    if once or not stdout.isatty():
        stdout.write(line(seed, now()) + "\n")
        return
    stdout.write("Ctrl-C ends this. A code works once: wait for the next one before you use it again.\n")
    try:
        while True:
            stdout.write("\r" + line(seed, now()) + " ")
            stdout.flush()
            sleep(1 - now() % 1)
    except KeyboardInterrupt:
        stdout.write("\n")
