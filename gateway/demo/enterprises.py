"""Which enterprises, household businesses and cooperatives does the synthetic province have?

Enterprise numbers are valid by their check digit and lie in ranges that have not been issued (4208, 4508).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from gateway.demo import names
from gateway.demo.people import AS_OF, Citizen
from gateway.demo.units import commune

ENTERPRISES = 3_400
HOUSEHOLD_BUSINESSES = 2_600
COOPERATIVES = 1_050

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
KINDS = (
    ("Công ty trách nhiệm hữu hạn một thành viên", "Công ty TNHH MTV", 46),
    ("Công ty trách nhiệm hữu hạn hai thành viên trở lên", "Công ty TNHH", 28),
    ("Công ty cổ phần", "Công ty CP", 20),
    ("Doanh nghiệp tư nhân", "DNTN", 6),
)
TRADES = (
    ("5510", "Dịch vụ lưu trú ngắn ngày"), ("5610", "Nhà hàng và các dịch vụ ăn uống phục vụ lưu động"),
    ("4100", "Xây dựng nhà các loại"), ("0311", "Khai thác thủy sản biển"), ("1020", "Chế biến, bảo quản thủy sản"),
    ("7912", "Điều hành tua du lịch"), ("4669", "Bán buôn chuyên doanh khác"), ("6201", "Lập trình máy vi tính"),
    ("4933", "Vận tải hàng hóa bằng đường bộ"), ("3511", "Sản xuất điện"), ("0121", "Trồng cây ăn quả"),
    ("4711", "Bán lẻ lương thực, thực phẩm"), ("8620", "Hoạt động của các phòng khám đa khoa, chuyên khoa và nha khoa"),
)  # fmt: skip
HOUSEHOLD_TRADES = (
    "Tạp hóa",
    "Quán ăn",
    "Sửa xe máy",
    "May mặc",
    "Nhà trọ",
    "Thủy hải sản",
    "Cà phê",
    "Vật liệu xây dựng",
)
FIELDS = (
    "Trồng nho",
    "Nuôi trồng thủy sản",
    "Dịch vụ nông nghiệp",
    "Chăn nuôi dê, cừu",
    "Trồng táo",
    "Muối",
    "Vận tải",
)


def check_digit(first_nine: str) -> int | None:
    """The tenth digit of an enterprise number, or None when these nine can have none.

    N10 = 10 - (sum of Ni * Wi mod 11); a remainder of 0 would give 10 (03-domain, section 4).
    """
    remainder = sum(int(digit) * weight for digit, weight in zip(first_nine, _WEIGHTS, strict=True)) % 11
    return None if remainder == 0 else 10 - remainder


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A registered enterprise. `capital` is in đồng; `representative` is a citizen's identity number."""

    number: str
    name: str
    short_name: str
    kind: str
    trade: str
    trade_name: str
    residence: str
    address: str
    capital: int
    founded: date
    status: str
    representative: str
    phone: str
    employees: int
    members: tuple[tuple[str, int], ...]  # identity number, capital in đồng


@dataclass(frozen=True, slots=True)
class HouseholdBusiness:
    """A household business (hộ kinh doanh). `owner` is an identity number, `capital` in đồng."""

    number: str
    name: str
    trade: str
    residence: str
    address: str
    owner: str
    capital: int
    registered: date
    status: str


@dataclass(frozen=True, slots=True)
class Cooperative:
    """A cooperative (hợp tác xã). `director` is an identity number, `capital` in đồng."""

    number: str
    name: str
    field: str
    residence: str
    members: int
    director: str
    capital: int


def _tax_numbers() -> Iterator[tuple[bool, str]]:
    """Yield (of Ninh Thuận?, number), valid, alternating between the two ranges as they come."""
    for counter in range(10_000, 99_999):
        for ninh_thuan, prefix in ((False, "4208"), (True, "4508")):
            nine = f"{prefix}{counter:05d}"
            digit = check_digit(nine)
            if digit is not None:
                yield ninh_thuan, f"{nine}{digit}"


class NumberSource:
    """Gives out enterprise numbers, none twice."""

    def __init__(self) -> None:
        self._numbers = _tax_numbers()
        self._kept: dict[bool, list[str]] = {False: [], True: []}

    def take(self, ninh_thuan: bool) -> str:
        """A fresh number of the province, old Ninh Thuận or old Khánh Hòa."""
        while not self._kept[ninh_thuan]:
            side, number = next(self._numbers)
            self._kept[side].append(number)
        return self._kept[ninh_thuan].pop(0)


