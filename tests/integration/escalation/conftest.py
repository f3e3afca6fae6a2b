"""A vhost of a real broker for every test that asks for one."""

from tests.integration.common.messaging.conftest import broker, management_uri

__all__ = ["broker", "management_uri"]
