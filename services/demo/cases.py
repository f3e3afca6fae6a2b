"""The cases, as newspapers and journals of 2022-2025 told them, and how each is played.

Places, matters and paths are the papers'; names, phones, channels and the wording are made up.
Where a paper names no village, or says nothing of a whistle, ours is a reconstruction (`sample`);
two that name a town alone go to the town.

Left out: what cameras and riders found (no reporter to ask, no place told); villages praised for no
request at all; the resettlement of six villages and the owners' agreement of 怡乐北街, which bind
many parties and need more than one whistle; three of the four matters of 杨庄街道.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from services.demo import cast

YES: Final = {"reached": "yes", "solved": "yes", "satisfied": "satisfied"}
NO: Final = {"reached": "yes", "solved": "no", "satisfied": "dissatisfied"}
PARTLY: Final = {"reached": "yes", "solved": "partly", "satisfied": "basically"}


@dataclass(frozen=True, slots=True)
class Patrol:
    """A standing duty that the conclusion leaves to the village."""

    unit: str
    what: str
    every_seconds: int
    slots: int


@dataclass(frozen=True, slots=True)
class Course:
    """How a matter (category and place) is handled."""

    village: Literal["resolves", "raises", "silent"]  #: or whoever is the first to receive it
    path: str
    result: str
    whistle: str | None = None  #: the summary that departments read: no personal data
    outcome: str = "solved"
    orders: int = 1  #: how many orders the whistle waits for
    patrol: Patrol | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One report by one reporter."""

    key: str
    channel: str
    kind: str
    category: str
    place_code: str
    said: str
    answers: tuple[Mapping[str, str], ...] = (YES,)
    reporter: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def matter(self) -> tuple[str, str]:
        """What plans are found by."""
        return self.category, self.place_code


NIGHT_MARKET: Final = ("city.trade.night-market", cast.ZHANGWAN)
MANHOLE: Final = ("safety.manhole.loose", cast.XIDINGFUZHUANG)
SHARED_SPACE: Final = ("city.appearance.clutter", cast.XIDINGFUZHUANG)
LAND: Final = ("disputes.land.ownership", cast.XIAOGANTANG)
POND: Final = ("ecology.water.pond", cast.DONGBAO)
RENEWAL: Final = ("housing.renewal.plan", cast.YUNJINGLI)
SHOP_FRONTS: Final = ("city.construction.street-front", cast.LAOHUAIZHUANG)
NO_FIRM: Final = ("housing.property.no-firm", cast.JIUKESHU)
DRIPPING: Final = ("disputes.neighbours.dripping", cast.JIUKESHU)
PARKING: Final = ("city.parking.estate", cast.XINHUALIAN)
CHARGING: Final = ("housing.renewal.charging", cast.WULIDIAN)
_DISPUTE: Final = {"cluster_id": "7d9f3f0e-6f3c-5b5a-9c51-3b1f0d8c2a11", "opposed": True}
DAY_SECONDS: Final = 86_400

