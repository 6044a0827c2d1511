"""How letters to members leave: what needs them, for those who wish to be told by mail."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Notices(BaseModel):
    """`[notices]` of `tribune.toml`: the mail server; without `smtp_host` nobody is told by mail.

    `smtp_port`: 587, or 465 for "tls", 25 for "none" (on this machine only). `smtp_user` empty: without signing in; the password is
    a secret (see `config.notices_password`). `sender`: the address letters come from. `address`: where people open the dashboard,
    by default that of `[sign_in]`, or of this machine. `daily_at`: when the day's letter leaves, in the time zone of `[flows]`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    smtp_host: str = ""
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    smtp_tls: Literal["tls", "starttls", "none"] = "starttls"
    smtp_user: str = ""
    sender: str = ""
    address: str = Field(default="", pattern=r"^(https?://[^\s/]+)?$")
    daily_at: str = Field(default="08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and (value.count("@") != 1 or not value.isascii() or any(one in value for one in " <>\r\n")):
            raise ValueError(f"{value!r} is not an email address such as tribune@example.org")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.smtp_host and not self.sender:
            raise ValueError("needs `sender`, the address that letters to members come from")
        if self.smtp_tls == "none" and self.smtp_host and self.smtp_host not in LOOPBACK:
            raise ValueError(
                f'smtp_tls = "none" would send in the clear to {self.smtp_host}. Use "tls" or "starttls"'
            )
        return self
