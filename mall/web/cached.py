"""Bytes that are made once and answered many times: ETag, gzip, 304."""

import gzip
import hashlib

from starlette.datastructures import Headers
from starlette.responses import Response


class CachedBytes:
    """One body with its compressed twin and its ETag."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self.body, self.media_type = body, media_type
        self.packed = gzip.compress(body, compresslevel=9, mtime=0)
        digest = hashlib.sha256(body).hexdigest()[:20]
        self.etag, self.etag_packed = f'"{digest}"', f'"{digest}-gz"'

    def answer(self, asked: Headers, headers: dict[str, str]) -> Response:
        """Return 304 where the reader has these very bytes, else the body, compressed where the reader can."""
        packed = _takes_gzip(asked.get("accept-encoding", ""))
        own = {"ETag": self.etag_packed if packed else self.etag, "Vary": "Accept-Encoding"} | headers
        known = asked.get("if-none-match", "")
        if known and (known.strip() == "*" or {self.etag, self.etag_packed} & _tags(known)):
            return Response(status_code=304, headers=own)
        if packed:
            return Response(self.packed, headers=own | {"Content-Encoding": "gzip"}, media_type=self.media_type)
        return Response(self.body, headers=own, media_type=self.media_type)


def _takes_gzip(header: str) -> bool:
    """Tell whether a reader takes gzip: it names it (or ``*``) with a weight above 0 (RFC 9110, 12.5.3)."""
    weights = {}
    for part in header.lower().split(","):
        coding, _, rest = part.partition(";")
        weights[coding.strip()] = rest.replace(" ", "").strip("0.") != "q="
    return weights.get("gzip", weights.get("*", False))


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
