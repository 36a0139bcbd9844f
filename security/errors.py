"""Why may a call not go on, as far as proving, deciding, limiting, hiding and recording are concerned?

None of these knows HTTP: `gateway/problems.py` turns them into problems. No text here contains personal data,
a token or a secret.
"""

from datetime import datetime, timedelta
from enum import StrEnum


class SecurityError(Exception):
    """A check of the security brick did not pass."""


# --- proving who calls -------------------------------------------------------------------------------------


class TokenMissing(SecurityError):
    """The call carries no access token."""


class TokenLink(StrEnum):
    """Which rule for access tokens is judged, in this order; `client` is what the policy says of who holds it."""

    FORM = "form"
    HEADER = "header"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    CONTENT = "content"
    TIME = "time"
    CLIENT = "client"


class TokenInvalid(SecurityError):
    """The access token is not one of ours, or was changed, or is for another audience. `link` is the broken rule."""

    def __init__(self, text: str, link: TokenLink = TokenLink.CLIENT) -> None:
        super().__init__(text)
        self.link = link


class TokenExpired(SecurityError):
    """The access token was good until `expired_at`, and is not any more."""

    def __init__(self, text: str, expired_at: datetime) -> None:
        super().__init__(text)
        self.expired_at = expired_at


class ClientRefused(SecurityError):
    """Client authentication failed. `reason` is a slug for the record; callers hear no more than "client-unknown"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"client authentication failed: {reason}")
        self.reason = reason


class PasswordUnfit(SecurityError):
    """This may not be anybody's password. `reason` is a slug: `short`, `long`, `name`, `common`, `monotonous`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the password is unfit: {reason}")
        self.reason = reason


class IdTokenRefused(SecurityError):
    """The single sign-on's token does not say, to us and now, who somebody is. `reason` is a slug for the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the ID token is refused: {reason}")
        self.reason = reason


class AssertionReplayed(ClientRefused):
    """This very assertion was used before (RFC 7523 section 3 point 7)."""

    def __init__(self) -> None:
        super().__init__("assertion-replayed")


# --- deciding ----------------------------------------------------------------------------------------------


class AccessRefused(SecurityError):
    """The agreement does not allow the call. `slug` names the problem type, e.g. `outside-hours`."""

    def __init__(self, slug: str, **facts: str) -> None:
        super().__init__(slug)
        self.slug = slug
        self.facts = facts


# --- limiting ----------------------------------------------------------------------------------------------


class RateExceeded(SecurityError):
    """Too many calls for now; `retry_after` is when one would be allowed."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("rate exceeded")
        self.retry_after = retry_after


class QuotaExceeded(SecurityError):
    """The day's calls are used up; `retry_after` is how long the day in the province's time still lasts."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("quota exceeded")
        self.retry_after = retry_after


class LimitsUnavailable(SecurityError):
    """The shared counters cannot be reached: nobody can say whether the call is within its limits, so it is refused."""


# --- hiding ------------------------------------------------------------------------------------------------


class AnswerUnreadable(SecurityError):
    """The provider's answer is not the shape that was agreed, so nothing of it can be released."""


class RowWithheld(SecurityError):
    """The answer is one row, and the agreement's row filter does not release it: to the caller it does not exist."""


# --- holding secrets, reaching out ---------------------------------------------------------------------------


class KeysUnusable(SecurityError):
    """A key file is missing, unreadable, damaged, or open to other users. The text names the file only."""


class SecretUnavailable(SecurityError):
    """The reference of a secret is malformed, or leads to nothing. The text names the reference, never a value."""


class EgressRefused(SecurityError):
    """The address may not be reached: no network or name on the allow-list covers it, or the name has no address."""


class SignatureInvalid(SecurityError):
    """A signature is not by this platform, or not over what it is said to be over."""


# --- recording ---------------------------------------------------------------------------------------------


class RecordUnavailable(SecurityError):
    """The exchange cannot be recorded durably, so it must not go on."""


class StoreUnavailable(RecordUnavailable):
    """The store of used assertions and idempotency keys cannot be reached, so nothing that needs it may go on."""
