"""Assets and shared pages come from memory: never stale, never one person's, never another language's."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from litestar import Response, get

from tongban.web import public
from tongban.web.app import create_app
from tongban.web.pages import page
from tongban.web.site import Site, WebRequest

BASE = "http://tongban.test"


class Counter:
    """How often the shared page was really made."""

    made = 0


@get("/shared-for-test", sync_to_thread=False)
def shared_page(request: WebRequest) -> Response[str]:
    """A page for everybody."""
    Counter.made += 1
    return page(request, "error.html", everybody=True, title="t", sentence="s", faults=[], back=None)


@pytest.fixture
async def client(site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with one shared page more."""
    monkeypatch.setattr(public, "ROUTES", (*public.ROUTES, shared_page))
    await site.kernel.database.open()
    Counter.made = 0
    transport = httpx.ASGITransport(app=create_app(site))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


async def read(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.get("/shared-for-test", headers=sent)


async def test_a_shared_page_is_made_once_and_sets_no_cookie(client: httpx.AsyncClient) -> None:
    first, second = await read(client), await read(client)
    assert (Counter.made, first.text) == (1, second.text)
    assert "set-cookie" not in first.headers and "_csrf_token" not in first.text
    assert "tongban-for-everybody" not in first.headers
    assert first.headers["vary"] == "Accept-Encoding, Accept-Language, Cookie"


async def test_who_holds_the_page_is_told_so(client: httpx.AsyncClient) -> None:
    tag = (await read(client)).headers["etag"]
    assert not tag.startswith("W/")
    again = await read(client, if_none_match=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert (await read(client, if_none_match='"other"')).status_code == 200


async def test_packed_and_plain_have_tags_of_their_own(client: httpx.AsyncClient) -> None:
    plain = await read(client, accept_encoding="identity")
    packed = await read(client, accept_encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert (packed.headers["content-encoding"], packed.text) == ("gzip", plain.text)
    assert packed.headers["etag"] != plain.headers["etag"]


async def test_each_language_letter_size_and_theme_has_its_own(client: httpx.AsyncClient) -> None:
    chinese, english = await read(client), await read(client, accept_language="en")
    large = await read(client, cookie="tongban_large=1")
    assert ('lang="zh-CN"' in chinese.text, 'lang="en"' in english.text) == (True, True)
    assert 'class="large"' in large.text and 'class="large"' not in chinese.text
    dark = await read(client, cookie="tongban_theme=dark")
    assert 'media="screen"' in dark.text and 'media="screen"' not in chinese.text
    assert Counter.made == 4


async def test_somebody_with_a_session_never_gets_or_leaves_a_shared_page(client: httpx.AsyncClient) -> None:
    mine = await read(client, cookie="tongban_session=whatever")
    assert mine.headers["cache-control"] == "no-store" and "etag" not in mine.headers
    assert "/sign-out" in mine.text
    assert "/sign-out" not in (await read(client)).text


async def test_a_query_is_never_kept(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await client.get("/shared-for-test?lang=en")
    assert Counter.made == 2


async def test_a_new_kernel_makes_pages_anew(client: httpx.AsyncClient, site: Site) -> None:
    await read(client)
    before = site.kernel
    site.kernel = replace(before)
    try:
        await read(client)
        assert Counter.made == 2
    finally:
        site.kernel = before


async def test_head_of_a_shared_page_has_its_length_and_no_body(client: httpx.AsyncClient) -> None:
    got = await client.get("/shared-for-test", headers={"accept-encoding": "identity"})
    head = await client.head("/shared-for-test", headers={"accept-encoding": "identity"})
    assert (head.content, head.headers["content-length"]) == (b"", str(len(got.content)))


async def test_assets_are_kept_for_ever_and_packed(visitor: httpx.AsyncClient, site: Site) -> None:
    address = site.assets.url("tongban.css")
    plain = await visitor.get(address, headers={"accept-encoding": "identity"})
    packed = await visitor.get(address, headers={"accept-encoding": "gzip"})
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].startswith("text/css")
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain.content)
    assert len(gzip.compress(plain.content)) > int(packed.headers["content-length"]) * 0.9


@pytest.mark.parametrize("path", ["/assets/../errors.py", "/assets/manifest.json", "/assets/.stamp", "/assets/"])
async def test_nothing_but_listed_assets_is_served(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_the_header_list_of_one_answer_does_not_grow(client: httpx.AsyncClient) -> None:
    counts = {len((await read(client)).headers.raw) for _ in range(5)}
    assert len(counts) == 1


async def test_a_page_is_never_kept_under_another_language(client: httpx.AsyncClient) -> None:
    # Two readings of one broken header must not let one visitor choose what another sees.
    await read(client, cookie='a="; tongban_language=en; b=[')
    assert 'lang="zh-CN"' in (await read(client)).text
