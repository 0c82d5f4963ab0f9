"""What ``firstday deploy`` says about accounts that it had no profile for."""

from chalicelib.settings.reader import read_settings
from firstday.cli.views.deploy_view import left_text
from firstday.stack.templates import target_accounts
from tests.helpers.settings_makers import HUNDRED_ACCOUNTS, example_settings, many_accounts


def test_a_few_accounts_have_their_own_commands() -> None:
    settings = example_settings()
    said = list(left_text(settings, target_accounts(settings)))
    assert "  --account-profile stg=PROFILE" in said
    assert "  firstday template target --account stg > stg.json" in said


def test_many_accounts_are_told_of_together() -> None:
    said = list(left_text(read_settings(many_accounts(roles_by_pattern=True)), HUNDRED_ACCOUNTS))
    assert said[0] == "The roles of 100 accounts were not looked at:"
    names = [name for line in said[1].splitlines() for name in line.strip(" ,").split(", ")]
    assert names == [f"account{number}" for number in range(100)]
    assert max(map(len, said[1].splitlines())) <= 76
    assert "  --account-profile NAME=PROFILE" in said
    assert "  firstday template target --account NAME > NAME.json" in said
    assert len(said) < 12
