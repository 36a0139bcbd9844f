"""In which bytes does the answer leave?"""

from gateway.states import Minimized, Rendered


def render(minimized: Minimized) -> Rendered:
    """Return the answer in the form of the door by which the call came.

    Raises AnswerUnreadable when it cannot be written in the form that the caller was promised.
    """
    authorized = minimized.returned.cleared.prepared.limited.authorized
    body = authorized.identified.received.rendition.answer(authorized, minimized.body)
    return Rendered(minimized=minimized, body=body)
