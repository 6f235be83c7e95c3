"""The /items payload as pydantic models."""

import pydantic


class POwner(pydantic.BaseModel):
    id: int
    email: str


class PItem(pydantic.BaseModel):
    name: str
    price: float = pydantic.Field(gt=0)
    tags: list[str]
    owner: POwner


class PItemOut(PItem):
    id: int
