"""A simulated camera before a screen. A line of the standard input is a draw, a picture, and where its photo goes.

It stands anywhere within 35 degrees across and 12 up or down, turned by up to 20, so far away that a CSS pixel
takes 0.35 to 1.1 of its own. Its picture is out of focus and shaken, unevenly lit, noisy, and pressed as JPEG.
The same draw has the same parameters, whatever is before the camera.

Run by a Python that has OpenCV, which is not the project's own.
"""

import sys
from importlib import import_module
from typing import Any

np: Any = import_module("numpy")
cv: Any = import_module("cv2")
PIXELS = 2  # of the picture, to a CSS pixel
SIDE = 640  # of the photo
FOCUS = 900.0


def photo(picture: Any, draw: int) -> Any:
    """What the camera sees of ``picture``, grey, in the draw of that number."""
    chance = np.random.default_rng(draw)
    scale = chance.uniform(0.35, 1.1) / PIXELS
    across, up, turn = np.radians(chance.uniform(-1, 1, 3) * (35, 12, 20))
    shift = chance.uniform(-20, 20, 2)
    seen = cv.warpPerspective(
        picture,
        _view(picture.shape, scale, across, up, turn, shift),
        (SIDE, SIDE),
        flags=cv.INTER_AREA,
        borderValue=128,
    )
    seen = cv.GaussianBlur(seen, (0, 0), chance.uniform(0.4, 1.1)).astype(np.float32)
    shake = np.zeros((7, 7), np.float32)
    shake[3, 3 : 4 + chance.integers(0, 3)] = 1
    seen = cv.filter2D(seen, -1, shake / shake.sum())
    x, y = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE))
    light = 1 + chance.uniform(-0.35, 0.35) * x + chance.uniform(-0.35, 0.35) * y
    seen = (30 + seen * chance.uniform(0.5, 0.8)) * light + chance.normal(0, chance.uniform(2, 12), seen.shape)
    _, pressed = cv.imencode(".jpg", np.clip(seen, 0, 255).astype(np.uint8), [1, int(chance.integers(50, 90))])
    return cv.imdecode(pressed, cv.IMREAD_GRAYSCALE)


def _view(shape: tuple[int, int], scale: float, across: float, up: float, turn: float, shift: Any) -> Any:
    """The homography of a flat picture seen from there, its middle near the photo's."""
    height, width = shape
    about_x = np.array([[1, 0, 0], [0, np.cos(up), -np.sin(up)], [0, np.sin(up), np.cos(up)]])
    about_y = np.array([[np.cos(across), 0, np.sin(across)], [0, 1, 0], [-np.sin(across), 0, np.cos(across)]])
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    turned = about_z @ about_x @ about_y
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    flat = np.column_stack([(corners - (width / 2, height / 2)) * scale, np.zeros(4)]) @ turned.T
    seen = flat[:, :2] * FOCUS / (FOCUS + flat[:, 2:]) + SIDE / 2 + shift
    return cv.getPerspectiveTransform(corners, seen.astype(np.float32))


def main() -> None:
    for line in sys.stdin.read().splitlines():
        draw, source, target = line.split("\t")
        cv.imwrite(target, photo(cv.imread(source, cv.IMREAD_GRAYSCALE), int(draw)))


if __name__ == "__main__":
    main()
