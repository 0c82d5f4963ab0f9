"""What every test shares."""

from hypothesis import settings

# The machine decides how long an example takes, so time is no reason to fail.
settings.register_profile("firstday", deadline=None, max_examples=50, print_blob=True)
settings.load_profile("firstday")
