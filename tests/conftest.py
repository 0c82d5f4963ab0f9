"""The fixtures and settings that all tests share."""

import signal

from hypothesis import settings

# The machine decides how long an example takes, so time is no reason to fail.
settings.register_profile("firstday", deadline=None, max_examples=50, print_blob=True)
settings.load_profile("firstday")

# A shell that runs the tests in the background makes them ignore SIGINT, and their child processes inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
