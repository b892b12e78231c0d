"""Options where nothing is to be predicted: a camera or sensor that is lost or beyond its limits."""

from collections.abc import Iterator

from mall.options.case import Case, Draft


def look(case: Case) -> Iterator[Draft]:
    """Give somebody who goes and looks at what nobody sees."""
    yield Draft("look", None, case.words)


def repair(case: Case) -> Iterator[Draft]:
    """Give somebody who goes and looks at the device."""
    yield Draft("repair", None, case.words)


def air(case: Case) -> Iterator[Draft]:
    """Give more air where a sensor says that there is too little, or that it is too warm."""
    yield Draft("air", None, case.words)
