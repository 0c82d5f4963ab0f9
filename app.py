"""The Chalice app: the member's pages, the administrator's API and the administrator's console."""

import os

from chalicelib.web import (
    access_key_page,
    admin,
    check_page,
    config_page,
    console,
    console_audit,
    console_check,
    console_import,
    console_invitations,
    console_members,
    member,
    member_api,
    password_page,
    sign_out_page,
)
from chalicelib.web.console_visits import MULTIPART
from chalicelib.web.front import Front
from chalicelib.web.rendering import warm
from chalicelib.wiring import portal

app = Front(app_name="firstday")
for step in (member, password_page, access_key_page, config_page, check_page, sign_out_page):
    app.register_blueprint(step.pages)
for signed in (admin, member_api):
    app.register_blueprint(signed.api)
for part in (console, console_members, console_check, console_invitations, console_import, console_audit):
    app.register_blueprint(part.pages)
# A form with a file: API Gateway hands it over in base64, whatever the file's encoding; and nothing else so.
app.api.binary_types[:] = [MULTIPART]

# Lambda gives full speed only while it initialises. Elsewhere, importing this makes no client.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    warm(portal().settings.languages)
