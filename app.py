"""The Chalice app: the member's pages and the administrator's API."""

import os

from chalice.app import Chalice

from chalicelib.web import admin, member
from chalicelib.web.rendering import warm
from chalicelib.wiring import portal

app = Chalice(app_name="firstday")
app.register_blueprint(member.pages)
app.register_blueprint(admin.api)

# Lambda gives full speed only while it initialises. Elsewhere, importing this makes no client.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    warm(portal().settings.languages)
