"""How members sign in: the OpenID provider, where people open the dashboard, and what groups may do."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from curation.models import ROLES

Role = Annotated[str, Field(pattern=f"^({'|'.join(ROLES)})$")]


class SignIn(BaseModel):
    """`[sign_in]` of `tribune.toml`; the client's secret is no part of it (see `config.sign_in_secrets`).

    `metadata`: the provider's `/.well-known/openid-configuration`. `address`: where people open the dashboard, such as
    https://tribune.example.org. `hours`: how long a sign-in holds. `groups`: with it, a member has the roles of the groups that
    the claim `groups_claim` names, and who is in none of them is not let in. `trust_emails`: the provider vouches for every
    address it sends, though it does not say `email_verified`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metadata: str
    client_id: str = Field(min_length=1)
    address: str
    hours: float = Field(default=12, gt=0, le=720)
    groups_claim: str = "groups"
    groups: dict[str, Role] = Field(default_factory=dict)
    trust_emails: bool = False

    @field_validator("metadata", "address")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if not parts.hostname or parts.scheme not in (("https", "http") if local else ("https",)):
            raise ValueError(f"{value!r} is not an https address (http is for this machine only)")
        return value.rstrip("/")

    @field_validator("address")
    @classmethod
    def _bare(cls, value: str) -> str:
        if urlsplit(value)[2:] != ("", "", ""):
            raise ValueError("only scheme, host and port, such as 'https://tribune.example.org'")
        return value

    @property
    def host(self) -> str:
        """The name under which people reach the dashboard."""
        return urlsplit(self.address).hostname or ""

    @property
    def secure(self) -> bool:
        """Whether cookies may only travel over TLS."""
        return self.address.startswith("https:")
