"""Why an act was refused, as pages and programs read it: a code, the values of its words, and English.

Pages say it by ``refused.<code>`` of ``assets/i18n``; ``detail`` is for whoever reads no page.
"""

from typing import Any

from fastapi.responses import JSONResponse

from mall.errors import Why


def why_row(why: Why) -> dict[str, Any]:
    """Return the fields of an answer."""
    return {"detail": why.text, "code": why.code, "args": dict(why.args)}


def refused(status: int, why: Why, **more: Any) -> JSONResponse:
    """Return the answer with further fields."""
    return JSONResponse(why_row(why) | more, status)
