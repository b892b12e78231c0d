"""What can go wrong, as one tree.

MallError
├── SiteError          a wrong site file, plan, calibration or source (exit code 2)
├── WeightsError       weights that are missing, damaged or of another task (exit code 2)
├── AddressError       a wrong, busy or unreachable port or store address (exit code 2)
├── StateLockedError   another stack holds the state folder (exit code 2)
├── DetectorHungError  a detector does not answer any more (exit code 1; the supervisor starts the process anew)
├── StoreError         the store did not answer or refused
│   └── StoreFullError     no memory left in the store
├── NotifyError        a message that was not taken outside; it is tried again
└── ReadingRefusedError    a sensor message that is not accepted; carries a reason for the counters
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Why:
    """Why something that a person wanted was refused.

    Attributes:
        code: pages have words for it in both languages, ``refused.<code>`` of ``assets/i18n``.
        text: one English sentence for the interface and for logs.
        args: what fills the words: names, numbers, and codes that pages have words for.

    """

    code: str
    text: str
    args: Mapping[str, str | float | list[str]] = field(default_factory=dict)


class SaidError(ValueError):
    """Something wrong in what a person wrote; its text is ``why.text``."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.text)
        self.why = why


class MallError(Exception):
    """Base of every error that this project raises on purpose; its text is one line for people."""


class SiteError(MallError):
    """A wrong site file, plan, calibration or source; the text names the file and the place in it."""


class WeightsError(MallError):
    """Weights that are missing, damaged, or made for another task."""


class AddressError(MallError):
    """A wrong, busy or unreachable port or store address."""


class StateLockedError(MallError):
    """Another running stack holds the state folder."""


class DetectorHungError(MallError):
    """A detector took a picture and does not answer; nothing but a new process helps."""


class StoreError(MallError):
    """The store did not answer in time, or refused the call."""


class StoreFullError(StoreError):
    """The store has no memory left; nothing was written."""


class NotifyError(MallError):
    """A message outside was not taken; the text names where and why, never a secret."""


class ReadingRefusedError(MallError):
    """A sensor message that is not accepted; ``reason`` is a counter's name."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
