"""Connections to a mongod that asks for passwords."""

from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from services.local.servers.database import Database
from tests.support.waiting import PATIENCE_SECONDS

Client = MongoClient[dict[str, Any]]


def answers(client: Client) -> bool:
    try:
        client.admin.command("ping")
    except PyMongoError:
        return False
    return True


def connected(database: Database, user: str | None = None, password: str = "") -> Client:
    login = f"{user}:{password}@" if user else ""
    return MongoClient(
        f"mongodb://{login}127.0.0.1:{database.port}/?directConnection=true&authSource=admin",
        serverSelectionTimeoutMS=int(PATIENCE_SECONDS * 1000),
    )
