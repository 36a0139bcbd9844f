"""How does a caller who has not proven himself hear how he could (RFC 9110, 11.6.1)?"""

from gateway.doors.asgi import Headers
from gateway.problems import Problem

_BASIC = (b"www-authenticate", b'Basic realm="lienthong", charset="UTF-8"')


def challenges(refusal: Problem, *, basic: bool) -> Headers:
    """Return the WWW-Authenticate fields of a refusal, none unless it is a 401.

    `basic` says whether the door takes HTTP Basic (RFC 7617). RFC 6750, 3: the bearer challenge names an error only
    where a token was presented.
    """
    if refusal.status != 401:
        return []
    presented = refusal.slug not in ("token-missing", "client-unknown")
    bearer = b'Bearer realm="lienthong"' + (b', error="invalid_token"' if presented else b"")
    return [*([_BASIC] if basic else []), (b"www-authenticate", bearer)]
