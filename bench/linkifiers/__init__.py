"""What becomes of a link in programs that make links of text, or one form of text of another."""
