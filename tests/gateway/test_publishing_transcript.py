"""Does docs/publishing.md tell a new data owner what really happens? Its commands are run, its output is compared."""

from collections.abc import Iterator

import pytest
from publishing_desk import FirstDay, missing, sections, steps_of

pytestmark = pytest.mark.xdist_group("publishing")
SECTIONS = sections()


@pytest.fixture(scope="module")
def printed(postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[list[str]]]]:
    """What each command of each section printed, run one after the other in one fresh directory."""
    day = FirstDay.begin(tmp_path_factory.mktemp("so"), postgres_admin_url)
    yield {section: [day.run(step.command) for step in steps_of(section)] for section in SECTIONS}
    day.close()


def test_the_page_shows_the_four_ways() -> None:
    assert {"A table", "A file", "An OpenAPI document", "A WSDL"} <= set(SECTIONS)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_prints_what_the_commands_print(section: str, printed: dict[str, list[list[str]]]) -> None:
    pairs = zip(steps_of(section), printed[section], strict=True)

    assert [(step.command, line, lines) for step, lines in pairs for line in missing(step.expected, lines)] == []


@pytest.mark.parametrize("section", SECTIONS)
def test_no_command_of_the_page_shows_whom_the_data_is_about(section: str, printed: dict[str, list[list[str]]]) -> None:
    assert [line for lines in printed[section] for line in lines if "0560990" in line or "Nguyễn" in line] == []
