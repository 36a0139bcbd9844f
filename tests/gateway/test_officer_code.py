"""Is an officer named by his agency's code, which is recorded as it is, and never by a number or name of his own?"""

import pytest
from gateways import PARCEL, GatewayProcess, RestProvider, ask, assert_problem


@pytest.mark.parametrize("code", ["KH000001", "cb.01", "CB-12345678", "can-bo@so-nnmt", "H32.05/017", "a" * 64, ""])
def test_a_code_of_the_agency_is_accepted(standing_gateway: GatewayProcess, code: str) -> None:
    assert ask(standing_gateway, PARCEL.format("CD1"), officer=code).status_code == 200


@pytest.mark.parametrize(
    "text", ["056099000001", "225998871", "CB-056099000001", "Nguyen Van A", "Nguy%E1%BB%85n", "a" * 65, "-", "a;b"]
)
def test_a_persons_number_or_name_is_refused(
    standing_gateway: GatewayProcess, quiet_provider: RestProvider, text: str
) -> None:
    answer = ask(standing_gateway, PARCEL.format("CD1"), officer=text)

    assert_problem(answer, "request-invalid", status=400)
    assert quiet_provider.calls == []
