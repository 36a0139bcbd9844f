"""Does a gateway that is told to stop finish what it has begun, and close its record?"""

from crashes import Load, ends_of, intents_of, kinds_of, unaccounted, verified
from gateways import GatewayProcess, token


async def test_a_gateway_told_to_stop_under_load_loses_no_answer(gateway: GatewayProcess, migrated_url: str) -> None:
    with Load(gateway, token(gateway)) as load:
        load.wait_for(lambda so_far: len(so_far.answers) > 100, seconds=20)
        gateway.stop()

    assert gateway.process is not None
    assert gateway.process.returncode == 0
    assert unaccounted(load.answers, ends_of(migrated_url)) == []
    assert intents_of(migrated_url) == {one.exchange_id for one in load.answers}
    assert kinds_of(migrated_url)["CLOSE"] == 1
    assert verified(migrated_url).verdict == 0
