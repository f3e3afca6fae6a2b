"""What one reader is told: in his language, and units by their names where the record has codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.common.chart import Unit
from services.common.errors import Corrupt
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import SourceBehind
from services.common.running.business_time import clock_of
from services.operating.reach import Reach


@dataclass(frozen=True, slots=True)
class Naming:
    """Words for one reader."""

    chinese: bool
    units: Mapping[str, Unit]

    def said(self, *, en: str, zh: str) -> str:
        """Return the sentence in the reader's language."""
        return zh if self.chinese else en

    def unit(self, code: str) -> str:
        """Return `<name> <code>`; of a code that is no unit's, the code."""
        unit = self.units.get(code)
        return code if unit is None else f"{unit.name_zh if self.chinese else unit.name_en} {code}"

    def named(self, value: Any) -> Any:
        """Return a field's value with units by their names, in lists too."""
        if isinstance(value, str):
            return self.unit(value)
        return [self.named(each) for each in value] if isinstance(value, list) else value


def naming_of(reach: Reach) -> Naming:
    """Return the names of the present chart; none where there is none that can be read."""
    chart = LiveChart(reach.stores.readers()["dispatch"])
    try:
        units = chart.at(clock_of(reach.settings, reach.stores).now()).units
    except (SourceBehind, Corrupt):
        units = {}
    return Naming(reach.environment.chinese, units)
