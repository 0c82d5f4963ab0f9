"""The page on Chalice."""

from chalice import Chalice, Response
from obvious_page import register_device

app = Chalice(app_name="peer")


@app.route("/register-device", methods=["POST"], content_types=["application/x-www-form-urlencoded"])
def post_register_device() -> Response:
    page = register_device(app.current_request.headers["cookie"])
    return Response(page, headers={"Content-Type": "text/html; charset=utf-8"})
