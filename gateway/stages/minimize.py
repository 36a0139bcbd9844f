"""What of the provider's answer may leave?"""

from gateway.states import Minimized, Returned


def minimize(returned: Returned) -> Minimized:
    """Cut the answer to the fields and rows of the agreement (or the fewer that the caller asked for).

    Raises AnswerUnreadable when the answer is not what the operation declares, RowWithheld when its one row is
    outside the agreement: to the caller the same as a row that is not there.
    """
    authorized = returned.cleared.prepared.limited.authorized
    grant = authorized.grant
    mask = grant.mask if authorized.fields is grant.fields else grant.narrower.mask(authorized.fields)
    masked = mask.apply(returned.answer.body, rows_applied=returned.answer.rows_applied)
    return Minimized(
        returned=returned,
        body=masked.body,
        rows_released=masked.rows_released,
        rows_withheld=masked.rows_withheld,
        unexpected=masked.unexpected,
        subjects=masked.subjects,
    )
