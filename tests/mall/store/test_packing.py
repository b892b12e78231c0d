"""Minutes survive packing, to the stated resolution."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.models import MinuteRow
from mall.store.packing import ROW_BYTES, pack_rows, unpack_rows


def through(rows: list[MinuteRow]) -> list[MinuteRow]:
    _, order, packed = pack_rows(rows)
    assert len(packed) == ROW_BYTES * len(rows)
    return unpack_rows(order, packed)


@pytest.mark.parametrize(
    ("row", "read"),
    [
        (MinuteRow("z", None, 0, 0.0, 0, 0), MinuteRow("z", None, 0, 0.0, 0, 0)),
        (MinuteRow("z", 0.0, 0, 1.0, 0, 0), MinuteRow("z", 0.0, 0, 1.0, 0, 0)),  # nobody is not unknown
        (MinuteRow("z", 12.34, 20, 0.2, 3, 4), MinuteRow("z", 12.3, 20, 0.2, 3, 4)),
        (MinuteRow("z", 6553.4, 65535, 1.0, 4094, 4094), MinuteRow("z", 6553.4, 65535, 1.0, 4094, 4094)),
        (MinuteRow("z", 1.0, 1, 1.0, None, 7), MinuteRow("z", 1.0, 1, 1.0, None, 7)),  # nobody counted is not zero
        (MinuteRow("z", 9e9, 10**9, 1.0, 5000, 10**9), MinuteRow("z", 6553.4, 65535, 1.0, 4094, 4094)),
        (MinuteRow("z", 1.0, 1, 1e-9, 0, 0), MinuteRow("z", 1.0, 1, 1 / 255, 0, 0)),  # a sliver was seen
        (MinuteRow("z", 1.0, 1, 1 - 1e-9, 0, 0), MinuteRow("z", 1.0, 1, 254 / 255, 0, 0)),  # not all of it
        (MinuteRow("広場 }{:", 1.0, 1, 1.0, 0, 0), MinuteRow("広場 }{:", 1.0, 1, 1.0, 0, 0)),
    ],
)
def test_row(row: MinuteRow, read: MinuteRow) -> None:
    assert through([row]) == [read]


def test_no_zones() -> None:
    assert through([]) == []


@pytest.mark.parametrize(
    "row",
    [
        MinuteRow("z", float("nan"), 0, 1.0, 0, 0),
        MinuteRow("z", float("inf"), 0, 1.0, 0, 0),
        MinuteRow("z", -0.1, 0, 1.0, 0, 0),
        MinuteRow("z", 0.0, -1, 1.0, 0, 0),
        MinuteRow("z", 0.0, 0, 1.01, 0, 0),
        MinuteRow("z", 0.0, 0, float("nan"), 0, 0),
        MinuteRow("z", 0.0, 0, 1.0, -1, 0),
        MinuteRow("z", 0.0, 0, 1.0, 0, -1),
    ],
)
def test_wrong_numbers_are_refused(row: MinuteRow) -> None:
    with pytest.raises(ValueError, match="zone 'z'"):
        pack_rows([row])


def test_a_zone_comes_once() -> None:
    row = MinuteRow("z", 0.0, 0, 1.0, 0, 0)
    with pytest.raises(ValueError, match="twice"):
        pack_rows([row, row])


@given(
    st.lists(
        st.builds(
            MinuteRow,
            zone=st.text(min_size=1),
            people_mean=st.none() | st.floats(0, 6553),
            people_max=st.integers(0, 65535),
            coverage=st.floats(0, 1),
            count_in=st.none() | st.integers(0, 4094),
            count_out=st.none() | st.integers(0, 4094),
        ),
        unique_by=lambda row: row.zone,
    )
)
def test_any_rows(rows: list[MinuteRow]) -> None:
    got = {row.zone: row for row in through(rows)}
    assert got.keys() == {row.zone for row in rows}
    for row in rows:
        back = got[row.zone]
        assert (back.people_max, back.count_in, back.count_out) == (row.people_max, row.count_in, row.count_out)
        assert abs(back.coverage - row.coverage) <= 1 / 255
        if row.people_mean is None:
            assert back.people_mean is None
        else:
            assert back.people_mean == pytest.approx(row.people_mean, abs=0.0501)


def test_order_of_the_input_does_not_matter() -> None:
    rows = [MinuteRow(name, 1.0, 1, 1.0, 0, 0) for name in "bca"]
    assert pack_rows(rows) == pack_rows(rows[::-1])
    assert pack_rows(rows)[0] != pack_rows(rows[1:])[0]
