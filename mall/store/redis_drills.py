"""The drill book on the server, and how the keys of an exercise are forgotten."""

from mall.store import scripts
from mall.store.keys import EXERCISE_SUFFIX, tag_of
from mall.store.redis_calls import Calls


class DrillCalls(Calls):
    """What drills need of a store on the server."""

    def read_drills(self) -> bytes | None:
        """Return the drill book."""
        text: bytes | None = self._link.do("GET", self._keys.of_site("drills"))
        return text

    def swap_drills(self, text: bytes, expected: bytes | None) -> bool:
        """Replace the drill book if it is as expected."""
        return bool(self._link.run(scripts.SWAP, [self._keys.of_site("drills")], text, expected or b""))

    def forget_exercise(self) -> int:
        """Delete every key of an exercise and return how many there were; ValueError for the store of a mall."""
        if not self._keys.site.endswith(EXERCISE_SUFFIX):
            raise ValueError(f"{self._keys.site}: not the store of an exercise")
        keys = self._link.keys_like(f"mall:{{{tag_of(self._keys.site)}[:}}]*")
        for key in keys:
            self._link.do("DEL", key)
        return len(keys)
