"""Every event of the system, a frozen dataclass each. Importing this fills the register.

When it happened, who did it and what caused it are fields of the commit. `*_ref` names a text in
a vault; `*_at` is UTC; `*_seconds` are whole seconds; units and places are codes.
"""

from services.common.contracts.events import clocks, dispatch, escalation, intake, reactions

__all__ = ["clocks", "dispatch", "escalation", "intake", "reactions"]
