"""The page on Flask, with apig-wsgi between it and Lambda."""

from apig_wsgi import make_lambda_handler
from flask import Flask, request
from obvious_page import register_device

flask_app = Flask(__name__)


@flask_app.post("/register-device")
def post_register_device() -> str:
    return register_device(request.headers["Cookie"])


app = make_lambda_handler(flask_app)
