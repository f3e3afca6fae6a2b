"""What every caller needs to know before the first call: for /openapi.json and docs/api.md."""

from typing import Final

TOKENS: Final = """\
`Authorization: Bearer <token>`: a JWT signed with EdDSA (Ed25519). Header: `kid`, the name of a \
key that the services know. Claims: `sub` (the person), `roles` (a list), `unit` (code of the unit \
acted for; operators, auditors and admins need none), `section` (a town's section, if any), \
`iss` = `aud` = `shaobao`, `iat`, `exp` (at most 30 days after `iat`: a token can't be taken \
back). For a trial `./shaobao token --role village_officer --unit 110112105209` prints one; a real \
installation has its own issuer.

令牌为 EdDSA 签名的 JWT，含 `sub`（人员）、`roles`（角色）、`unit`（单位代码）、`section`（科室）、\
`iss`、`aud`、`iat`、`exp`（距 `iat` 不超过 30 天：令牌无法收回）。\
试用时可运行 `./shaobao token --help`。
"""
RECEIPTS: Final = """\
`Authorization: Receipt <secret>`: the secret from the answer to `POST /v1/requests`, with which \
the reporter alone judges. 诉求人凭回执密钥评价。
"""
KEYS: Final = """\
Every POST carries `Idempotency-Key`: 1 to 128 letters, digits or `._~:-`, a new one for each \
intention, the same one for a repetition, which is done once and answered alike. Without a token \
it has at least 16 characters that nobody can guess. 每个 POST 都要带幂等键，重发时不变。
"""
VERSIONS: Final = """\
Optional: the `ETag` of an earlier answer. If it has moved on since, the command is refused with \
412 and nothing is done. 版本不符时拒绝（412）。
"""
CORRELATION: Final = """\
Optional: 1 to 64 letters, digits or `._:-` that you find again in logs, events and messages; the \
answer has it too, or one made here. 关联编号，便于追查。
"""
BODIES: Final = """\
Bodies are JSON objects in UTF-8, `Content-Type: application/json`, at most 256 KiB. Unknown and \
doubled names are refused. Times have a zone; answers write UTC, `2026-06-01T01:12:00.000000Z`. \
Units, places and categories are codes: `GET /v1/units`, `GET /v1/categories` of dispatch.
"""
PROBLEMS: Final = """\
Errors are RFC 9457 problem details (`application/problem+json`): `type` is `/problems/<slug>` and \
stable, `detail` and `detail_zh` say it to people, `allowed` what would be accepted now, `errors` \
which values are wrong and why, `correlation_id` what to look for in the log. 409: not in this \
state. 412: it has moved on, read again. 422: the values. 503: send the same again, under the same \
key.
"""
PAGING: Final = """\
Lists come in pages: `limit` (1 to 200, else 50) and `cursor`. An answer with `next_cursor` has \
more: ask again with it as `cursor`; a cursor is opaque and belongs to its list.
翻页用 `next_cursor`。
"""
CHAPTERS: Final = (
    ("Tokens 令牌", TOKENS),
    ("Receipts 回执", RECEIPTS),
    ("`Idempotency-Key` 幂等键", KEYS),
    ("`If-Match` 版本", VERSIONS),
    ("`X-Correlation-ID` 关联编号", CORRELATION),
    ("Bodies 内容", BODIES),
    ("Errors 错误", PROBLEMS),
    ("Pages 翻页", PAGING),
)
#: What stands above the routes at /docs. The headers say the rest of themselves, below each route.
IN_SHORT: Final = """\
点 **Authorize** 粘贴令牌，再展开一个接口，点 **Execute** 试用。每个 POST 带 `Idempotency-Key`，\
保持示例值则每次自动换新；出错时看 `detail_zh`；列表用 `next_cursor` 翻页。

Press **Authorize** and paste a token, open a route, press **Execute**. A POST carries an \
`Idempotency-Key`; the example stands for a new one each time. An error says in `detail` what is \
wrong; lists go on with `next_cursor`. For a trial `./shaobao token --help` makes tokens. All of \
it on one page: docs/api.md.
"""


def chapters(*, level: int) -> str:
    """Return all of it in Markdown, its headings at `level`."""
    marks = "#" * level
    return "\n".join(f"{marks} {heading}\n\n{body}" for heading, body in CHAPTERS)
