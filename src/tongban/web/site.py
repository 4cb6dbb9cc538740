"""What the web floor of one process holds: kernel, settings, assets, words, and ports handed in from outside.

The command that serves builds one ``Site``; a newly installed pack replaces ``site.kernel`` whole.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from litestar import Request
from litestar.datastructures import State
from msgspec import Struct, field

from tongban.basics.text import LANGUAGES, Language
from tongban.cases.kernel import Kernel
from tongban.licences.metadata import Names
from tongban.licences.models import SignatureCheck
from tongban.licences.presenting.rules import USUAL_SECONDS
from tongban.parties.access.denials import Denials
from tongban.parties.applications.provider import IdentityProvider
from tongban.parties.applications.upper import UpperIdentity
from tongban.parties.log_in.passkeys import RelyingParty, relying_party
from tongban.web.asset_files import AssetFiles
from tongban.web.language import Words

WebRequest = Request[Any, Any, State]


class Finding(Protocol):
    """One thing that was looked at about this node: its level, what was found and the repair, each in two languages."""

    @property
    def check(self) -> str:
        """``area.thing``."""
        ...

    @property
    def level(self) -> str:
        """``ok``, ``warning`` or ``fault``."""
        ...

    @property
    def found(self) -> tuple[str, str]:
        """What was found, in Simplified Chinese and English."""
        ...

    @property
    def repair(self) -> tuple[str, str]:
        """What to do; empty where nothing is to be done."""
        ...


Examine = Callable[[], Awaitable[Sequence[Finding]]]
"""Looks the whole node over: the same findings as the command for operators."""


class DemonstrationAccount(Struct, frozen=True):
    """An invented person whom anybody may try; listed on the sign-in page of a demonstration only."""

    login: str
    name: str
    about: str
    password: str


class WebSettings(Struct, frozen=True):
    """How this node is seen. ``secret`` signs form tokens (at least 32 characters, the same in every worker).

    ``base_url`` without a closing slash; ``demonstration`` says that people and codes are invented;
    ``proxies``: networks of one's own proxies, which are believed where a request comes from;
    ``allowances``: purpose → how often, where it is not the usual; ``shown_seconds``: how long a shown licence's code
    holds; ``verifier_keys``: public keys of log and witnesses, one ``name+hash+base64`` a line.
    """

    base_url: str
    secret: str
    node_name: str = "通办"
    demonstration: bool = False
    verifier_keys: str = ""
    accounts: tuple[DemonstrationAccount, ...] = ()
    proxies: tuple[str, ...] = ()
    allowances: Mapping[str, int] = field(default_factory=dict)
    shown_seconds: int = USUAL_SECONDS

    @property
    def secure(self) -> bool:
        """Whether people reach the node by https, so that cookies may be marked."""
        return self.base_url.startswith("https:")


class Site:
    """Everything a page or an API call reaches. ``signature_check`` validates PDF signatures (None: not offered)."""

    def __init__(
        self,
        kernel: Kernel,
        settings: WebSettings,
        *,
        assets: AssetFiles | None = None,
        english: Mapping[str, str] | None = None,
        signature_check: SignatureCheck | None = None,
        examine: Examine | None = None,
        provider: IdentityProvider | None = None,
        upper: UpperIdentity | None = None,
        metadata: Names | None = None,
    ) -> None:
        """``english``: texts of region packs by Chinese; those of journeys are found in the kernel.

        ``provider`` signs people in for other applications; ``upper`` lets them sign in by the upper level's identity.
        None: that is not offered. ``metadata``: what this deployment calls the metadata of licences.
        """
        self.settings = settings
        self.assets = assets or AssetFiles()
        self.signature_check = signature_check
        self.examine = examine
        self.provider = provider
        self.upper = upper
        self.metadata = metadata or Names()
        self.denials = Denials()
        self.started_at = dt.datetime.now(dt.UTC)
        self._english = dict(english or {})
        self.kernel = kernel

    @property
    def kernel(self) -> Kernel:
        """What verbs are handed. Assigning a new one takes effect for the next request."""
        return self._kernel

    @kernel.setter
    def kernel(self, kernel: Kernel) -> None:
        english = dict(self._english)
        for version in kernel.catalogue.versions.values():
            english.update(version.strings.get("en", {}))
        assumed = kernel.calendar.assumed
        self._words = {language: Words(language, english, assumed) for language in LANGUAGES}
        self._kernel = kernel

    def words(self, language: Language) -> Words:
        """Texts in ``language``, the packs' included."""
        return self._words[language]


def party_of(request: WebRequest) -> RelyingParty:
    """This site as authenticators know it."""
    settings = site_of(request).settings
    return relying_party(settings.base_url, settings.node_name)


def site_of(request: WebRequest) -> Site:
    """The site that answers ``request``."""
    return cast(Site, request.app.state.site)
