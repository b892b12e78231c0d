"""The base of every table of ``site.toml``."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Section(BaseModel):
    """A table of ``site.toml``: frozen; unknown keys are kept aside and warned about."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
