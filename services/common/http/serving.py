"""The HTTP edge of a process, built from its settings."""

from services.common.config import ServedSettings
from services.common.http.host import HttpHost, HttpServing, Observer
from services.common.http.tokens import TokenVerifier, public_keys


def serving(settings: ServedSettings, observer: Observer) -> HttpServing:
    """Return what nameko's configuration holds under `SERVING`.

    Raises:
        UnusableKeys: The public keys for tokens can't be read.
    """
    host = HttpHost(
        tokens=TokenVerifier(public_keys(settings.token_public_keys)),
        observer=observer,
        body_limit_bytes=settings.http_body_limit_bytes,
        allowed_origins=settings.http_allowed_origins,
    )
    return HttpServing(settings.http_address, host, reuse_port=settings.http_reuse_port)
