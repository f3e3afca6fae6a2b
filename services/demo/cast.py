"""Who plays: persons with their roles and units."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token."""

    name: str
    role: str
    unit: str | None = None


ZHANGJIAWAN: Final = "110112105"  #: 张家湾镇
LUCHENG: Final = "110112119"  #: 潞城镇
JIUKESHU: Final = "110112010"  #: 九棵树街道
YONGLEDIAN: Final = "110112117"  #: 永乐店镇
ZHANGWAN: Final = "110112105209"  #: 张湾村
XIDINGFUZHUANG: Final = "110112105214"  #: 西定福庄村
XIAOGANTANG: Final = "110112119237"  #: 小甘棠村
DONGBAO: Final = "110112119223"  #: 东堡村
YUNJINGLI: Final = "110112010009"  #: 云景里社区
LAOHUAIZHUANG: Final = "110112117209"  #: 老槐庄村
XINHUALIAN: Final = "110112012014"  #: 新华联家园南区社区
WULIDIAN: Final = "110112012003"  #: 五里店社区

TOWNS: Final = (ZHANGJIAWAN, LUCHENG, JIUKESHU, YONGLEDIAN)
VILLAGES: Final = (
    ZHANGWAN, XIDINGFUZHUANG, XIAOGANTANG, DONGBAO, YUNJINGLI, LAOHUAIZHUANG, XINHUALIAN, WULIDIAN,
)  # fmt: skip
SECTIONS: Final = (f"{LUCHENG}-planning",)
DEPARTMENTS: Final = ("dept-emergency", "dept-enforcement", "dept-market", "dept-court")
SILENT_DEPARTMENT: Final = "dept-market"

OPERATOR: Final = Person("operator-1", "operator")
STEWARD: Final = Person("steward-1", "grid_steward", DONGBAO)
AUDITOR: Final = Person("auditor-1", "auditor")


def village_officer(village: str) -> Person:
    """Return the officer of a village or community."""
    return Person(f"officer-{village}", "village_officer", village)


def town_officer(town: str) -> Person:
    """Return the officer of a town's section for 接诉即办."""
    return Person(f"officer-{town}", "town_officer", town)


def town_leader(town: str) -> Person:
    """Return a town's leader."""
    return Person(f"leader-{town}", "town_leader", town)


def section_officer(section: str) -> Person:
    """Return the officer of a town's section."""
    return Person(f"officer-{section}", "section_officer", section)
