"""How are the services of a large catalogue listed without a look at every description?

One more index. It locks writers of `service_versions` while it is made, some milliseconds for thousands of services;
the previous release neither needs it nor minds it.
"""

from alembic import op

revision = "0011"
down_revision: str | None = "0010"

_NAME = "ix_service_versions_listed"


def upgrade() -> None:
    """Index what lists ask of every version."""
    op.create_index(
        _NAME,
        "service_versions",
        ["database", "service", "version", "state", "provider", "specified", "published_at", "deprecated_at"],
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(_NAME, table_name="service_versions")
