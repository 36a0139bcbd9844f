"""When, by the word of a time-stamping authority, was a checkpoint there? (RFC 3161)

The authority signs a digest and a time; it sees neither log nor record. Whoever rewrites the log later, with the log's
own key, cannot have it stamped in the past. Parsing and verifying are rfc3161-client's.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)


class TimestampRefused(Exception):
    """What came back is no timestamp of this checkpoint by this authority. The text says why."""


def make_request(checkpoint: str) -> TimeStampRequest:
    """Return the request for a stamp on a checkpoint, with a nonce of its own (2.4.1), asking for certificates."""
    builder = TimestampRequestBuilder().data(checkpoint.encode()).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build()


def verify_stamp(
    token: bytes, checkpoint: str, *, roots: Sequence[x509.Certificate], request: TimeStampRequest | None = None
) -> datetime:
    """Return when (UTC) the authority says that it saw the checkpoint. Raises TimestampRefused.

    `token` is the authority's whole answer (2.4.2). With the `request`, it must be the answer to that one.
    """
    builder = VerifierBuilder() if request is None else VerifierBuilder.from_request(request)
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        answer = decode_timestamp_response(token)
        builder.build().verify(answer, hashlib.sha256(checkpoint.encode()).digest())
        return answer.tst_info.gen_time.astimezone(UTC)
    except (VerificationError, ValueError) as error:
        raise TimestampRefused(str(error)) from error


def read_roots(path: Path) -> list[x509.Certificate]:
    """Return the certificates in a PEM file. Raises TimestampRefused: there are none."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TimestampRefused(f"{path.name}: no certificates can be read") from error
    if not found:
        raise TimestampRefused(f"{path.name}: there are no certificates")
    return found
