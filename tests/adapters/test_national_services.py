"""Do the five national services answer our adapters over real sockets, and is nothing sent that must not be?"""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import import_module

import pytest
from providers.loopback import Counted, OpenEgress, serve

from adapters.contract import Adapter, Binding, Call, Json, Officer, Provider, Surroundings
from adapters.errors import (
    AdapterError,
    BindingInvalid,
    CallUnacceptable,
    OfficerMissing,
    ProviderHasNone,
    ProviderRefused,
)
from gateway.demo.national.app import draw_credentials, national_app
from gateway.demo.national.data import ProvinceData
from gateway.demo.people import Citizen
from gateway.demo.province import Province, make_province

# Making the province takes seconds: one process of the test run does it for all.
pytestmark = pytest.mark.xdist_group("national-services")
OFFICER = Officer(code="cb01")
XML = "<hoSo><loai>KS</loai></hoSo>"


@dataclass(slots=True, repr=False)
class National:
    """All simulators, running, and what is needed to ask them."""

    province: Province
    url: str
    counted: Counted
    secrets: dict[str, str]
    open: list[Adapter]

    def adapter(self, service: str, call: str, *, safe: bool = True, answer: str = "", **options: Json) -> Adapter:
        population = {
            "x_road_client": "H32/GOV/LGSP",
            "procedures": {"1.001": "DVC1", "1.002": "DVC2"},
            "officers": {"cb01": {"MaCanBo": "CB01"}, "cb02": {"MaCanBo": "CB02"}},
        }
        provider = Provider(
            code=service,
            adapter=f"national.{service}",
            endpoint=f"{self.url}/dancu" if service == "population" else self.url,
            options={**(population if service == "population" else {}), **options},
            secrets=self.secrets,
        )
        config: dict[str, Json] = {"call": call} | ({"answer": answer} if answer else {})
        binding = Binding(operation="op", safe=safe, config=config, fields=(), rows="")
        around = Surroundings(egress=OpenEgress(), cursor_key=b"k" * 32)
        adapter: Adapter = import_module(f"adapters.national.{service}").build(provider, [binding], around)
        self.open.append(adapter)
        return adapter


@pytest.fixture(scope="module")
def province() -> Province:
    made = make_province()
    gc.freeze()  # it is large and stays: no collection between tests has to walk it
    return made


