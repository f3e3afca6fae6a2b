"""The edge that settings describe."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.common.config import MetricsSettings, read_settings
from services.common.http.host import Unobserved
from services.common.http.serving import serving
from services.common.http.tokens import issue
from tests.unit.common.http.village import SIGNING_KEY


def test_settings_become_an_edge(tmp_path: Path) -> None:
    pem = SIGNING_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "town.pem").write_bytes(pem)
    environment = {
        "MONGODB_URI": "mongodb://127.0.0.1",
        "AMQP_URI": "amqp://127.0.0.1",
        "HTTP_ADDRESS": "127.0.0.1:8004",
        "HTTP_REUSE_PORT": "yes",
        "HTTP_BODY_LIMIT_BYTES": "1000",
        "TOKEN_PUBLIC_KEYS": str(tmp_path),
    }
    found = serving(read_settings(MetricsSettings, environment), Unobserved())
    assert (found.address, found.reuse_port) == (("127.0.0.1", 8004), True)
    assert found.host.body_limit_bytes == 1000
    assert found.host.tokens.caller(issue(SIGNING_KEY, "town", "p-1", [])).person == "p-1"
