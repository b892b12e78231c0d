"""``app.py audit``: the audit on the command line, and whether its chain of hashes is whole."""

import json
import sys
from pathlib import Path

from mall.config import Settings, load_site
from mall.store.audit import open_audit


def print_audit(site_dir: Path, redis_url: str | None, count: int) -> int:
    """Write the last entries as JSON lines, say whether the chain is whole, and return 0 or, where not, 1.

    Raises:
        SiteError, AddressError: the site or the store's address is wrong.

    """
    site = load_site(site_dir.resolve())
    with open_audit(Settings().state_dir(site.id), site.id, redis_url) as book:
        broken, entries = book.audit_break(), book.read_audit(count)
    for entry in entries:
        sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
    told = "whole: every entry carries the hash of the one before it" if broken is None else f"broken at {broken}"
    sys.stderr.write(f"audit {told}\n")
    return 0 if broken is None else 1
