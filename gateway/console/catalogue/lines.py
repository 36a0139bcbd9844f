"""How do databases and services stand in the lists of the catalogue, and in the files made of these lists?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from catalog.browsing import Scope, Shelf, Technology
from catalog.descriptions import ServiceDescription
from catalog.holdings import Holding
from catalog.quality.criteria import Band
from catalog.services import ServiceView
from gateway.console.catalogue.told import BANDS, SCOPES, SERVICE_STATES, TECHNOLOGIES, UNSPECIFIED, Marker, named
from gateway.console.listing import Cell, Column
from gateway.console.words import SHARING_MODES, Language, Status, Words

_MOST_HITS = 3

DATABASE_COLUMNS = (
    Column("number", Words("Số", "No."), sortable=True, numeric=True),
    Column("title", Words("Cơ sở dữ liệu", "Database"), sortable=True),
    Column("owner", Words("Cơ quan chủ quản", "Owner"), sortable=True),
    Column("sharing", Words("Hình thức chia sẻ", "Sharing mode")),
    Column("services", Words("Dịch vụ", "Services"), sortable=True, numeric=True),
    Column("quality", Words("Chất lượng", "Quality"), sortable=True, numeric=True),
)
SERVICE_COLUMNS = (
    Column("code", Words("Dịch vụ", "Service"), sortable=True),
    Column("database", Words("Cơ sở dữ liệu", "Database"), sortable=True),
    Column("state", Words("Trạng thái", "State")),
    Column("technology", Words("Nguồn dữ liệu", "Source")),
    Column("published", Words("Công bố", "Published"), sortable=True),
)


EXPORTED_DATABASES = (
    Column("number", Words("Số", "No.")),
    Column("code", Words("Mã", "Code")),
    Column("title", Words("Cơ sở dữ liệu", "Database")),
    Column("level", Words("Cấp", "Level")),
    Column("owner_code", Words("Mã cơ quan chủ quản", "Owner's code")),
    Column("owner", Words("Cơ quan chủ quản", "Owner")),
    Column("domain", Words("Lĩnh vực", "Domain")),
    Column("sharing", Words("Hình thức chia sẻ", "Sharing mode")),
    Column("legal_basis", Words("Căn cứ pháp lý", "Legal basis")),
    Column("frequency", Words("Tần suất cập nhật", "Update frequency")),
    Column("services", Words("Số dịch vụ", "Services")),
    Column("score", Words("Điểm chất lượng", "Quality score")),
    Column("quality", Words("Chất lượng", "Quality")),
    Column("changed", Words("Cập nhật danh mục", "Entry changed")),
)
EXPORTED_SERVICES = (
    Column("database", Words("Mã cơ sở dữ liệu", "Database")),
    Column("code", Words("Mã dịch vụ", "Service")),
    Column("version", Words("Phiên bản", "Version")),
    Column("title", Words("Tên dịch vụ", "Title")),
    Column("state", Words("Trạng thái", "State")),
    Column("technology", Words("Nguồn dữ liệu", "Source")),
    Column("operations", Words("Số thao tác", "Operations")),
    Column("published", Words("Công bố", "Published")),
    Column("sunset", Words("Ngừng phục vụ", "Sunset")),
)


@dataclass(frozen=True, slots=True)
class DatabaseLine:
    """A database in the list."""

    holding: Holding
    title: Words
    owner: Words
    sharing: Words
    services: int
    score: Decimal | None
    band: Status


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service in the list, its newest version, and the fields in which the words were found."""

    view: ServiceView
    title: Words
    database: Words
    technology: Words
    state: Status
    hits: Sequence[str]


def database_line(shelf: Shelf, holding: Holding) -> DatabaseLine:
    """Return a database as a line."""
    database, owner = holding.database, holding.owner
    score = shelf.scores.get(database.code)
    return DatabaseLine(
        holding=holding,
        title=named(database.title_vi, database.title_en),
        owner=named(owner.name_vi, owner.name_en),
        sharing=SHARING_MODES[database.sharing],
        services=shelf.services_of(database.code),
        score=None if score is None else score.score,
        band=BANDS[Band.UNMEASURED if score is None else score.band],
    )


def service_line(shelf: Shelf, view: ServiceView, technology: Technology, marker: Marker) -> ServiceLine:
    """Return a service as a line, with the fields of it in which the words were found."""
    service = view.service
    holding = next(one for one in shelf.holdings if one.database.code == service.database)
    return ServiceLine(
        view=view,
        title=named(service.title_vi, service.title_en),
        database=named(holding.database.title_vi, holding.database.title_en),
        technology=TECHNOLOGIES[technology],
        state=SERVICE_STATES[view.state] if service.specified else UNSPECIFIED,
        hits=tuple(islice(_hits(service, marker), _MOST_HITS)),
    )


def _hits(service: ServiceDescription, marker: Marker) -> Iterator[str]:
    told: set[str] = set()
    for operation in service.operations:
        for field in operation.fields:
            text = f"{field.title_vi} ({field.path})"
            if text not in told and marker.hits(text):
                told.add(text)
                yield text


def database_cells(line: DatabaseLine, language: Language) -> list[Cell]:
    """Return what of a database stands in a file, by `EXPORTED_DATABASES`."""
    database = line.holding.database
    return [
        database.number,
        database.code,
        line.title.in_language(language),
        SCOPES[Scope.NATIONAL if database.national else Scope.PROVINCE].in_language(language),
        database.owner,
        line.owner.in_language(language),
        database.domain_vi,
        line.sharing.in_language(language),
        database.legal_basis,
        database.update_frequency,
        line.services,
        line.score,
        line.band.words.in_language(language),
        line.holding.modified,
    ]


def service_cells(line: ServiceLine, language: Language) -> list[Cell]:
    """Return what of a service stands in a file, by `EXPORTED_SERVICES`."""
    service = line.view.service
    return [
        service.database,
        service.code,
        service.version,
        line.title.in_language(language),
        line.state.words.in_language(language),
        line.technology.in_language(language),
        len(service.operations),
        line.view.published_at,
        line.view.sunset_at,
    ]
