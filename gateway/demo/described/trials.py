"""Which services let a developer see each way in which a provider can fail?

Each way of failing has a provider of its own, so that the pause after repeated failures of one does not change what the
others show; an operation that works stands beside it.
"""

import msgspec

from adapters.contract import Json
from catalog.descriptions import ProviderDescription, ServiceDescription
from gateway.demo.databases import SANDBOX
from gateway.demo.described.databases import owner_of
from gateway.demo.described.operations import describe_operation

# Nobody listens there: RFC 863's port on the loopback interface of a machine without the discard service.
NOBODY = "http://127.0.0.1:9"
_IMPATIENT_SECONDS = 2.0

# service -> title, operations
_SERVICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "binh-thuong": ("Nguồn hoạt động bình thường", ("binh-thuong", "khong-co", "tu-choi", "ghi")),
    "cham": ("Nguồn trả lời quá chậm", ("binh-thuong", "cham")),
    "vo-nghia": ("Nguồn trả lời sai đặc tả", ("binh-thuong", "rac", "hong")),
    "ngat-ket-noi": ("Nguồn ngắt kết nối giữa chừng", ("binh-thuong", "ngat")),
    "mat-ket-noi": ("Không kết nối được tới nguồn", ("binh-thuong",)),
    "ghi-khong-tra-loi": ("Nguồn ghi xong nhưng không trả lời", ("binh-thuong", "ghi-roi-ngat")),
    "kin-cho": ("Nguồn chỉ chịu được một lời gọi", ("binh-thuong", "cham")),
}
_SLOW = frozenset({"cham", "ghi-khong-tra-loi", "kin-cho"})


def describe_trial_providers(address: str) -> tuple[ProviderDescription, ...]:
    """Return a provider for each way of failing."""
    options: Json = {"auth": "none"}
    return tuple(
        ProviderDescription(
            code=_code(service),
            agency=owner_of(SANDBOX.code),
            adapter="rest",
            endpoint=NOBODY if service == "mat-ket-noi" else f"{address}{SANDBOX.mount}",
            options=msgspec.Raw(msgspec.json.encode(options)),
            timeout_seconds=_IMPATIENT_SECONDS if service in _SLOW else 10.0,
            max_concurrency=1 if service == "kin-cho" else 32,
        )
        for service in _SERVICES
    )


def describe_trial_services() -> tuple[ServiceDescription, ...]:
    """Return the services for trying things."""
    trials = SANDBOX.objects[0]
    operations = {one.code: describe_operation(trials, one, plans={}) for one in trials.operations}
    return tuple(
        ServiceDescription(
            database=SANDBOX.code,
            code=service,
            version=1,
            title_vi=title,
            provider=_code(service),
            operations=tuple(operations[code] for code in codes),
        )
        for service, (title, codes) in _SERVICES.items()
    )


def _code(service: str) -> str:
    return f"{SANDBOX.code}.{service}"
