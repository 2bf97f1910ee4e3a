"""The room `naming`: what a table calls its key and its name."""

import pytest

from cds_context.model.naming import primary_key, primary_name


@pytest.mark.parametrize(
    ("table", "key", "name"),
    [
        ("contact", "contactid", "fullname"),
        ("account", "accountid", "name"),
        ("incident", "incidentid", "title"),
        ("email", "activityid", "subject"),
        ("recurrencerule", "ruleid", "name"),
        ("systemform", "formid", "name"),
        ("new_project", "new_projectid", "new_name"),
    ],
)
def test_key_and_name(table: str, key: str, name: str) -> None:
    assert primary_key(table) == key
    assert primary_name(table) == name
