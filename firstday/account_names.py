"""What the settings call an account, for people."""

from chalicelib.settings.records import Settings


def account_name(settings: Settings, account_id: str) -> str:
    """The account's name in ``[accounts]``; its id where it has none."""
    return next((name for name, found in settings.accounts.items() if found == account_id), account_id)


def account_words(settings: Settings, account_id: str) -> str:
    """The account in a sentence, with its id; only the identity account may have no name."""
    if (name := account_name(settings, account_id)) != account_id:
        return f"the account {name} ({account_id})"
    kind = "identity account" if account_id == settings.identity_account else "account"
    return f"the {kind} ({account_id})"