@pytest.fixture
async def national(province: Province, free_port: int) -> AsyncIterator[National]:
    credentials = draw_credentials()
    url = f"http://127.0.0.1:{free_port}"
    app = national_app(
        ProvinceData(province),
        credentials,
        service_url=f"{url}/dancu",
        procedures={"DVC1"},
        officers={"CB01"},
        agencies={"H32.05"},
    )
    secrets = {
        "user": credentials.population_user,
        "secret": credentials.population_secret,
        "api_key": credentials.population_api_key,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    counted = Counted(app)
    async with serve(counted, free_port):
        running = National(province, url, counted, secrets, [])
        yield running
        for adapter in running.open:
            await adapter.close()


def call(*, body: Json = None, officer: Officer | None = OFFICER, **parameters: Json) -> Call:
    deadline = asyncio.get_running_loop().time() + 5
    return Call("op", "01J0EXCHANGE", parameters, body, (), (), deadline, officer=officer)


def someone(province: Province) -> Citizen:
    return next(one for one in province.people.values() if one.old_identity and one.spouse and one.insurance)


def about(one: Citizen, **more: Json) -> dict[str, Json]:
    return {"SoDinhDanh": one.identity, "HoVaTen": one.full_name, "ThuTuc": "1.001", **more}


async def ask(adapter: Adapter, question: Call) -> dict[str, Json]:
    answer: dict[str, Json] = json.loads((await adapter.call(question)).body)
    return answer


# --- population ------------------------------------------------------------------------------------------------


async def test_a_citizen_is_found_by_identity_number_and_name(national: National) -> None:
    one = someone(national.province)

    answer = await ask(national.adapter("population", "TraCuuThongTinCongDan"), call(**about(one)))

    assert answer["CongDan"]["HoVaTen"] == one.full_name
    assert answer["CongDan"]["NgayThangNamSinh"] == one.born.isoformat()
    assert answer["CongDan"]["VoChong"]["SoDinhDanh"] == one.spouse


async def test_a_name_given_in_several_parts_becomes_one_string(national: National) -> None:
    one = next(one for one in national.province.people.values() if int(one.identity[-1]) % 2 == 1)

    answer = await ask(national.adapter("population", "TraCuuThongTinCongDan"), call(**about(one)))

    assert answer["CongDan"]["HoVaTen"] == one.full_name


async def test_a_citizen_is_found_by_the_old_card_number(national: National) -> None:
    one = someone(national.province)
    question = call(SoCMND=one.old_identity, HoVaTen=one.full_name, ThuTuc="1.001")

    answer = await ask(national.adapter("population", "TraCuuThongTinCongDan"), question)

    assert answer["CongDan"]["SoDinhDanh"] == one.identity


async def test_a_name_in_capitals_without_marks_is_the_same_name(national: National) -> None:
    one = someone(national.province)
    folded = import_module("adapters.national.formats").fold_name(one.full_name)

    answer = await ask(
        national.adapter("population", "TraCuuThongTinCongDan"), call(**about(one) | {"HoVaTen": folded})
    )

    assert answer["CongDan"]["SoDinhDanh"] == one.identity


@pytest.mark.parametrize("birth", ["1901-02-03", "1901"])
async def test_a_birth_date_that_does_not_fit_the_number_is_no_refusal(national: National, birth: str) -> None:
    one = someone(national.province)

    answer = await ask(national.adapter("population", "TraCuuThongTinCongDan"), call(**about(one, NgaySinh=birth)))

    assert answer["CongDan"]["SoDinhDanh"] == one.identity


async def test_seconds_in_the_timestamp_are_accepted_where_the_provider_wants_them(national: National) -> None:
    one = someone(national.province)
    adapter = national.adapter("population", "TraCuuThongTinCongDan", timestamp_unit="s")

    assert (await ask(adapter, call(**about(one))))["CongDan"]["SoDinhDanh"] == one.identity


@pytest.mark.parametrize("spelling", ["request", "plain"])
async def test_existence_is_confirmed_in_either_spelling(national: National, spelling: str) -> None:
    adapter = national.adapter("population", "XacThucThongTinCongDan", existence_spelling=spelling)

    assert await ask(adapter, call(**about(someone(national.province)))) == {"TonTai": True}


@pytest.mark.parametrize("spelling", ["request", "plain"])
async def test_existence_is_denied_for_another_name(national: National, spelling: str) -> None:
    adapter = national.adapter("population", "XacThucThongTinCongDan", existence_spelling=spelling)

    question = call(**about(someone(national.province)) | {"HoVaTen": "Không Có Ai"})

    assert await ask(adapter, question) == {"TonTai": False}


async def test_relatives_are_told_without_the_rest(national: National) -> None:
    one = someone(national.province)

    answer = await ask(national.adapter("population", "XacMinhThongTinNhanThan"), call(**about(one)))

    assert answer["CongDan"]["VoChong"]["SoDinhDanh"] == one.spouse
    assert "DanToc" not in answer["CongDan"]


async def test_a_person_unknown_to_the_service_is_none(national: National) -> None:
    question = call(SoDinhDanh="056099000001", HoVaTen="Không Có Ai", ThuTuc="1.001")

    with pytest.raises(ProviderHasNone):
        await national.adapter("population", "TraCuuThongTinCongDan").call(question)


@pytest.mark.parametrize(("procedure", "officer", "code"), [("1.002", "cb01", "004"), ("1.001", "cb02", "005")])
async def test_the_services_own_refusals_keep_their_codes(
    national: National, procedure: str, officer: str, code: str
) -> None:
    question = call(officer=Officer(code=officer), **about(someone(national.province)) | {"ThuTuc": procedure})

    with pytest.raises(ProviderRefused) as refused:
        await national.adapter("population", "TraCuuThongTinCongDan").call(question)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"SoDinhDanh": "05609900001"}, "SoDinhDanh"),
        ({"SoDinhDanh": "0560990000011"}, "SoDinhDanh"),
        ({"SoDinhDanh": "٠٥٦٠٩٩٠٠٠٠٠١"}, "SoDinhDanh"),
        ({"SoDinhDanh": None}, "SoDinhDanh"),
        ({"SoDinhDanh": None, "SoCMND": "12345678"}, "SoCMND"),
        ({"SoCMND": "123456789"}, "SoDinhDanh"),
        ({"HoVaTen": ""}, "HoVaTen"),
        ({"HoVaTen": "A\x00B"}, "HoVaTen"),
        ({"NgaySinh": "31/12/1990"}, "NgaySinh"),
        ({"NgaySinh": "1990-02-30"}, "NgaySinh"),
        ({"ThuTuc": None}, "ThuTuc"),
        ({"ThuTuc": "9.999"}, "ThuTuc"),
    ],
)
async def test_a_wrong_value_is_refused_before_the_population_service_is_asked(
    national: National, changed: dict[str, Json], where: str
) -> None:
    with pytest.raises(CallUnacceptable) as refused:
        await national.adapter("population", "TraCuuThongTinCongDan").call(
            call(**about(someone(national.province)) | changed)
        )

    assert refused.value.where == where
    assert national.counted.asked == []


