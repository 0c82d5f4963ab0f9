"""The browser without a screen that ``firstday verify`` walks through the portal with."""

from firstday.verification.browser import Browser, Form, Page, PageAnswer

__all__ = ["Browser", "Form", "Page", "PageAnswer"]
