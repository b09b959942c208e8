"""How the application logs: lines to read, or JSON objects for a program that collects them."""

import json
import logging
import os
import time

from gan_demos.errors import UserError

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
OWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JSONFormatter(logging.Formatter):
    """A record as one line of JSON: time (UTC), level, logger, message, whatever `extra` brought along, and a trace if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        facts = {"time": when, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        facts |= {key: value for key, value in vars(record).items() if key not in OWN}
        if record.exc_info:
            facts["trace"] = self.formatException(record.exc_info)
        return json.dumps(facts, ensure_ascii=False, default=str)


def set_up() -> None:
    """Log to stderr as `LOG_LEVEL` (INFO) and `LOG_FORMAT` ("text" or "json") say. `UserError` if they say something else."""
    level, form = os.environ.get("LOG_LEVEL", "INFO").upper(), os.environ.get("LOG_FORMAT", "text")
    if level not in logging.getLevelNamesMapping():
        raise UserError(f"LOG_LEVEL is {level!r}; it can be DEBUG, INFO, WARNING or ERROR.")
    if form not in ("text", "json"):
        raise UserError(f"LOG_FORMAT is {form!r}; it can be text or json.")
    handler = logging.StreamHandler()
    handler.setFormatter(JSONFormatter() if form == "json" else logging.Formatter(TEXT))
    logging.basicConfig(level=level, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
