"""Who lives in the synthetic province?

Households of made-up people. No row comes from a real person: identity numbers end in a range that registration
has not reached, telephone numbers begin with 01 (withdrawn in 2018), names are common words combined by chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from gateway.demo import names
from gateway.demo.units import COMMUNES, Commune

AS_OF = date(2026, 10, 31)  # the day on which the province is looked at: generated data never says "today"
HOUSEHOLDS = 8_200

_FIRST_OF_RANGE = 500_000  # of the six random digits: real births in the two provinces do not come near it
_MOUNTAIN = {"22615", "22612", "22624", "22648", "22609", "22714", "22720", "22732", "22801", "22795", "22786", "22900"}
_CHAM = {"22870", "22891", "22873", "22897", "22861"}
_TOWNS_WEIGH = 4
_ELSEWHERE = ("044", "052", "001", "079", "068")


@dataclass(frozen=True, slots=True)
class Citizen:
    """One synthetic person.

    `identity` has 12 digits, `old_identity` 9 or none. `marital` is 1 single, 2 married, 3 divorced or widowed;
    `blood` 00 unknown, 01 A, 02 B, 03 AB, 04 O. `father`, `mother` and `spouse` are identity numbers, empty when
    not in the data; `head` is the identity number of the head of the household. Places are commune codes.
    """

    identity: str
    old_identity: str
    family: str
    middle: str
    given: str
    born: date
    sex: str
    ethnic: str
    religion: str
    marital: str
    blood: str
    birthplace: str
    origin: str
    residence: str
    address: str
    household: str
    head: str
    relation: str
    father: str
    mother: str
    spouse: str
    insurance: str
    phone: str

    @property
    def full_name(self) -> str:
        """Family, middle and given name, with marks, NFC."""
        return f"{self.family} {self.middle} {self.given}"

    @property
    def male(self) -> bool:
        """Whether the register says Nam."""
        return self.sex == "Nam"

    def age(self, on: date = AS_OF) -> int:
        """Completed years."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


@dataclass(frozen=True, slots=True)
class _Place:
    """What the members of one household share."""

    commune: Commune
    address: str
    household: str
    ethnic: str
    religion: str


@dataclass(frozen=True, slots=True)
class _Birth:
    """What is settled of a person before the relations are."""

    identity: str
    born: date
    male: bool
    family: str


class _Numbers:
    """Gives out numbers, none twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._given: set[str] = set()

    def identity(self, prefix: str, born: date, male: bool) -> str:
        """Place (3), century and sex (1), year (2), six digits: 03-domain, section 4."""
        century = (born.year - 1900) // 100 * 2 + (0 if male else 1)
        head = f"{prefix}{century}{born.year % 100:02d}"
        return self._fresh(head, _FIRST_OF_RANGE, 999_999, 6)

    def old_identity(self, commune: Commune) -> str:
        """Nine digits, with the old provinces' prefixes 225 and 264."""
        return self._fresh("264" if commune.was_ninh_thuan else "225", 900_000, 999_999, 6)

    def insurance(self, commune: Commune) -> str:
        """Ten digits."""
        return self._fresh("589" if commune.was_ninh_thuan else "569", 0, 9_999_999, 7)

    def _fresh(self, head: str, first: int, last: int, width: int) -> str:
        while (number := f"{head}{self._random.randint(first, last):0{width}d}") in self._given:
            pass
        self._given.add(number)
        return number


def generate_people(seed: int, households: int = HOUSEHOLDS) -> Iterator[Citizen]:
    """Yield the citizens household by household, the head first; the same seed gives the same people."""
    random = Random(f"{seed}:people")
    numbers = _Numbers(random)
    weights = [_TOWNS_WEIGH if commune.kind == "Phường" else 1 for commune in COMMUNES]
    weights[[commune.kind for commune in COMMUNES].index("Đặc khu")] = 0
    for number, commune in enumerate(random.choices(COMMUNES, weights, k=households), start=1):
        ethnic = _ethnic(random, commune)
        place = _Place(
            commune=commune,
            address=names.street_address(random, commune.kind),
            household=f"HGD{number:06d}",
            ethnic=ethnic,
            religion=_religion(random, ethnic),
        )
        yield from _household(random, numbers, place)


def _ethnic(random: Random, commune: Commune) -> str:
    if commune.code in _MOUNTAIN:
        return "Raglai" if random.random() < 0.7 else "Kinh"
    if commune.code in _CHAM:
        return "Chăm" if random.random() < 0.45 else "Kinh"
    return random.choices(("Kinh", "Hoa", "Raglai", "Tày", "Nùng"), (95, 2, 1, 1, 1))[0]