@pytest.mark.parametrize(
    ("officer", "error"), [(None, OfficerMissing), (Officer(code=""), OfficerMissing), (Officer("x"), CallUnacceptable)]
)
async def test_without_a_known_officer_the_population_service_is_not_asked(
    national: National, officer: Officer | None, error: type[AdapterError]
) -> None:
    with pytest.raises(error):
        await national.adapter("population", "TraCuuThongTinCongDan").call(
            call(officer=officer, **about(someone(national.province)))
        )

    assert national.counted.asked == []


async def test_wrong_credentials_are_a_refusal_of_the_service(national: National) -> None:
    national.secrets["secret"] = "another"

    with pytest.raises(ProviderRefused) as refused:
        await national.adapter("population", "TraCuuThongTinCongDan").call(call(**about(someone(national.province))))

    assert refused.value.code == "401"


# --- business --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parity", [0, 1])
async def test_representatives_are_a_list_whether_the_service_sends_one_or_not(national: National, parity: int) -> None:
    one = next(one for one in national.province.enterprises.values() if int(one.number[-1]) % 2 == parity)

    answer = await ask(national.adapter("business", "chiTietDoanhNghiep"), call(msdn=one.number))

    owner = national.province.people[one.representative]
    assert answer["Data"]["Representatives"] == [{"FULL_NAME": owner.full_name}]
    assert answer["Data"]["MainInformation"]["FOUNDING_DATE"] == one.founded.isoformat()
    assert answer["Data"]["HOAdress"]["CityID"] == "56"


async def test_a_provincial_copy_has_no_version_in_its_path(national: National) -> None:
    one = next(iter(national.province.enterprises.values()))

    answer = await ask(national.adapter("business", "chiTietDoanhNghiep", version=""), call(msdn=one.number))

    assert answer["Data"]["MainInformation"]["NAME"] == one.name


async def test_data_without_main_information_is_none(national: National) -> None:
    with pytest.raises(ProviderHasNone):
        await national.adapter("business", "chiTietDoanhNghiep").call(call(msdn="0100109106"))


@pytest.mark.parametrize("number", ["0100109107", "010010910", "0100109106-1", "abc", ""])
async def test_a_wrong_enterprise_number_is_refused_before_asking(national: National, number: str) -> None:
    with pytest.raises(CallUnacceptable):
        await national.adapter("business", "chiTietDoanhNghiep").call(call(msdn=number))

    assert national.counted.asked == []


async def test_one_token_serves_many_calls(national: National) -> None:
    one = next(iter(national.province.enterprises.values()))
    adapter = national.adapter("business", "chiTietDoanhNghiep")

    await adapter.call(call(msdn=one.number))
    await adapter.call(call(msdn=one.number))

    assert national.counted.asked.count("/token") == 1


async def test_a_token_may_be_asked_for_in_the_form(national: National) -> None:
    one = next(iter(national.province.enterprises.values()))
    adapter = national.adapter("business", "chiTietDoanhNghiep", token_in_form=True)

    assert (await ask(adapter, call(msdn=one.number)))["Data"]["MainInformation"]["NAME"] == one.name


