"""The page on FastAPI, with Mangum between it and Lambda."""

from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.responses import HTMLResponse
from mangum import Mangum
from obvious_page import register_device

fastapi_app = FastAPI()


@fastapi_app.post("/register-device", response_class=HTMLResponse)
def post_register_device(cookie: Annotated[str, Header()]) -> str:
    return register_device(cookie)


app = Mangum(fastapi_app)
