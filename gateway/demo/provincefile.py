"""How does `province.json` come to describe the running demo for other programs?

Written when a demo is created, and again when the gateway's address or the format has changed: two of its tokens
and every address in it hold for one address only.
"""

import os
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.demo.accounts import ensure_demo_accounts
from gateway.demo.catalogue import describe_catalogue
from gateway.demo.consumers import describe_staff, describe_systems, ensure_credentials, ensure_staff_tokens
from gateway.demo.province import DEFAULT_SEED, make_province
from gateway.demo.sampling.answered import answered_calls
from gateway.demo.sampling.feedback import feedback_calls
from gateway.demo.sampling.form import ProvinceAccount, ProvinceFile, ProvinceStaff, ProvinceSystem, SampleCall
from gateway.demo.sampling.held import Held
from gateway.demo.sampling.national import national_calls
from gateway.demo.sampling.refused import refused_calls
from gateway.demo.sampling.soap import soap_calls
from security.keys import Keys

FORMAT = 3  # raise it when the calls change
NAME = "province.json"


def ensure_province_file(directory: Path, *, base_url: str, provider_address: str, keys: Keys, now: datetime) -> Path:
    """Return the path of `province.json`, written anew unless it describes this address in this format.

    `base_url` is the gateway's own address, the issuer of its tokens. Raises `OSError`.
    """
    path = directory / NAME
    held = read_province_file(path)
    if held is None or (held.format, held.base_url) != (FORMAT, base_url):
        whole = describe_province(directory, base_url=base_url, provider_address=provider_address, keys=keys, now=now)
        _write(path, msgspec.json.format(msgspec.json.encode(whole), indent=1))
    return path


def read_province_file(path: Path) -> ProvinceFile | None:
    """Return what the file says, None when there is none of this format."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ProvinceFile)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def describe_province(
    directory: Path, *, base_url: str, provider_address: str, keys: Keys, now: datetime
) -> ProvinceFile:
    """Return the whole description; generates the province, which takes some seconds."""
    credentials = {one.system: one for one in ensure_credentials(directory)}
    tokens = ensure_staff_tokens(directory)
    return ProvinceFile(
        format=FORMAT,
        base_url=base_url,
        token_url=f"{base_url}/oauth2/token",
        systems=tuple(
            ProvinceSystem(
                code=one.code,
                agency=one.agency,
                client_id=one.code,
                client_secret=credentials[one.code].secret or None,
                private_key_file=str(key) if (key := credentials[one.code].key_file) else None,
            )
            for one in describe_systems()
        ),
        staff=tuple(
            ProvinceStaff(code=one.code, role=one.role.value, agency=one.agency, token=tokens[one.code])
            for one in describe_staff()
        ),
        accounts=tuple(
            ProvinceAccount(
                code=one.code,
                role=one.role.value,
                agency=one.agency,
                password=one.password,
                totp_secret=one.totp_secret,
            )
            for one in ensure_demo_accounts(directory)
        ),
        sample_calls=tuple(
            sample_calls(directory, base_url=base_url, provider_address=provider_address, keys=keys, now=now)
        ),
    )


def sample_calls(
    directory: Path, *, base_url: str, provider_address: str, keys: Keys, now: datetime
) -> list[SampleCall]:
    """Return all sample calls: those answered, then the refusals, in the order in which they are to be made."""
    province = make_province(DEFAULT_SEED)
    catalogue = describe_catalogue(directory, provider_address=provider_address)
    answered = answered_calls(catalogue, Held(province))
    return [
        *answered,
        *soap_calls(catalogue, answered),
        *feedback_calls(),
        *national_calls(catalogue, province),
        *refused_calls(keys.signing, ensure_staff_tokens(directory), issuer=base_url, now=now),
    ]


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
