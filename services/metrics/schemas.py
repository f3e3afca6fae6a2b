"""What may come in by HTTP beside the path."""

from marshmallow import Schema, fields, validate

from services.common.http.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE


class SharesQuery(Schema):
    """`GET /v1/kpis/{unit}/{yyyy-mm}/{figure}`."""

    cursor = fields.String()
    limit = fields.Integer(
        load_default=DEFAULT_PAGE_SIZE, validate=validate.Range(1, LARGEST_PAGE_SIZE)
    )
