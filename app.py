"""The Chalice app: the member's pages, the administrator's API and the administrator's console."""

import os

from chalicelib.web.api import admin_routes, member_routes
from chalicelib.web.console import access, audit_page, import_pages, invitation_pages, member_pages
from chalicelib.web.console.frame import MULTIPART
from chalicelib.web.lambda_handler import Front
from chalicelib.web.member import (
    access_key_page,
    check_page,
    config_page,
    mfa_pages,
    password_page,
    sign_out_page,
)
from chalicelib.web.rendering import warm
from chalicelib.wiring import portal

app = Front(app_name="firstday")
for step in (mfa_pages, password_page, access_key_page, config_page, check_page, sign_out_page):
    app.register_blueprint(step.pages)
for signed in (admin_routes, member_routes):
    app.register_blueprint(signed.api)
for part in (access, member_pages, invitation_pages, import_pages, audit_page):
    app.register_blueprint(part.pages)
# Forms with a file: API Gateway passes these, and only these, on in base64, whatever the file's encoding.
app.api.binary_types[:] = [MULTIPART]

# Lambda gives full speed only while it initialises. Elsewhere, importing this makes no client.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    warm(portal().settings.languages)
