"""Errors as RFC 9457 problem details, in Chinese and English.

`type` is the relative URI `/problems/<slug>`: stable, the same behind every host name, and it may
one day be served. Members: `type`, `title`, `title_zh`, `status`, `detail`, `detail_zh`,
`correlation_id`, `allowed` (what would be accepted now, if the refusal says so) and the facts of
the refusal. A fact that is named like a fixed member is left out: the member wins.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from services.common.errors import Refused, Transient
from services.common.http.call import Answer
from services.common.http.errors import HttpRefused

PROBLEM_TYPE = "application/problem+json"
DEFAULT_RETRY_SECONDS = 2
SAMPLE_CORRELATION = "0d9c1e2f-5a43-4b7e-9a51-2f7d5c1b8e60"

_TITLES_ZH = {
    400: "请求有误",
    401: "未登录",
    403: "无权办理",
    404: "没有找到",
    405: "方法不支持",
    408: "请求超时",
    409: "当前不能办理",
    410: "内容已删除",
    412: "内容已被他人更新",
    413: "请求内容过大",
    414: "请求地址过长",
    415: "内容类型不支持",
    422: "内容不符合要求",
    429: "请求过于频繁",
    431: "请求头过大",
    501: "功能不支持",
    503: "服务暂时不可用",
    505: "HTTP 版本不支持",
}


def refusal(error: Refused, correlation_id: str) -> Answer:
    """Return the answer to a refused request."""
    members = dict(error.facts)
    if error.allowed:
        members["allowed"] = list(error.allowed)
    members |= _fixed(error.slug, error.status, error.detail_en, error.detail_zh, correlation_id)
    headers = error.headers if isinstance(error, HttpRefused) else {}
    return _problem(error.status, members, headers)


def unavailable(error: Transient, correlation_id: str) -> Answer:
    """Return the answer when something we lean on is away: 503, and nobody knows what was done.

    A commit may be on disk though its answer was lost, so the caller is told how to find out: the
    same key does it once and brings the answer.

    `retry_after_seconds` among the error's facts becomes `Retry-After`; no other fact is shown.
    """
    seconds = error.facts.get("retry_after_seconds", DEFAULT_RETRY_SECONDS)
    return _problem(503, _unavailable(correlation_id), {"Retry-After": str(seconds)})


def failure(error_id: str, correlation_id: str) -> Answer:
    """Return the answer to a fault of ours: an id to find it in the log, and no word more."""
    members = _fixed(
        "internal-error",
        500,
        "Something went wrong on our side. Give the error id to whoever runs the service.",
        "服务内部出错，请将错误编号告知系统管理员。",
        correlation_id,
    )
    return _problem(500, {"error_id": error_id, **members}, {})


def sample(refusal: type[Refused]) -> dict[str, Any]:
    """Return what a refusal looks like, for the reference; facts in its sentence stay `{named}`."""
    return _fixed(refusal.slug, refusal.status, refusal.en, refusal.zh, SAMPLE_CORRELATION)


def unavailable_sample() -> dict[str, Any]:
    """Return what the 503 looks like, for the reference."""
    return _unavailable(SAMPLE_CORRELATION)


def title_zh(status: int) -> str:
    """Return the Chinese title of a status."""
    return _TITLES_ZH.get(status, "出错了" if status >= 500 else "请求未被接受")


def _unavailable(correlation_id: str) -> dict[str, Any]:
    return _fixed(
        "unavailable",
        503,
        "Something this service needs is away or was faster. Send the same request again, under "
        "the same Idempotency-Key: it is done once, whether or not it was done already.",
        "所依赖的服务暂时不可用。请用同一 Idempotency-Key 原样重发，"
        "无论此前是否已办理，都只办理一次。",
        correlation_id,
    )


def _fixed(slug: str, status: int, en: str, zh: str, correlation_id: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{slug}",
        "title": slug.replace("-", " ").capitalize(),
        "title_zh": title_zh(status),
        "status": HTTPStatus(status).value,
        "detail": en,
        "detail_zh": zh,
        "correlation_id": correlation_id,
    }


def _problem(status: int, members: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    return Answer(status, members, {**headers, "Content-Type": PROBLEM_TYPE})
