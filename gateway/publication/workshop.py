"""With what is a draft looked at and tried, before anything of it is published?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from adapters.contract import Adapter, Provider, Surroundings
from adapters.errors import BindingInvalid
from catalog.descriptions import ProviderDescription, ServiceDescription
from catalog.errors import ContentInvalid, Fault
from catalog.importers.draft import Draft
from gateway.compilation import bindings_of
from gateway.publication.uploads import Uploads
from gateway.settings import Settings
from gateway.surroundings import Premises, open_premises
from security.errors import SecretUnavailable
from security.keys import Keys

_UNREADABLE = "không đọc được bí mật được nêu"
_NO_OPTIONS = Fault("provider.options", "phải là một đối tượng JSON", "must be a JSON object")


@dataclass(frozen=True, slots=True)
class Workshop:
    """The limits under which a node serves, for whoever prepares a publication."""

    premises: Premises
    deadline_seconds: float
    max_json_bytes: int

    def around(self, agency: str) -> Surroundings:
        """Return what adapters of an agency's providers share and may read."""
        return self.premises.around_of(agency)

    @property
    def uploads(self) -> Uploads:
        """Return where the files lie that agencies hand in."""
        return self.premises.uploads

    def provider(self, says: ProviderDescription) -> Provider:
        """Return the provider with its secrets. Raises ContentInvalid naming one that is not to be had."""
        _refuse(self.place_faults(says))
        try:
            return self.premises.provider(says)
        except SecretUnavailable as error:
            raise ContentInvalid([Fault("secrets", _UNREADABLE, str(error))]) from error
        except ValueError as error:
            raise ContentInvalid([replace(_NO_OPTIONS, where="options")]) from error

    def place_faults(self, says: ProviderDescription) -> list[Fault]:
        """Return where a description leads to what is not its agency's: another's secret, our own database."""
        return self.premises.faults(says)

    def adapter(self, draft: Draft) -> Adapter:
        """Return the adapter that would serve the draft; it has asked nobody yet. Raises ContentInvalid."""
        return self.adapter_of(draft.provider, [draft.service])

    async def check(self, says: ProviderDescription, services: Sequence[ServiceDescription]) -> None:
        """Return when a provider can serve all of `services`; it is asked nothing. Raises ContentInvalid."""
        await self.adapter_of(says, services).close()

    def adapter_of(self, says: ProviderDescription, services: Sequence[ServiceDescription]) -> Adapter:
        """Return the adapter of a provider for `services`. Raises ContentInvalid, in the adapter's words."""
        _refuse(replace(one, where=f"provider.{one.where}") for one in self.place_faults(says))
        try:
            return self.premises.adapter(says, bindings_of(services))
        except SecretUnavailable as error:
            raise ContentInvalid([Fault("provider.secrets", _UNREADABLE, str(error))]) from error
        except BindingInvalid as error:
            raise ContentInvalid(
                [Fault("provider", f"bộ chuyển đổi không phục vụ được: {error}", f"cannot be served: {error}")]
            ) from error
        except ValueError as error:
            raise ContentInvalid([_NO_OPTIONS]) from error


def _refuse(faults: Iterable[Fault]) -> None:
    found = list(faults)
    if found:
        raise ContentInvalid(found)


def open_workshop(settings: Settings, keys: Keys) -> Workshop:
    """Return the workshop under the settings of a node."""
    return Workshop(
        premises=open_premises(settings, keys),
        deadline_seconds=settings.exchange_deadline_seconds,
        max_json_bytes=settings.max_json_bytes,
    )
