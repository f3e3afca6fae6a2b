"""What documents must do. Memory and MongoDB pass one suite."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Document:
    """One read-model document. `body` is plain JSON; times are canonical text, so they sort."""

    id: str
    revision: int  #: 0 = does not exist yet
    body: Mapping[str, Any]


class Documents(Protocol):
    """Read-model documents by model and id, written by compare-and-set on the revision."""

    def get(self, model: str, id: str) -> Document:  # noqa: A002
        """Return the document, or one of revision 0 with an empty body."""
        ...

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Document]:
        """Do `get` with several, by id."""
        ...

    def put(self, model: str, document: Document) -> bool:
        """Write `document` over the revision it was read at; False if somebody was faster."""
        ...

    def put_many(self, model: str, documents: Sequence[Document]) -> Sequence[bool]:
        """Do `put` with several, each of another id; say of each whether it was written."""
        ...

    def find(
        self,
        model: str,
        where: Mapping[str, Any],
        *,
        order_by: str = "_id",
        upto: str | None = None,
        after: str | None = None,
        limit: int = 1000,
    ) -> Sequence[Document]:
        """Return documents whose fields equal `where` (a list field: contains), ascending.

        `upto` (included) and `after` (excluded) bound the field `order_by`.
        """
        ...

    def drop(self, model: str) -> None:
        """Delete every document of `model`: before a rebuild."""
        ...
