"""What the HTTP edge itself refuses, before a service is asked.

Each is a `Refused` with the headers its answer must carry. Slugs are part of the contract: the
problem's `type` is `/problems/<slug>` (problems.py).
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from services.common.errors import Refused


class HttpRefused(Refused):
    """The request can't be taken as it is. `headers` go out with the answer."""

    status: ClassVar[int] = 400

    def __init__(self, *, allowed: Iterable[str] = (), **facts: object) -> None:
        super().__init__(allowed=allowed, **facts)
        self.headers: Mapping[str, str] = {}


class NoSuchRoute(HttpRefused):
    """Nothing is served under this path."""

    slug = "no-such-route"
    status = 404
    zh = "没有这个地址。"
    en = "There is nothing at this address."


class MethodNotAllowed(HttpRefused):
    """The path exists, the method doesn't. `allowed` names the methods, as `Allow` does."""

    slug = "method-not-allowed"
    status = 405
    zh = "这个地址不支持该方法。"
    en = "This address does not take that method."

    def __init__(self, *, allowed: Iterable[str]) -> None:
        super().__init__(allowed=allowed)
        self.headers = {"Allow": ", ".join(self.allowed)}


class HeadMalformed(HttpRefused):
    """The head of the request is not what RFC 9112 says; `why` says where. Nothing is guessed."""

    slug = "head-malformed"
    zh = "请求行或请求头不符合 HTTP 标准。"
    en = "The request line or a header is not as HTTP/1.1 demands."


class HeadTooLarge(HttpRefused):
    """A header is longer than 8 KiB, all together than 64 KiB, or there are more than 100."""

    slug = "head-too-large"
    status = 431
    zh = "请求头过长或过多。"
    en = "The headers are too long or too many."


class HeadTooSlow(HttpRefused):
    """The headers did not arrive in time. Send the request again."""

    slug = "head-too-slow"
    status = 408
    zh = "请求头没有及时收到。"
    en = "The headers did not arrive in time."


class AddressTooLong(HttpRefused):
    """The request line is longer than 8 KiB."""

    slug = "address-too-long"
    status = 414
    zh = "请求地址过长。"
    en = "The address is too long."


class HttpVersionUnknown(HttpRefused):
    """HTTP/1.1 and 1.0 are spoken here."""

    slug = "http-version-unknown"
    status = 505
    zh = "不支持该 HTTP 版本。"
    en = "This version of HTTP is not spoken here."


class TooManyConnections(HttpRefused):
    """Every connection that may be open has a request in flight. Wait, then try again."""

    slug = "too-many-connections"
    status = 503
    zh = "连接过多，请稍后再试。"
    en = "Too many connections are in use; try again in a moment."

    def __init__(self) -> None:
        super().__init__()
        self.headers = {"Retry-After": "2"}


class BodyTooLarge(HttpRefused):
    """The body is longer than `limit_bytes`. Send less."""

    slug = "body-too-large"
    status = 413
    zh = "请求内容超过 {limit_bytes} 字节。"
    en = "The body is larger than {limit_bytes} bytes."


class BodyTooSlow(HttpRefused):
    """The body did not arrive in time. Send it again."""

    slug = "body-too-slow"
    status = 408
    zh = "请求内容没有及时收到。"
    en = "The body did not arrive in time."


class BodyBroken(HttpRefused):
    """The body ended early or its chunks can't be read."""

    slug = "body-broken"
    zh = "请求内容不完整或分块格式有误。"
    en = "The body ended early or is wrongly chunked."


class TransferEncodingUnknown(HttpRefused):
    """Only `chunked` is understood."""

    slug = "transfer-encoding-unknown"
    status = 501
    zh = "不支持这种传输编码。"
    en = "This transfer encoding is not supported."


class ContentTypeUnknown(HttpRefused):
    """Bodies are `application/json` in UTF-8, not compressed."""

    slug = "content-type-unknown"
    status = 415
    zh = "请求内容须为 UTF-8 的 application/json。"
    en = "The body must be application/json in UTF-8."

    def __init__(self) -> None:
        super().__init__(allowed=("application/json",))
        self.headers = {"Accept": "application/json"}


class BodyMalformed(HttpRefused):
    """The body is no JSON object; `why` says what is wrong with it."""

    slug = "body-malformed"
    zh = "请求内容不是有效的 JSON 对象。"
    en = "The body is not a valid JSON object."


class BodyUnexpected(HttpRefused):
    """This route takes no body."""

    slug = "body-unexpected"
    zh = "这个地址不需要请求内容。"
    en = "This address takes no body."


