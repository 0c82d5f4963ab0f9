"""The Chalice app: the member's pages, the administrator's API and the administrator's console."""

# ruff: noqa: E402 -- in Lambda, something comes before the other imports
import gc
import os
from functools import cache

IN_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
if IN_LAMBDA:
    # What is made while starting stays: looking for garbage in it is in vain, now and with every request.
    gc.disable()
    # Before all else: the connections are opened beside it.
    from chalicelib.aws.clients import own_clients
    from chalicelib.aws.connecting import Connections

    connections = Connections()
    clients = own_clients(os.environ["AWS_REGION"], connections.open)

    from chalicelib.wiring import portal

    settings = portal(clients).settings

from chalicelib.web.lambda_handler import Front
from chalicelib.web.member import access_key_page, check_page, config_page, mfa_pages, sign_out_page
from chalicelib.web.rendering import warm
from chalicelib.web.serving import MULTIPART

app = Front(app_name="firstday")
for step in (mfa_pages, access_key_page, config_page, check_page, sign_out_page):
    app.register_blueprint(step.pages)
# Forms with a file: API Gateway passes these, and only these, on in base64, whatever the file's encoding.
app.api.binary_types[:] = [MULTIPART]


@cache
def register_administrators_routes() -> None:
    from chalicelib.web.api import admin_routes, invitation_routes
    from chalicelib.web.console import (
        access,
        audit_page,
        glance_page,
        import_pages,
        invitation_pages,
        member_pages,
        suspension_pages,
    )

    for routes in (admin_routes, invitation_routes):
        app.register_blueprint(routes.api)
    for part in (
        access,
        glance_page,
        member_pages,
        invitation_pages,
        suspension_pages,
        import_pages,
        audit_page,
    ):
        app.register_blueprint(part.pages)


@cache
def register_own_page_routes() -> None:
    from chalicelib.web.own import device_pages, new_key_page, opening_page, overview_page, own_config_page

    for part in (opening_page, overview_page, device_pages, new_key_page, own_config_page):
        app.register_blueprint(part.pages)


@cache
def register_members_routes() -> None:
    from chalicelib.web.api import member_routes

    app.register_blueprint(member_routes.api)


@cache
def register_password_page() -> None:
    from chalicelib.web.member import password_page

    app.register_blueprint(password_page.pages)


@cache
def register_tools_route() -> None:
    from chalicelib.web.member import tools_page

    app.register_blueprint(tools_page.pages)


# Lambda gives full speed only while it initialises. A member's visit is nearly always a cold start, so that what
# few visitors need waits for the first of them. Elsewhere, importing this makes no client.
LATE = {
    "admin": register_administrators_routes,
    "console": register_administrators_routes,
    "me": register_own_page_routes,
    "member": register_members_routes,
    "password": register_password_page,
    "tools": register_tools_route,
}
if IN_LAMBDA:
    app.late_routes.update(LATE)
    if settings.console_password:
        register_password_page()
    warm(settings.languages)
    connections.wait()
    gc.freeze()
    gc.enable()
else:
    for register in LATE.values():
        register()
