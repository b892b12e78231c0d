"""Play R15 whole: 200 zones flap at 1 Hz for ten minutes, a danger comes after five, then the floor goes dark.

    python scripts/flapping_mall.py

Simulated time, the whole engine, the store in memory; a row for each share of time above the limit.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.mall.test_flapping_mall import ON_DELAY_S, Flapping, calls, most_calls

DANGER_AT, DARK_AT, END = 300.0, 600.0, 900.0


def main() -> None:
    """Print a row a case; the last line is ``most_calls X late_s Y messages Z``, the worst of each."""
    rows = []
    for above_s in (1, 5, 9):
        mall = Flapping(above_s, DANGER_AT).run(END, is_seen=lambda t: t < DARK_AT)
        called, messages = calls(mall.turns), len(mall.store.queued_messages())
        acts = [at for each in mall.turns.values() for at, severity in each if severity == "act" and at < DARK_AT]
        rows.append((most_calls(mall.turns), min(acts) - DANGER_AT - ON_DELAY_S, messages))
        mall.engine.close()
        print(f"above for {above_s} of 10 s: {called}, danger {rows[-1][1]:.0f} s after its delay, {messages} messages")
    most, late, messages = (max(column) for column in zip(*rows, strict=True))
    print(f"most_calls {most} late_s {late:.0f} messages {messages}")


if __name__ == "__main__":
    main()
