"""From when on does something not look right?"""

from typing import Final

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The thresholds of the rules, each a setting `LIENTHONG_MISUSE_…` (docs/misuse.md). Times of day are local.

    Chosen on synthetic data of one seed and measured on another (docs/misuse.md says with what result).
    """

    people_an_hour: int = 50
    """R1: below so many different people an hour nobody stands out, whatever is usual."""
    deviations: int = 6
    """R1: so many median absolute deviations over the median of the same hour of the last four weeks."""
    learning_days: int = 7
    """R1, R7: for so long a system is new, and what it does is learnt."""
    near_numbers: int = 10
    """R2: so many of the last 20 numbers asked for lie close to another of them."""
    people_a_case: int = 5
    """R3: more people than that under one case file within a week."""
    without_case_a_day: int = 5
    """R3: so many calls a day without a case file, where the system usually names one."""
    work_begins: int = 6
    """R4: the hour of a working day at which work begins."""
    work_ends: int = 20
    """R4: the hour at which it is over; Sundays have none."""
    saturday_ends: int = 12
    """R4: the hour at which work is over on Saturdays; 0: there is none."""
    people_a_night: int = 5
    """R4: so many different people outside working hours."""
    usual_nights: int = 3
    """R4: who has worked in so many nights (or on so many days off) of the last four weeks is on duty."""
    agencies_a_day: int = 3
    """R6: so many agencies ask for one person within 24 hours, and share no case file."""
    agencies_with_cases: int = 5
    """R6: so many agencies where none left out the case file that it usually names."""
    refusals: int = 10
    """R8: so many refusals for a field, a purpose or an operation within ten minutes."""
    failed_sign_ins: int = 10
    """R9: so many refused proofs of one client or from one address within ten minutes."""
    replays: int = 3
    """R9: so many assertions that were used before, within ten minutes."""
    searches: int = 20
    """R10: so many numbers asked for in an hour, before the share that is not found says anything."""
    not_found_percent: int = 30
    """R10: a greater share of them is not found."""
    dormant_days: int = 60
    """R12: who has not called for so long awakes."""
    emergency_purposes: tuple[str, ...] = ()
    """R13: the purposes of emergencies, every call under which is looked at afterwards."""
    review_hours: int = 24
    """R13: within so many hours."""
    widened_minutes: int = 60
    """R14: a widened agreement is used that soon."""
    log_waits_seconds: int = 60
    """R16: the record waits so long for its proofs."""
    unknown_an_hour: int = 5
    """R16: so many calls an hour of which nobody knows what became, and more than one in a hundred."""
    counts_percent: int = 2
    """R17: our count of a day and the provider's differ by more, and by more than five calls."""


USUAL: Final = Limits()
"""What holds where nothing is set."""
PROBING: Final = frozenset({"field-not-agreed", "purpose-not-agreed", "operation-not-agreed", "agreement-missing"})
"""R8: refusals that tell of somebody who tries what he may not."""