CASES: Final = (
    Case(
        key="night-market",
        channel="hotline",
        kind="complaint",
        category=NIGHT_MARKET[0],
        place_code=NIGHT_MARKET[1],
        said="张湾村口自发夜市，夜里油烟大、噪声大，摊位占道，垃圾没人收。",
        reporter={"name": "张小红", "phone": "13800001234"},
        source="北京城市副中心报 2025-06-19",
    ),
    Case(
        key="loose-manhole",
        channel="miniprogram",
        kind="assistance",
        category=MANHOLE[0],
        place_code=MANHOLE[1],
        said="村口井盖松动，车一压就响，怕人掉下去。",
        reporter={"name": "李强", "phone": "13800005678"},
        source="北京城市副中心报 2025-06-19 (village: sample)",
    ),
    Case(
        key="lake-town-estate",
        channel="web",
        kind="complaint",
        category=SHARED_SPACE[0],
        place_code=SHARED_SPACE[1],
        said="环湖小镇公共绿地被占用种菜，楼道乱堆乱放。",
        answers=(PARTLY,),
        source="北京城市副中心报 2025-06-19",
    ),
    Case(
        key="land-between-70-and-71-east",
        channel="hotline",
        kind="complaint",
        category=LAND[0],
        place_code=LAND[1],
        said="新修马路门前那块地是我家的，邻居不让用。",
        reporter={"name": "王大勇", "phone": "13800002345"},
        more=_DISPUTE,
        source="潞城镇四微一行 2022",
    ),
    Case(
        key="land-between-70-and-71-west",
        channel="hotline",
        kind="complaint",
        category=LAND[0],
        place_code=LAND[1],
        said="门前的地一直是我家在用，邻居说是他家的。",
        reporter={"name": "赵铁柱", "phone": "13800003456"},
        answers=(NO, PARTLY),
        more=_DISPUTE,
        source="潞城镇四微一行 2022",
    ),
    Case(
        key="village-pond",
        channel="grid",
        kind="complaint",
        category=POND[0],
        place_code=POND[1],
        said="巡查发现坑塘水面脏乱，夏天有异味。",
        source="潞城镇四微一行 2022",
    ),
    Case(
        key="estate-renewal-suggestions",
        channel="visit",
        kind="suggestion",
        category=RENEWAL[0],
        place_code=RENEWAL[1],
        said="入户走访收到老旧小区改造意见：楼门、管线、停车。",
        source="中国社会工作 2025-09",
    ),
    Case(
        key="street-front-buildings",
        channel="hotline",
        kind="complaint",
        category=SHOP_FRONTS[0],
        place_code=SHOP_FRONTS[1],
        said="临街饭店和建材店的门脸房是违建。",
        source="通州区社会工委/民政局采访 2024",
    ),
    Case(
        key="no-property-company",
        channel="hotline",
        kind="complaint",
        category=NO_FIRM[0],
        place_code=NO_FIRM[1],
        said="映翠居没有物业公司接手，环境脏乱、设施老化。",
        source="中国社会工作 2025-09",
    ),
    Case(
        key="neighbours-dripping",
        channel="hotline",
        kind="assistance",
        category=DRIPPING[0],
        place_code=DRIPPING[1],
        said="楼上空调外机滴水，阳台漏水，找了几次没解决。",
        source="中国社会工作 2025-09",
    ),
    Case(
        key="parking-xinhualian",
        channel="miniprogram",
        kind="complaint",
        category=PARKING[0],
        place_code=PARKING[1],
        said="新华联家园南区车位不够，晚上回来没处停。",
        source="通州区社会工委/民政局采访 2024",
    ),
    Case(
        key="yangzhuang-four-charging",
        channel="web",
        kind="suggestion",
        category=CHARGING[0],
        place_code=CHARGING[1],
        said="五里店平房区电动车没有地方充电。",
        source="通州区社会工委/民政局采访 2024",
    ),
)

PLANS: Final[Mapping[tuple[str, str], Course]] = {
    NIGHT_MARKET: Course(
        village="raises",
        path="whistle",
        result="约谈出租场地的村民，退还商户租金，拆除违建，腾出场地改建停车场。",
        whistle="张湾村自发夜市：环境脏乱、油烟、噪声、占道，请到场联合处置。",
        patrol=Patrol(cast.ZHANGWAN, "每日傍晚巡查，防止夜市回潮", DAY_SECONDS, 30),
    ),
    MANHOLE: Course(village="resolves", path="village", result="当日更换井圈，井盖已稳固。"),
    SHARED_SPACE: Course(
        village="resolves",
        path="deliberation",
        result="入户征求意见后协商清理，绿地恢复，部分楼道仍在清理。",
    ),
    LAND: Course(
        village="raises",
        path="mediation",
        result="镇规划部门上门确权，法院参与调解。",
        whistle="小甘棠村新修马路门前土地归属纠纷，双方各有诉求，请到场调解。",
        outcome="mediation",
        orders=2,
    ),
    POND: Course(village="silent", path="deliberation", result="共同商定由第三方公司清淤和保洁。"),
    RENEWAL: Course(
        village="resolves", path="deliberation", result="意见汇总商定后纳入改造方案并公示。"
    ),
    SHOP_FRONTS: Course(village="resolves", path="village", result="村干部带头，门脸房全部拆除。"),
    NO_FIRM: Course(
        village="resolves", path="deliberation", result="以时间换契约、以空间换效益，新物业进驻。"
    ),
    DRIPPING: Course(
        village="resolves", path="mediation", result="法律服务团队上门调解，外机加装接水管。"
    ),
    PARKING: Course(village="resolves", path="deliberation", result="居民协商后重新划定车位。"),
    CHARGING: Course(village="resolves", path="deliberation", result="居民协商选址，新建充电桩。"),
}


def reported_by(channels: Iterable[str]) -> Iterator[Case]:
    """Yield the cases that come in through one of `channels`."""
    wanted = set(channels)
    return (case for case in CASES if case.channel in wanted)


def case_of(matter: tuple[str, str]) -> Case | None:
    """Return the first case of a matter."""
    return next((case for case in CASES if case.matter == matter), None)