async def test_dossiers_are_asked_for_five_days_at_most(national: National) -> None:
    with pytest.raises(CallUnacceptable) as refused:
        await national.adapter("business", "danhSachHoSo").call(call(from_date="2026-01-01", to_date="2026-01-06"))

    assert refused.value.where == "to_date"
    assert national.counted.asked == []


@pytest.mark.parametrize("parity", [0, 1])
async def test_as_sent_an_enterprise_has_the_services_own_dates_and_envelope(national: National, parity: int) -> None:
    one = next(one for one in national.province.enterprises.values() if int(one.number[-1]) % 2 == parity)

    answer = await ask(national.adapter("business", "chiTietDoanhNghiep", answer="as-sent"), call(msdn=one.number))

    assert answer["Data"]["MainInformation"]["FOUNDING_DATE"] == one.founded.strftime("%d/%m/%Y")
    assert [len(answer["Data"]["Representatives"]), answer["DataCount"], answer["Status"]] == [1, 1, "1"]


async def test_as_sent_no_enterprise_is_an_empty_data(national: National) -> None:
    adapter = national.adapter("business", "chiTietDoanhNghiep", answer="as-sent")

    answer = await ask(adapter, call(msdn="0100109106"))

    assert answer == {"Data": {}, "DataCount": 0, "Status": "1", "Message": ""}


@pytest.mark.parametrize(
    ("service", "name", "safe"),
    [
        ("business", "danhSachHoSo", True),
        ("categories", "CategoryPost", False),
        ("social_insurance", "getMaSoBhxhTheoTieuChi", True),
        ("civil_status", "traTrangThaiHoSo", True),
    ],
)
async def test_what_cannot_be_answered_as_sent_is_not_bound_so(
    national: National, service: str, name: str, safe: bool
) -> None:
    with pytest.raises(BindingInvalid):
        national.adapter(service, name, safe=safe, answer="as-sent")


# --- categories ------------------------------------------------------------------------------------------------


async def test_a_category_is_a_list_of_items(national: National) -> None:
    answer = await ask(national.adapter("categories", "Category"), call(dm="GIOITINH"))

    assert answer == {"items": [{"Ma": "1", "Ten": "Nam"}, {"Ma": "2", "Ten": "Nữ"}, {"Ma": "3", "Ten": "Khác"}]}


async def test_a_categorys_structure_is_a_list_of_properties(national: National) -> None:
    answer = await ask(national.adapter("categories", "Metadata"), call(dm="DVHC"))

    assert [item["PropertyCode"] for item in answer["items"]] == ["Ma", "Ten", "MaCha", "HieuLucTu"]


async def test_as_sent_a_category_is_a_bare_list(national: National) -> None:
    adapter = national.adapter("categories", "Category", answer="as-sent")

    found, none = [json.loads((await adapter.call(call(dm=code))).body) for code in ("DVHC", "KHONGCO")]
    assert (found[0]["Ma"] != "", none) == (True, [])


async def test_an_unknown_category_is_none(national: National) -> None:
    with pytest.raises(ProviderHasNone):
        await national.adapter("categories", "Category").call(call(dm="KHONGCO"))


async def test_a_row_is_added_to_a_category(national: National) -> None:
    adapter = national.adapter("categories", "CategoryPost", safe=False)

    answer = await ask(adapter, call(dm="GIOITINH", body={"items": [{"Ma": "9", "Ten": "Chưa rõ"}]}))

    assert answer == {"MSG": "Done", "Count": 1}


async def test_a_row_that_was_not_added_is_a_refusal(national: National) -> None:
    adapter = national.adapter("categories", "CategoryPost", safe=False)

    with pytest.raises(ProviderRefused) as refused:
        await adapter.call(call(dm="GIOITINH", body={"items": [{"Ten": "thiếu mã"}]}))

    assert refused.value.code == "not-inserted"


@pytest.mark.parametrize("category", ["../token", "a/b", "", "a b", "x" * 65])
async def test_a_wrong_category_code_is_refused_before_asking(national: National, category: str) -> None:
    with pytest.raises(CallUnacceptable):
        await national.adapter("categories", "Category").call(call(dm=category))

    assert national.counted.asked == []


