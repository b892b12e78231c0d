"""What of an advisory leaves the mall: nothing that people typed, and no name of staff unless a channel asks for it.

Who acts at a console is data on a person (GDPR Art. 4(1)); a receiver needs to know that somebody does, not who.
"""

from dataclasses import replace
from typing import Any

from mall.advisories.acting import ENGINE
from mall.models import Advisory

STAFF = "staff"
NAMING = ("acknowledged_by", "silenced_by", "ended_by", "assigned_to")
KEPT_BACK = frozenset({"notes", "silence_reason", "changed_by", "changed_what"})
"""What people wrote for each other, and what nobody outside needs."""


def outgoing(advisory: Advisory, *, names: bool) -> Advisory:
    """Return an advisory as it is told outside.

    Args:
        advisory: as it is.
        names: whether it may say who acts; otherwise every name is ``staff``.

    """
    bare = replace(advisory, notes=(), silence_reason=None, changed_by=None, changed_what=None)
    if names:
        return bare
    roles: dict[str, Any] = {name: _role(getattr(bare, name)) for name in NAMING}
    chosen = None if bare.chosen is None else bare.chosen | ({"by": STAFF} if "by" in bare.chosen else {})
    return replace(bare, chosen=chosen, **roles)


def _role(who: Any) -> str | None:
    return who if who in (None, ENGINE) else STAFF
