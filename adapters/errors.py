"""What can go wrong between us and a provider?

None of these knows HTTP statuses of ours: `gateway/problems.py` turns them into problems. The text of
an error MUST NOT contain secrets, personal data or the provider's payload: it is logged.
"""


class AdapterError(Exception):
    """Something went wrong between us and a provider.

    `attempts` is how many times the provider was asked before giving up (0: not at all).
    `provider_status` is what the provider said in its own protocol, for the record; empty when it said nothing.
    """

    def __init__(self, message: str, *, provider_status: str = "", attempts: int = 1) -> None:
        super().__init__(message)
        self.provider_status = provider_status
        self.attempts = attempts


class CallUnacceptable(AdapterError):
    """The call cannot be sent: the caller must correct a value. The provider was not asked."""

    def __init__(self, where: str, *, vi: str, en: str) -> None:
        """`where` names the parameter, header or body member; `vi` and `en` say what is wrong, without its value."""
        super().__init__(en, attempts=0)
        self.where = where
        self.vi = vi
        self.en = en


class OfficerMissing(AdapterError):
    """The provider wants to know which officer asks, and the caller did not say. The provider was not asked."""


class ProviderHasNone(AdapterError):
    """The provider answered that it holds no such thing."""


class ProviderRefused(AdapterError):
    """The provider answered with a refusal of its own; `code` is the provider's code, from its published table."""

    def __init__(self, message: str, *, code: str, provider_status: str = "", attempts: int = 1) -> None:
        super().__init__(message, provider_status=provider_status or code, attempts=attempts)
        self.code = code


class ProviderTimedOut(AdapterError):
    """The provider did not answer a safe call before the deadline."""


class ProviderUnreachable(AdapterError):
    """No connection to the provider, or its circuit is open. The request was not sent."""


class ProviderTalkedNonsense(AdapterError):
    """The provider's answer breaks its own contract: unparsable, too large, wrong shape, server error."""


class FileRefused(ProviderTalkedNonsense):
    """A file is not what its description says; the text names file, row and column, `vi` says it in Vietnamese."""

    def __init__(self, message: str, *, vi: str) -> None:
        super().__init__(message)
        self.vi = vi


class ProviderCutTheLine(ProviderTalkedNonsense):
    """The provider closed the connection before its answer to a safe call was complete. It may be asked again."""


class ProviderSaturated(AdapterError):
    """As many calls to this provider are under way as it may have. It was not asked."""


class OutcomeUnknown(AdapterError):
    """An unsafe call reached the provider, and it is not known whether it took effect. MUST NOT be retried."""


class BindingInvalid(AdapterError):
    """A provider's or an operation's configuration cannot be served; raised when the adapter is built."""
