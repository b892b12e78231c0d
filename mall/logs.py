"""Logs on stderr: one JSON object a line, or plain text on a terminal; passwords in addresses never appear."""

import logging
import os
import re
import sys
import warnings
from typing import Any

import structlog

# scheme://user:password@host: the user may be of use, the password never.
# Greedy to the last @, for cameras accept raw / and @ in passwords: rather hide too much than too little.
_CREDENTIALS = re.compile(r"(?P<scheme>[a-zA-Z][\w+.-]*://)(?P<user>[^\s:/@]*):[^\s\"']*@")
_PARAMETERS = re.compile(r"(?P<name>[?&](?:password|passwd|pwd|pass|token|key|secret)=)[^&\s\"']+", re.IGNORECASE)


def redact(text: str) -> str:
    """Return the text with the password or token of every address in it replaced by ``***``."""
    return _PARAMETERS.sub(r"\g<name>***", _CREDENTIALS.sub(r"\g<scheme>\g<user>:***@", text))


def configure_logs(process: str) -> None:
    """Send structlog's and the standard library's records to stderr in one form.

    Args:
        process: name of this process, a field of every line. ``MALL_LOG`` chooses ``json`` or ``console``,
            ``MALL_LOG_LEVEL`` the lowest level shown.

    """
    form = os.environ.get("MALL_LOG") or ("console" if sys.stderr.isatty() else "json")
    shared: list[Any] = [
        _naming(process),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redacted,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    _route_standard_logging(shared, form)
    warnings.showwarning = _log_warning


def _log_warning(message: Warning | str, *_where: Any, **_more: Any) -> None:
    """Say a warning in one line, as any other; where in our code it was made is of no use to anybody."""
    logging.getLogger("mall").warning("%s", message)


def _route_standard_logging(shared: list[Any], form: str) -> None:
    last = structlog.dev.ConsoleRenderer(colors=False) if form == "console" else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redacted, last],
        foreign_pre_chain=shared,
    )
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(os.environ.get("MALL_LOG_LEVEL", "INFO").upper())
    for noisy in ("uvicorn.access", "httpx", "openvino", "matplotlib", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _naming(process: str) -> Any:
    """Return a step that adds the process name, in every thread alike."""

    def add_name(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {**event, "process": process}

    return add_name


def _redacted(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}