class ValuesRefused(HttpRefused):
    """The JSON is well formed, its values are not. `errors` names each place and why."""

    slug = "values-refused"
    status = 422
    zh = "有内容填写不符合要求。"
    en = "Some values are not acceptable."

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors=errors)


class QueryRefused(ValuesRefused):
    """A query parameter is unknown or not acceptable. `errors` names each and why."""

    slug = "query-refused"
    status = 400
    zh = "查询参数不符合要求。"
    en = "Some query parameters are not acceptable."


class CursorRefused(HttpRefused):
    """The paging cursor wasn't made by this list. Start again without one."""

    slug = "cursor-refused"
    zh = "分页标记无效，请从头开始。"
    en = "The paging cursor is not valid; start again without one."


class KeyMissing(HttpRefused):
    """Every POST carries an `Idempotency-Key`: make one per intention, keep it for retries."""

    slug = "idempotency-key-missing"
    zh = "缺少 Idempotency-Key 请求头。"
    en = "The header Idempotency-Key is missing."


class KeyMalformed(HttpRefused):
    """`Idempotency-Key`: 1 to 128 letters, digits and `._~:-`; quotes around it are fine."""

    slug = "idempotency-key-malformed"
    zh = "Idempotency-Key 须为 1 至 128 个字母、数字或 ._~:- 字符。"
    en = "Idempotency-Key must be 1 to 128 letters, digits or ._~:- characters."


class CorrelationMalformed(HttpRefused):
    """`X-Correlation-ID`: 1 to 64 letters, digits and `._:-`. Left out, a new one is made."""

    slug = "correlation-id-malformed"
    zh = "X-Correlation-ID 须为 1 至 64 个字母、数字或 ._:- 字符，也可以不填。"
    en = "X-Correlation-ID must be 1 to 64 letters, digits or ._:- characters, or be left out."


class IfMatchMalformed(HttpRefused):
    """`If-Match` is one strong tag that holds the version: `"7"`."""

    slug = "if-match-malformed"
    zh = 'If-Match 须为带引号的版本号，例如 "7"。'
    en = 'If-Match must be a quoted version number such as "7".'


#: Whoever stands before a 401 or this 403 is told where tokens come from.
_MADE_EN = " './shaobao token --help' makes tokens for a trial; docs/api.md says what one holds."
_MADE_ZH = "试用时可运行 ./shaobao token --help 获取令牌；令牌内容见 docs/api.md。"


class Unauthenticated(HttpRefused):
    """Say who you are: the route needs a bearer token (or a receipt, where one will do)."""

    slug = "token-missing"
    status = 401
    zh = "请先登录。" + _MADE_ZH
    en = "A bearer token is needed." + _MADE_EN
    error: ClassVar[str | None] = None  #: RFC 6750 error code

    def __init__(self, *, allowed: Iterable[str] = (), **facts: object) -> None:
        super().__init__(allowed=allowed, **facts)
        code = f', error="{self.error}"' if self.error else ""
        self.headers = {"WWW-Authenticate": f'Bearer realm="shaobao"{code}'}


class AuthorizationMalformed(Unauthenticated):
    """`Authorization` is neither `Bearer <token>` nor `Receipt <secret>`."""

    slug = "authorization-malformed"
    zh = "Authorization 请求头格式有误。" + _MADE_ZH
    en = "The header Authorization is neither Bearer nor Receipt." + _MADE_EN
    error = "invalid_request"


class TokenExpired(Unauthenticated):
    """The token's time is over. Get a new one."""

    slug = "token-expired"
    zh = "登录已过期，请重新登录。" + _MADE_ZH
    en = "The token has expired." + _MADE_EN
    error = "invalid_token"


class TokenKeyUnknown(Unauthenticated):
    """No public key of that name is configured here."""

    slug = "token-key-unknown"
    zh = "不认识签发该令牌的密钥。" + _MADE_ZH
    en = "The key that signed the token is not known here." + _MADE_EN
    error = "invalid_token"


class TokenSignatureWrong(Unauthenticated):
    """The signature doesn't fit the token."""

    slug = "token-signature-wrong"
    zh = "令牌签名不正确。" + _MADE_ZH
    en = "The token's signature is wrong." + _MADE_EN
    error = "invalid_token"


class TokenRefused(Unauthenticated):
    """The token is not one of ours: form, algorithm, audience, issuer or a claim is wrong."""

    slug = "token-refused"
    zh = "令牌无效。" + _MADE_ZH
    en = "The token is not acceptable." + _MADE_EN
    error = "invalid_token"


class RoleNotAllowed(HttpRefused):
    """The caller is known but has none of the roles in `allowed`."""

    slug = "role-not-allowed"
    status = 403
    zh = "当前角色无权办理此事。" + _MADE_ZH
    en = "None of your roles may do this." + _MADE_EN
