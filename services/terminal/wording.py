"""How the operator's commands say times and spans. All times are shown as Beijing's, UTC+8."""

from datetime import datetime
from typing import Final

from services.common.clock import BEIJING

_UNITS: Final = ((86_400, "d", "天"), (3_600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒"))


def beijing(moment: datetime) -> str:
    """Return the moment to the second, as a clock on the wall in Beijing shows it."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def span(seconds: int, *, chinese: bool) -> str:
    """Return a span in its two largest units: `1 d 2 h`, `1 天 2 小时`."""
    if seconds <= 0:
        return "0 秒" if chinese else "0 s"
    words, left = [], seconds
    for size, en, zh in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {zh if chinese else en}")
    return " ".join(words[:2])
