"""Does an agreed call get what was agreed, and nothing else, and is each end of it in the record?"""

from gateways import PARCEL, PARCELS, GatewayProcess, RestProvider, ask, assert_problem


async def test_an_agreed_call_gets_only_the_agreed_fields(standing_gateway: GatewayProcess) -> None:
    answer = ask(standing_gateway, PARCEL.format("CD123"))

    assert answer.json() == {
        "SoGCN": "CD123",
        "ChuSoHuu": {"HoVaTen": "Nguyễn Văn Thử"},
        "DienTich": 120.5,
        "TaiSan": [{"Ma": "A1"}, {"Ma": "A2"}],
    }


async def test_a_list_gets_only_the_agreed_fields_of_each_row(standing_gateway: GatewayProcess) -> None:
    answer = ask(standing_gateway, PARCELS)

    assert answer.json()["items"][0] == {"SoGCN": "CD0", "ChuSoHuu": {"HoVaTen": "Nguyễn Văn Thử"}}


async def test_a_call_without_a_token_is_refused(
    standing_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = ask(standing_gateway, PARCEL.format("CD123"), authorization="")

    assert_problem(answer, "token-missing", status=401)
    assert quiet_provider.calls == []
