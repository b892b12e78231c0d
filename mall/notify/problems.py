"""What of a site's channels deserves a look before somebody relies on them."""

import os
from collections.abc import Iterator

from gis.plan_problems import Problem
from mall.config import Site


def channel_problems(site: Site) -> Iterator[Problem]:
    """Yield a warning for every secret that this environment has not, and for CAP that cannot say where."""
    path, file = site.folder / "site.toml", site.file
    for channel in file.notify:
        place = f"{path}: notify ({channel.id})"
        if channel.secret_env is not None and not os.environ.get(channel.secret_env):
            yield Problem(f"{place}.secret_env", f"the environment has no {channel.secret_env} here", "warning")
        if channel.kind == "cap" and file.plan.origin is None:
            yield Problem(place, "without plan.origin its messages name the place and draw no polygon", "warning")
    smtp = file.smtp
    if smtp is not None and smtp.password_env is not None and not os.environ.get(smtp.password_env):
        yield Problem(f"{path}: smtp.password_env", f"the environment has no {smtp.password_env} here", "warning")