# --- social insurance ------------------------------------------------------------------------------------------


async def test_names_with_a_leading_blank_are_trimmed(national: National) -> None:
    one = someone(national.province)

    answer = await ask(national.adapter("social_insurance", "getTraCuuTtHgdByMaSoBhxh"), call(maSoBhxh=one.insurance))

    assert answer["hoTen"] == one.full_name
    assert answer["ngaySinh"] == one.born.isoformat()
    assert answer["gioiTinh"] == one.sex


@pytest.mark.parametrize("length", [4, 7, 10])
async def test_a_number_is_found_by_a_birth_date_of_any_precision(national: National, length: int) -> None:
    one = someone(national.province)
    question = call(hoTen=one.full_name, ngaySinh=one.born.isoformat()[:length], gioiTinh=one.sex)

    answer = await ask(national.adapter("social_insurance", "getMaSoBhxhTheoTieuChi"), question)

    found = national.province.by_insurance[str(answer["maSoBhxh"])]
    assert (found.full_name, found.sex) == (one.full_name, one.sex)


async def test_as_sent_an_insured_person_has_the_services_own_codes(national: National) -> None:
    one = someone(national.province)
    adapter = national.adapter("social_insurance", "getTraCuuTtHgdByMaSoBhxh", answer="as-sent")

    answer = await ask(adapter, call(body={"maSoBhxh": one.insurance}))

    assert (answer["hoTen"], answer["ngaySinh"]) == (one.full_name, one.born.strftime("%Y%m%d"))
    assert answer["gioiTinh"] in ("1", "2", "3")


async def test_an_unknown_insurance_number_is_none(national: National) -> None:
    with pytest.raises(ProviderHasNone):
        await national.adapter("social_insurance", "getTraCuuTtHgdByMaSoBhxh").call(call(maSoBhxh="9999999999"))


@pytest.mark.parametrize("number", ["123456789", "12345678901", "123456789a", ""])
async def test_a_wrong_insurance_number_is_refused_before_asking(national: National, number: str) -> None:
    with pytest.raises(CallUnacceptable):
        await national.adapter("social_insurance", "getTraCuuTtHgdByMaSoBhxh").call(call(maSoBhxh=number))

    assert national.counted.asked == []


# --- civil status ----------------------------------------------------------------------------------------------


def dossier(**changed: Json) -> dict[str, Json]:
    whole: dict[str, Json] = {"maDonVi": "H32.05", "module": "KS", "maHoSo": "HS-1", "ngayTiepNhan": "2026-10-01"}
    return whole | {"data": XML} | changed


async def test_a_registered_dossier_can_be_asked_for_its_state(national: National) -> None:
    await national.adapter("civil_status", "dangKyHoTich", safe=False).call(call(body=dossier()))

    answer = await ask(national.adapter("civil_status", "traTrangThaiHoSo"), call(maDonVi="H32.05", maHoSo="HS-1"))

    assert answer == {"maHoSo": "HS-1", "trangThai": "1", "tenTrangThai": "Đã tiếp nhận"}


async def test_a_dossier_that_was_never_sent_is_none(national: National) -> None:
    with pytest.raises(ProviderHasNone):
        await national.adapter("civil_status", "traTrangThaiHoSo").call(call(maDonVi="H32.05", maHoSo="HS-3"))


async def test_an_agency_unknown_to_the_ministry_is_a_refusal(national: National) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await national.adapter("civil_status", "traTrangThaiHoSo").call(call(maDonVi="H99", maHoSo="HS-1"))

    assert refused.value.code == "106"


@pytest.mark.parametrize(
    "changed",
    [
        {"data": "no xml"},
        {"data": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"},
        {"ngayTiepNhan": "01/10/2026"},
        {"maHoSo": ""},
        {"module": "../x y"},
    ],
)
async def test_a_wrong_dossier_is_refused_before_asking(national: National, changed: dict[str, Json]) -> None:
    with pytest.raises(CallUnacceptable):
        await national.adapter("civil_status", "dangKyHoTich", safe=False).call(call(body=dossier(**changed)))

    assert national.counted.asked == []
