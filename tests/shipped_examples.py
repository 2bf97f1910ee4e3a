"""The example bodies that the package ships, made by its builders: `python -m tests.shipped_examples` writes them.

A sales story of invented people; `tests/testing/test_files` holds the files to it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import cds_context
from cds_context import (
    EntityReference,
    Money,
    OptionSetValue,
    QueryByAttribute,
    RemoteExecutionContext,
    encode_context,
)
from cds_context.testing import (
    Formatted,
    Plain,
    Row,
    add_member,
    add_to_queue,
    assign,
    associate,
    cancel_order,
    close_incident,
    close_quote,
    create,
    create_multiple,
    custom_api,
    delete,
    delete_multiple,
    disassociate,
    fulfill_order,
    grant_access,
    lose,
    merge,
    modify_access,
    on_external_created,
    on_external_deleted,
    on_external_updated,
    qualify_lead,
    remove_member,
    retrieve,
    retrieve_multiple,
    route_to,
    send_email,
    send_fax,
    set_state,
    truncate,
    update,
    update_multiple,
    upsert,
    upsert_multiple,
    win,
    win_quote,
)
from cds_context.testing.steps import id_of

FOLDER = Path(cds_context.__file__).parent / "testing" / "examples"

_CONTACT: Row = {
    "firstname": "Amélie",
    "lastname": "Brandt",
    "fullname": "Amélie Brandt",
    "emailaddress1": "a.brandt@example.com",
    "telephone1": "+49 30 555 0134",
    "birthdate": date(1988, 11, 2),
    "parentcustomerid": EntityReference("account", id_of("Fabrikam"), "Fabrikam Optik/Jena"),
    "preferredcontactmethodcode": Formatted(OptionSetValue(1), "Any"),
    "creditlimit": Formatted(Money(Decimal("12500.0000")), "€12,500.00"),
    "donotemail": Formatted(False, "Allow"),
}
_CHANGES: Row = {
    "emailaddress1": "amelie.brandt@example.com",
    "telephone1": None,
    "preferredcontactmethodcode": Formatted(OptionSetValue(2), "Email"),
    "creditlimit": Formatted(Money(Decimal("15000.0000")), "€15,000.00"),
}
_ROWS: list[Row] = [{"name": "Ringlicht"}, {"name": "Prüfstand 日本", "revenue": Money(Decimal("1.50"))}]
_NAMES: list[Row] = [{"name": "Ringlicht A"}, {"name": "Ringlicht B"}]
_VENDOR: dict[str, Plain] = {
    "mserp_vendoraccountnumber": "US-104",
    "mserp_vendororganizationname": "Fabrikam Optik/Jena",
    "mserp_vendorgroupid": "10",
}
_OWNER = EntityReference("systemuser", id_of("Ines"), "Ines Marchetti")
_TEAM = EntityReference("team", id_of("team"))
_LEADS = [EntityReference("lead", id_of("lead", number)) for number in (1, 2)]
_EMAIL = EntityReference("email", id_of("row", "email", 0))
_IDS = [id_of("gone", number) for number in (1, 2, 3)]

EXAMPLES: dict[str, RemoteExecutionContext] = {
    "add-member": add_member(),
    "add-to-queue": add_to_queue(_EMAIL, properties={"priority": 1}),
    "assign": assign("account", assignee=_OWNER, before={"name": "Fabrikam Optik"}, pre_image="PreImage"),
    "assign-asynchronous": assign("account", assignee=_OWNER, before={"name": "Fabrikam Optik"}, asynchronous=True),
    "associate": associate("account", relationship="accountleads_association", related=_LEADS),
    "cancel-order": cancel_order(activity={"subject": "Bestellung storniert"}),
    "close-incident": close_incident(activity={"subject": "Lamp replaced", "timespent": 30}),
    "close-quote": close_quote(activity={"subject": "No budget this year"}),
    "create": create("contact", after=_CONTACT, post_image={"PostImage": ("fullname", "creditlimit")}),
    "create-asynchronous": create(
        "contact", after=_CONTACT, post_image="PostImage", asynchronous=True, utc_offset=timedelta(hours=2)
    ),
    "create-multiple": create_multiple("new_project", after=_ROWS),
    "create-pre-operation": create("contact", after=_CONTACT, stage=20),
    "create-pre-validation": create("contact", after=_CONTACT, stage=10),
    "custom-api": custom_api(
        "new_ScoreLead",
        inputs={"Lead": _LEADS[0], "Weights": [0.5, 0.25], "DryRun": True, "Reason": "nightly 🌙 run"},
        outputs={"Score": 87, "Rated": datetime(2026, 3, 2, tzinfo=timezone.utc)},
    ),
    "custom-api-bound": custom_api("new_Archive", bound_to=EntityReference("account", id_of("Fabrikam"))),
    "delete": delete("contact", before=_CONTACT, pre_image="PreImage"),
    "delete-asynchronous": delete("contact", before=_CONTACT, asynchronous=True),
    "delete-multiple": delete_multiple("new_reading", ids=_IDS),
    "disassociate": disassociate("account", relationship="accountleads_association", related=_LEADS[:1]),
    "fulfill-order": fulfill_order(activity={"subject": "Delivered"}),
    "grant-access": grant_access("account", principal=_TEAM, access_mask=1 | 2),
    "lose": lose(activity={"subject": "Went to a competitor", "actualrevenue": Money(Decimal("0.00"))}),
    "merge": merge("account", content={"telephone1": "+49 3641 555 0100"}, before={"name": "Fabrikam Optik"}),
    "modify-access": modify_access("account", principal=_TEAM, access_mask=1),
    "on-external-created": on_external_created("mserp_vendorv2entity", after=_VENDOR),
    "on-external-deleted": on_external_deleted("mserp_vendorv2entity"),
    "on-external-updated": on_external_updated(
        "mserp_vendorv2entity", after=_VENDOR | {"mserp_vendorgroupid": "30"}, asynchronous=True
    ),
    "qualify-lead": qualify_lead(create_account=False),
    "remove-member": remove_member(),
    "retrieve": retrieve("contact", row=_CONTACT, columns=["fullname", "creditlimit"]),
    "retrieve-multiple": retrieve_multiple("account", rows=_NAMES),
    "retrieve-multiple-by-attribute": retrieve_multiple(
        "account",
        query=QueryByAttribute(
            attributes=["statecode"],
            column_set=None,
            entity_name="account",
            orders=[],
            page_info=None,
            values=[0],
            top_count=None,
        ),
    ),
    "route-to": route_to(_OWNER),
    "send-email": send_email(subject="Ihr Angebot CRM:0001042", tracking_token="CRM:0001042"),  # noqa: S106
    "send-fax": send_fax(),
    "set-state": set_state("account", state=1, status=2, before={"name": "Fabrikam Optik"}, pre_image="PreImage"),
    "set-state-dynamic-entity": set_state("account", state=1, status=2, message_name="SetStateDynamicEntity"),
    "update": update("contact", before=_CONTACT, after=_CHANGES, pre_image="PreImage", post_image="PostImage"),
    "update-asynchronous": update(
        "contact",
        before=_CONTACT,
        after=_CHANGES,
        pre_image="PreImage",
        post_image="PostImage",
        asynchronous=True,
        utc_offset=timedelta(hours=-7),
    ),
    "update-multiple": update_multiple("new_project", after=_NAMES),
    "update-pre-operation": update("contact", before=_CONTACT, after=_CHANGES, pre_image="PreImage", stage=20),
    # Another event of the row than "update", whose key it would share otherwise.
    "update-too-large": truncate(
        update("contact", before=_CONTACT, after=_CHANGES, at=datetime(2026, 3, 2, 9, 1, tzinfo=timezone.utc))
    ),
    "upsert": upsert("new_reading", after={"new_value": 21.5}, keys={"new_sensor": "T-7"}),
    "upsert-multiple": upsert_multiple(
        "new_reading", after=[{"new_value": 21.5}, {"new_value": 22}], created=[True, False]
    ),
    "win": win(activity={"subject": "Signed", "actualrevenue": Money(Decimal("100000.00"))}),
    "win-quote": win_quote(activity={"subject": "Signed"}),
}


def main() -> None:
    """Write every file anew; one that no builder makes any more goes."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, context in EXAMPLES.items():
        (FOLDER / f"{name}.json").write_bytes(encode_context(context))


if __name__ == "__main__":
    main()
