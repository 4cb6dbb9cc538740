"""Somebody signs in at an application: what it learns, what it does not, and how that ends."""

import json

from tests.identity.conftest import Town


async def test_after_agreeing_the_application_knows_the_name_and_a_masked_number(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    page = await fang.client.get(town.ask(bike))
    assert "共享单车" in page.text and "骑车时确认是您本人" in page.text and "王芳" in page.text
    tokens = await town.tokens(fang, bike)
    told = (await town.about(tokens["access_token"])).json()
    assert told["name"] == "王芳"
    assert told["phone_number"].count("*") == 4
    assert "330" not in json.dumps({k: v for k, v in told.items() if k != "sub"})
