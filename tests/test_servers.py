"""Are the engines of the tests the real ones?"""

import sqlite3

import asyncpg
import redis


async def test_the_postgresql_of_the_tests_makes_commits_durable(postgresql_url: str) -> None:
    connection = await asyncpg.connect(postgresql_url)

    durable = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
    await connection.close()

    assert durable == ["on", "on"]


async def test_each_test_has_an_empty_postgresql_database(postgresql_url: str) -> None:
    connection = await asyncpg.connect(postgresql_url)

    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()

    assert tables == 0


def test_the_migrated_sqlite_has_tables(migrated_sqlite_url: str) -> None:
    connection = sqlite3.connect(migrated_sqlite_url.removeprefix("sqlite:///"))

    tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    connection.close()

    assert tables > 0


def test_the_redis_of_the_tests_is_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
