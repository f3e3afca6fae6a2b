"""The page at /docs: Swagger UI from its package, started by a script of our own; no other host.

The page and its files are read once. A browser may keep them; nothing in them is about anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from services.common.http.errors import NoSuchRoute

_OURS: Final = Path(__file__).with_name("page")
_VERSION: Final = "5.31.0"  #: of Swagger UI
#: Our own style and script lie in `page`; the rest is Swagger UI's.
_MEDIA: Final[Mapping[str, str]] = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "look.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
#: Only this service is spoken to. Swagger UI puts styles and pictures of its own into the page.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class ViewerFile:
    """A file of the page."""

    content: bytes
    media: str


@cache
def index() -> ViewerFile:
    """Return the page itself."""
    return ViewerFile((_OURS / "index.html").read_bytes(), "text/html; charset=utf-8")


@cache
def file(name: str) -> ViewerFile:
    """Return a file of the page.

    Raises:
        NoSuchRoute: It has none of that name.
    """
    if name not in _MEDIA:
        raise NoSuchRoute
    ours = _OURS / name
    path = ours if ours.exists() else bundle() / name
    return ViewerFile(path.read_bytes(), _MEDIA[name])


def bundle() -> Path:
    """Return the folder of Swagger UI's files, without importing what lies beside them."""
    found = find_spec("swagger_ui_bundle")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("swagger_ui_bundle")
    return Path(found.origin).parent / "vendor" / f"swagger-ui-{_VERSION}"
