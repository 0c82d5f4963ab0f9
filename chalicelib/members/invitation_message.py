"""The message that an administrator pastes to a new member."""

LANGUAGES = ("en", "ja")
_MESSAGES = {
    "en": """\
This link sets up your access to AWS at {organisation} in about five minutes:

{invitation_url}

Open it on the computer on which you will use AWS, with your phone and an authenticator app at hand.
It is yours alone and open until {expires_at}; please do not pass it on.{passcode}
""",
    "ja": """\
{organisation} の AWS を使うための設定が、次のリンクから 5 分ほどで終わります。

{invitation_url}

AWS を使うパソコンで開き、認証アプリを入れたスマートフォンをお手元にご用意ください。
このリンクはあなた専用で、有効期限は {expires_at} です。ほかの人には渡さないでください。{passcode}
""",
}
_PASSCODE = {
    "en": "\nThe page asks for a passcode, which you will be told separately.",
    "ja": "\nページで求められるパスコードは、別の方法でお知らせします。",
}


def message(language: str, *, organisation: str, invitation_url: str, expires_at: str, has_passcode: bool) -> str:
    """The text for the member; it never holds the passcode, which goes another way.

    ``expires_at`` is written as the member is to read it.
    """
    return _MESSAGES[language].format(
        organisation=organisation,
        invitation_url=invitation_url,
        expires_at=expires_at,
        passcode=_PASSCODE[language] if has_passcode else "",
    )
