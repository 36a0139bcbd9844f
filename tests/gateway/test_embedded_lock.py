"""Can two gateways take calls on one embedded database?"""

from pathlib import Path

import pytest
from gateways import GatewayProcess, RestProvider, settle_province


async def test_a_second_gateway_with_a_directory_of_its_own_is_refused(
    provider: RestProvider, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    await settle_province(migrated_sqlite_url, provider.url)
    first, second = (GatewayProcess(tmp_path, migrated_sqlite_url) for _ in range(2))
    first.start()

    with pytest.raises(AssertionError, match="Another gateway runs on"):
        second.start()
    first.stop()
    second.start()
    second.stop()
