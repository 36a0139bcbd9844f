"""Which client id and secret stand in an Authorization header (RFC 7617)?"""

import base64
import binascii
from urllib.parse import unquote

from security.errors import ClientRefused

MAX_CHARS = 1024


def is_basic(authorization: str) -> bool:
    """Tell whether a header's value begins with the scheme Basic; schemes have no case (RFC 9110, 11.1)."""
    return authorization.partition(" ")[0].lower() == "basic"


def read_basic(authorization: str) -> tuple[str, str]:
    """Return client id and secret. Raises `ClientRefused` for anything that is not both, in UTF-8.

    A client id has no colon (RFC 7617, 2): what follows the first one is the secret. RFC 6749, 2.3.1 wants both
    form-encoded, half of the clients send them as they are: without `+` for a blank (no secret of ours has one) both
    read the same.
    """
    if not is_basic(authorization):
        raise ClientRefused("no-credentials")
    value = authorization.partition(" ")[2].strip()
    if len(value) > MAX_CHARS:
        raise ClientRefused("credentials-unreadable")
    try:
        client_id, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise ClientRefused("credentials-unreadable") from error
    if not colon:
        raise ClientRefused("credentials-unreadable")
    return unquote(client_id), unquote(secret)
