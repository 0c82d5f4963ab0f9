"""A robot member who walks the whole journey and then tries what it may do: the parts of ``firstday verify``."""