def _founders(random: Random, people: Sequence[Citizen], count: int) -> list[Citizen]:
    return random.choices([one for one in people if 23 <= one.age() <= 70], k=count)


def _day(random: Random, years: int) -> date:
    return AS_OF - timedelta(days=random.randint(20, years * 365))


def generate_enterprises(seed: int, people: Sequence[Citizen], numbers: NumberSource) -> Iterator[Enterprise]:
    """Yield the enterprises; each is led by one of `people` and lies where that person lives."""
    random = Random(f"{seed}:enterprises")
    for chief in _founders(random, people, ENTERPRISES):
        long_kind, short_kind, _ = random.choices(KINDS, [weight for *_, weight in KINDS])[0]
        trade, trade_name = random.choice(TRADES)
        word = f"{random.choice(names.COMPANY_WORDS)} {random.choice(names.COMPANY_WORDS)}"
        capital = random.choice((500, 900, 1_000, 1_900, 3_000, 5_000, 9_000, 20_000, 80_000)) * 1_000_000
        place = commune(chief.residence)
        yield Enterprise(
            number=numbers.take(place.was_ninh_thuan),
            name=f"{short_kind} {word} {place.short_name}",
            short_name=word,
            kind=long_kind,
            trade=trade,
            trade_name=trade_name,
            residence=place.code,
            address=f"{names.street_address(random, place.kind)}, {place.full_name}",
            capital=capital,
            founded=_day(random, min(22, chief.age() - 21)),
            status=random.choices(("Đang hoạt động", "Tạm ngừng kinh doanh", "Đã giải thể"), (86, 9, 5))[0],
            representative=chief.identity,
            phone=chief.phone,
            employees=random.choice((2, 3, 5, 8, 12, 20, 45, 120, 300)),
            members=_members(random, people, chief, long_kind, capital),
        )


def _members(
    random: Random, people: Sequence[Citizen], chief: Citizen, kind: str, capital: int
) -> tuple[tuple[str, int], ...]:
    if "một thành viên" in kind or "tư nhân" in kind:
        return ((chief.identity, capital),)
    other = _founders_like(random, people, chief)
    share = capital * random.choice((51, 60, 70, 80)) // 100
    return ((chief.identity, share), (other.identity, capital - share))


def _founders_like(random: Random, people: Sequence[Citizen], chief: Citizen) -> Citizen:
    while (other := random.choice(people)).age() < 23 or other.identity == chief.identity:
        pass
    return other


def generate_household_businesses(seed: int, people: Sequence[Citizen]) -> Iterator[HouseholdBusiness]:
    """Yield the household businesses; each belongs to one of `people`."""
    random = Random(f"{seed}:household-businesses")
    for number, owner in enumerate(_founders(random, people, HOUSEHOLD_BUSINESSES), start=1):
        trade = random.choice(HOUSEHOLD_TRADES)
        place = commune(owner.residence)
        yield HouseholdBusiness(
            number=f"37{place.code[1:]}{number:06d}",
            name=f"Hộ kinh doanh {trade} {owner.given}",
            trade=trade,
            residence=place.code,
            address=f"{owner.address}, {place.full_name}",
            owner=owner.identity,
            capital=random.choice((30, 50, 80, 120, 200, 400)) * 1_000_000,
            registered=_day(random, 15),
            status=random.choices(("Đang hoạt động", "Tạm ngừng", "Chấm dứt"), (88, 7, 5))[0],
        )


def generate_cooperatives(seed: int, people: Sequence[Citizen], numbers: NumberSource) -> Iterator[Cooperative]:
    """Yield the cooperatives; each is directed by one of `people`."""
    random = Random(f"{seed}:cooperatives")
    for director in _founders(random, people, COOPERATIVES):
        place, field = commune(director.residence), random.choice(FIELDS)
        yield Cooperative(
            number=numbers.take(place.was_ninh_thuan),
            name=f"Hợp tác xã {field} {place.short_name} {random.randint(1, 99)}",
            field=field,
            residence=place.code,
            members=random.randint(7, 140),
            director=director.identity,
            capital=random.choice((300, 500, 1_000, 2_500)) * 1_000_000,
        )
