"""What may come in by HTTP beside the path."""

from services.common.http.fields.values import Paged


class SharesQuery(Paged):
    """`GET /v1/kpis/{unit}/{yyyy-mm}/{figure}`."""
