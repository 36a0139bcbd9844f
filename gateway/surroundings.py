"""What may adapters reach and read, whoever builds them: a node that takes calls, or a person who tries a draft?

An adapter is built here and nowhere else, from a description that names an agency: what it may read is what the
operator laid out for that agency.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from adapters.confinement import Confines
from adapters.contract import Adapter, Binding, Json, Provider, Surroundings
from adapters.errors import BindingInvalid, ProviderUnreachable
from adapters.registry import build_adapter
from adapters.sql import sqlite_file
from catalog.descriptions import ProviderDescription
from catalog.errors import Fault
from gateway.publication.uploads import Uploads
from gateway.settings import Settings
from security import egress
from security.audit.read import sqlite_path
from security.errors import EgressRefused, SecretUnavailable
from security.keys import Keys
from security.secrets import SecretPlaces

# What SQLite and the lock of `gateway/node.py` add to the name of a database.
_BESIDE_A_DATABASE = ("", "-wal", "-shm", "-journal", ".lock")


@dataclass(frozen=True, slots=True)
class Premises:
    """What the operator laid out for providers.

    `around` is the same for all of them and holds no folder of an agency's own: `secrets` and `uploads` know those.
    """

    around: Surroundings
    secrets: SecretPlaces
    uploads: Uploads

    def around_of(self, agency: str) -> Surroundings:
        """Return what adapters of an agency's providers share and may read."""
        return replace(
            self.around,
            files_under=(*self.around.files_under, *self.uploads.folders_of(agency)),
            secret_files_under=self.secrets.folders_of(agency),
        )

    def provider(self, says: ProviderDescription) -> Provider:
        """Return how an adapter is told of a provider, with its secrets.

        Raises SecretUnavailable for one that is not its agency's or not there, and ValueError: no JSON options.
        """
        return Provider(
            code=says.code,
            adapter=says.adapter,
            endpoint=says.endpoint,
            options=json_object(says.options),
            secrets={
                name: self.secrets.resolve(reference, agency=says.agency) for name, reference in says.secrets.items()
            },
            timeout=says.timeout,
            max_concurrency=says.max_concurrency,
            max_response_bytes=says.max_response_bytes,
        )

    def adapter(self, says: ProviderDescription, bindings: Sequence[Binding]) -> Adapter:
        """Return the adapter of a provider. Raises as `provider`, and BindingInvalid in the adapter's words."""
        return build_adapter(self.provider(says), bindings, self.around_of(says.agency))

    def faults(self, says: ProviderDescription) -> list[Fault]:
        """Return where a description leads to what is not its agency's; whether anything is there is not asked."""
        found = [self._secret_fault(name, reference, says.agency) for name, reference in says.secrets.items()]
        return [fault for fault in (*found, self._endpoint_fault(says)) if fault is not None]

    def _secret_fault(self, name: str, reference: str, agency: str) -> Fault | None:
        try:
            self.secrets.check(reference, agency=agency)
        except SecretUnavailable as error:
            folder = f"thư mục {agency} trong LIENTHONG_SECRET_DIRS"
            variable = f"LIENTHONG_SECRET_{agency.replace('.', '_')}__…"
            vi = f"chỉ được tham chiếu bí mật của chính cơ quan: file:… trong {folder}, hoặc env:{variable}"
            return Fault(f"secrets.{name}", vi, str(error))
        return None

    def _endpoint_fault(self, says: ProviderDescription) -> Fault | None:
        of = f"provider {says.code!r}"
        around = self.around_of(says.agency)
        try:
            if says.adapter == "sql" and says.endpoint.startswith("sqlite:"):
                sqlite_file(says.endpoint, around, of=of)
            elif says.adapter == "file":
                Confines(around.files_under, around.never_under).check_pattern(says.endpoint, of=of)
        except BindingInvalid as error:
            return Fault("endpoint", in_vietnamese(error), str(error))
        return None


def in_vietnamese(error: BindingInvalid) -> str:
    """Return why an endpoint is of no use, in Vietnamese where it is what everybody meets first."""
    if "LIENTHONG_PROVIDER_DIRS" in str(error):
        return "phải nằm trong một thư mục nêu ở LIENTHONG_PROVIDER_DIRS; hãy chép tệp vào đó"
    if "of the gateway itself" in str(error):
        return "là khóa hoặc cơ sở dữ liệu của chính cổng, không được dùng làm nguồn dữ liệu"
    if "LIENTHONG_EGRESS" in str(error):
        return "địa chỉ không thuộc mạng nào nêu ở LIENTHONG_EGRESS_NETWORKS hay LIENTHONG_EGRESS_HOSTS"
    return str(error)


def json_object(raw: msgspec.Raw) -> dict[str, Json]:
    """Return the members of a publisher's configuration. Raises ValueError where it is no JSON object."""
    try:
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise ValueError("is no JSON object") from error
    return {name: msgspec.json.decode(value) for name, value in members.items()}


def open_premises(settings: Settings, keys: Keys) -> Premises:
    """Return what is laid out for providers under these settings."""
    ours = (settings.keys_dir, *_own_database(settings.database_url))
    return Premises(
        around=Surroundings(
            egress=_Egress(egress.compile_allow_list(settings.egress_networks, settings.egress_hosts)),
            cursor_key=keys.cursor,
            files_under=tuple(Path(directory) for directory in settings.provider_dirs),
            never_under=ours,
        ),
        secrets=SecretPlaces(tuple(Path(directory) for directory in settings.secret_dirs), ours, os.environ),
        uploads=Uploads(settings.uploads, settings.max_upload_bytes),
    )


def _own_database(database_url: str) -> tuple[Path, ...]:
    path = sqlite_path(database_url)
    return () if path is None else tuple(path.with_name(f"{path.name}{ending}") for ending in _BESIDE_A_DATABASE)


class _Egress:
    """The allow-list, speaking the adapters' errors."""

    def __init__(self, allowed: egress.AllowList) -> None:
        self._egress = egress.Egress(allowed)

    async def resolve(self, host: str, port: int) -> list[tuple[str, int]]:
        try:
            return list(await self._egress.resolve(host, port))
        except EgressRefused as error:
            raise ProviderUnreachable(f"the provider's address may not be reached: {error}", attempts=0) from error
