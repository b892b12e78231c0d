"""The clock of what is played in memory."""

BEGINS = 1_800_000_000.0  # of the clock in memory: any instant does


class DrillClock:
    """The clock of a drill in memory: it moves when told."""

    def __init__(self, now: float = BEGINS) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return UTC seconds."""
        return self.now
