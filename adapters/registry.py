"""Which adapter speaks with this provider?

Adapters are found by the entry points of group `lienthong.adapters`, so that a province adds one by installing a
distribution and without changing ours.
"""

from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Final, cast

from adapters.contract import AdapterFactory, Binding, Provider, Surroundings
from adapters.errors import BindingInvalid
from adapters.resilience import ResilientAdapter

GROUP: Final = "lienthong.adapters"


def adapter_names() -> tuple[str, ...]:
    """Return the names that a provider's `adapter` may have, sorted."""
    return tuple(sorted(entry_points(group=GROUP).names))


def find_factory(name: str) -> AdapterFactory:
    """Return the factory of the adapter `name`. Raises `BindingInvalid` when there is none or it cannot be loaded."""
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise BindingInvalid(f"there is no adapter named {name!r}; there are: {', '.join(adapter_names())}")
    try:
        return cast(AdapterFactory, next(iter(found)).load())
    except (ImportError, AttributeError) as error:
        raise BindingInvalid(f"the adapter {name!r} is installed and cannot be loaded") from error


def build_adapter(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> ResilientAdapter:
    """Return the adapter that speaks with `provider`, wrapped so that it keeps its promises.

    Raises `BindingInvalid` naming what is wrong: an unknown adapter, an operation bound twice, or whatever
    the adapter itself does not accept.
    """
    safe = {binding.operation: binding.safe for binding in bindings}
    if len(safe) != len(bindings):
        raise BindingInvalid(f"provider {provider.code!r}: an operation is bound twice")
    if provider.max_concurrency < 1 or provider.timeout.total_seconds() <= 0 or provider.max_response_bytes < 1:
        raise BindingInvalid(f"provider {provider.code!r}: timeout, concurrency and answer size must be positive")
    inner = find_factory(provider.adapter)(provider, bindings, around)
    return ResilientAdapter(inner, provider, safe=safe)
