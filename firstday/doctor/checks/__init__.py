"""The checks of ``firstday doctor``: pure functions from what was read of AWS to findings."""