def _religion(random: Random, ethnic: str) -> str:
    if ethnic == "Chăm":
        return random.choice(("Bà-la-môn", "Hồi giáo"))
    if ethnic == "Raglai":
        return random.choices(("Không", "Tin Lành", "Công giáo"), (60, 28, 12))[0]
    return random.choices(("Không", "Phật giáo", "Công giáo", "Tin Lành", "Cao Đài"), (70, 16, 11, 2, 1))[0]


def _household(random: Random, numbers: _Numbers, place: _Place) -> Iterator[Citizen]:
    """A couple or one adult, their children, sometimes a parent of the head."""
    age = random.randint(24, 78)
    head = _birth(random, numbers, place, age=age, male=random.random() < 0.72)
    married = random.random() < (0.82 if age > 27 else 0.45)
    spouse = (
        _birth(random, numbers, place, age=max(20, age + random.randint(-6, 3)), male=not head.male)
        if married
        else None
    )
    settled = "2" if married else ("3" if age > 40 and random.random() < 0.5 else "1")
    elder = (
        _birth(random, numbers, place, age=age + random.randint(21, 32), male=random.random() < 0.4, family=head.family)
        if age < 58 and random.random() < 0.16
        else None
    )
    yield _citizen(
        random, numbers, place, head,
        head=head.identity, relation="Chủ hộ", marital=settled,
        father=elder.identity if elder and elder.male else "",
        mother=elder.identity if elder and not elder.male else "",
        spouse=spouse.identity if spouse else "",
    )  # fmt: skip
    if spouse:
        relation = "Chồng" if spouse.male else "Vợ"
        yield _citizen(
            random, numbers, place, spouse, head=head.identity, relation=relation, marital="2", spouse=head.identity
        )
    if elder:
        relation = "Cha" if elder.male else "Mẹ"
        yield _citizen(random, numbers, place, elder, head=head.identity, relation=relation, marital="3")
    if married or settled == "3":
        yield from _children(random, numbers, place, head, spouse)


def _children(
    random: Random, numbers: _Numbers, place: _Place, head: _Birth, spouse: _Birth | None
) -> Iterator[Citizen]:
    parents = [parent for parent in (head, spouse) if parent]
    father = next((parent for parent in parents if parent.male), None)
    mother = next((parent for parent in parents if not parent.male), None)
    youngest_parent = min(AS_OF.year - parent.born.year for parent in parents)
    surname = father.family if father else head.family
    count = random.choices((0, 1, 2, 3, 4), (9, 24, 44, 18, 5))[0]
    for _ in range(count):
        age = youngest_parent - random.randint(21, 36)
        if 0 <= age <= 30:  # older children have a household of their own
            child = _birth(random, numbers, place, age=age, male=random.random() < 0.52, family=surname)
            yield _citizen(
                random, numbers, place, child,
                head=head.identity, relation="Con", marital="1",
                father=father.identity if father else "", mother=mother.identity if mother else "",
            )  # fmt: skip


def _birth(random: Random, numbers: _Numbers, place: _Place, *, age: int, male: bool, family: str = "") -> _Birth:
    day = AS_OF - timedelta(days=age * 365 + age // 4 + random.randint(1, 360))
    prefix = random.choice(_ELSEWHERE) if age > 18 and random.random() < 0.05 else place.commune.birth_prefix
    return _Birth(
        identity=numbers.identity(prefix, day, male),
        born=day,
        male=male,
        family=family or names.family(random, place.ethnic),
    )


def _citizen(
    random: Random, numbers: _Numbers, place: _Place, birth: _Birth,
    *, head: str, relation: str, marital: str, father: str = "", mother: str = "", spouse: str = "",
) -> Citizen:  # fmt: skip
    middle, given = names.first_names(random, birth.male)
    adult = AS_OF.year - birth.born.year >= 18
    return Citizen(
        identity=birth.identity,
        old_identity=numbers.old_identity(place.commune) if birth.born.year < 2004 else "",
        family=birth.family,
        middle=middle,
        given=given,
        born=birth.born,
        sex="Nam" if birth.male else "Nữ",
        ethnic=place.ethnic,
        religion=place.religion,
        marital=marital,
        blood=random.choices(("00", "01", "02", "03", "04"), (40, 14, 18, 3, 25))[0],
        birthplace=place.commune.code,
        origin=place.commune.code,
        residence=place.commune.code,
        address=place.address,
        household=place.household,
        head=head,
        relation=relation,
        father=father,
        mother=mother,
        spouse=spouse,
        insurance=numbers.insurance(place.commune) if random.random() < 0.93 else "",
        phone=f"01{random.randint(0, 99_999_999):08d}" if adult else "",
    )
