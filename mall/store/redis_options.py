"""Options of advisories and how those chosen did, on the server."""

from mall.store.keys import OPTIONS_TTL_S
from mall.store.redis_calls import Calls


class OptionCalls(Calls):
    """Options on the server."""

    def write_options(self, advisory_id: str, text: bytes) -> None:
        """Replace an advisory's options."""
        self._link.do("SET", self._keys.of_site("options", advisory_id), text, "EX", OPTIONS_TTL_S)

    def read_options(self, advisory_id: str) -> bytes | None:
        """Return an advisory's options."""
        text: bytes | None = self._link.do("GET", self._keys.of_site("options", advisory_id))
        return text

    def write_option_record(self, key: str, text: bytes) -> None:
        """Replace how options of a kind did."""
        self._link.do("HSET", self._keys.of_site("option-record"), key, text)

    def read_option_record(self) -> dict[str, bytes]:
        """Return how options did."""
        rows: dict[bytes, bytes] = self._link.do("HGETALL", self._keys.of_site("option-record"))
        return {key.decode(): text for key, text in rows.items()}
