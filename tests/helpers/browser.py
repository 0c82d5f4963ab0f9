"""The browser without a screen that ``firstday verify`` walks through the portal with."""

from firstday.verification.browser import Answer, Browser, Form, Page

__all__ = ["Answer", "Browser", "Form", "Page"]
