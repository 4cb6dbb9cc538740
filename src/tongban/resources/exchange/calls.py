"""One call of the exchange from question to answer, in the one order: decide, intend, ask, conclude, answer.

Called by the gateway for departments' systems and by the node's door for other nodes. What is returned was committed.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Database, platform_now
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.parties.actions import person_key
from tongban.parties.enterprises import enterprise_key
from tongban.resources.actions import fetched, released
from tongban.resources.definitions import Resource
from tongban.resources.exchange import rows, statements
from tongban.resources.exchange.errors import ExchangeRefused, NotAllowed, QuotaSpent
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.exchange.log import Concluded, ExchangeLog
from tongban.resources.exchange.looking_up import proven, signed_question
from tongban.resources.exchange.models import Intent, Outcome, Refusal, Result, Side, Signature
from tongban.resources.exchange.outages import Trust
from tongban.resources.granting.book import GrantBook
from tongban.resources.granting.compiled import NOT_NOW, Ask, Compiled, Denial
from tongban.resources.models import LookUp, LookUpRequest
from tongban.resources.provider import (
    Answer,
    CallContext,
    Found,
    Invalid,
    Missing,
    Page,
    Pages,
    Provider,
    Unavailable,
)
from tongban.resources.rules import fits

TIMEOUT_SECONDS, PAGE_SECONDS = 3.0, 10.0
LONGEST = 200
"""Characters of a caller's words that a refusal keeps."""
_encoder = msgspec.json.Encoder()
_log = logging.getLogger(__name__)


class Call(Struct, frozen=True):
    """One question of a proven caller. ``consumer`` and ``provider`` are department ids, ``match`` key field → value.

    ``purpose`` None: the only grant that fits says it. ``officer``, ``issue`` (case number or id) and ``represented``
    as the caller wrote them. ``limit``: a page of at most so many records instead of one, ``after`` what the page
    before gave. From another node: ``peer`` its name, ``salt``, ``signed_at`` and ``signature`` its own.
    """

    region: str
    message: str
    consumer: str
    subsystem: str | None
    provider: str
    resource: Resource
    match: Mapping[str, str]
    fields: Sequence[str]
    purpose: str | None = None
    officer: str | None = None
    issue: str | None = None
    represented: str | None = None
    timeout: float = TIMEOUT_SECONDS
    side: Side = "both"
    peer: str | None = None
    salt: bytes | None = None
    signed_at: datetime | None = None
    signature: Signature | None = None
    limit: int | None = None
    after: str | None = None


class Answered(Struct, frozen=True):
    """What leaves: ``body`` is the JSON that ``outcome.digest`` is of; ``echo`` the record's own key fields.

    ``after``: of a page, what asks for the next one.
    """

    intent: Intent
    outcome: Outcome
    body: bytes
    echo: Mapping[str, Any]
    after: str | None = None


class Exchange:
    """The calls of one process. ``providers``: resource id → connector. Belongs to one event loop."""

    def __init__(
        self,
        database: Database,
        book: GrantBook,
        keys: KeyRing,
        vault: Vault,
        providers: Mapping[str, Provider],
        *,
        grouped: bool = True,
    ) -> None:
        self.database, self.book, self.keys, self.vault, self.providers = database, book, keys, vault, providers
        self.log = ExchangeLog(database, grouped=grouped)
        self.trust = Trust(database)
        self.ahead = timedelta(0)
        """How far the platform's time is ahead of this machine's clock; looked at by whoever serves."""

    def now(self) -> datetime:
        """The platform's time as this process knows it; what is written bears the database's own."""
        return datetime.now(UTC) + self.ahead

    async def look_at_clock(self) -> None:
        """Learn how far the platform's time is ahead. Raises ``StoreUnavailable``."""
        async with self.database.connection() as connection:
            self.ahead = await platform_now(connection) - datetime.now(UTC)

    async def call(self, call: Call) -> Answered:
        """Answer ``call``. Raises ``ExchangeRefused`` (recorded; nobody was asked) and ``StoreUnavailable``."""
        identifier = new_id()
        salt = call.salt or statements.salt_of(self.vault, call.region, identifier)
        try:
            intent, compiled = await self._intended(call, identifier, salt)
        except ExchangeRefused as refusal:
            await self.refused(call, refusal)
            raise
        if call.limit is not None:
            answered = await self._page(call, intent, compiled, salt)
        else:
            answer, milliseconds = await self._ask(call, intent, compiled, salt)
            answered = self._answered(intent, answer, milliseconds, salt)
        await self.log.conclude(self._concluded(intent, answered.outcome))
        return answered

    async def refused(self, call: Call, refusal: ExchangeRefused) -> None:
        """Record that a proven caller was refused. Raises ``StoreUnavailable``."""
        await self.log.refuse(
            Refusal(
                region=call.region,
                id=new_id(),
                code=refusal.code,
                reason=str(refusal)[:LONGEST],
                known=True,
                consumer=call.consumer,
                resource=call.resource.id,
                officer=cut(call.officer),
                issue=cut(call.issue),
                message=cut(call.message),
            )
        )

    async def _intended(self, call: Call, identifier: UUID, salt: bytes) -> tuple[Intent, Compiled]:
        """The committed intent. A grant that changed since the book was read is read anew and decided again, once;
        one that is not valid at this machine's time is decided again at the database's, which the grants were dated by.
        """
        try:
            return await self._try(call, identifier, salt)
        except (NotAllowed, QuotaSpent) as refused:
            changed = await self.book.refresh(self.database)
            if str(refused.data.get("reason")) == NOT_NOW:
                await self.look_at_clock()
            elif not changed:
                raise
        return await self._try(call, identifier, salt)

    async def _try(self, call: Call, identifier: UUID, salt: bytes) -> tuple[Intent, Compiled]:
        now = self.now()
        compiled = await self._admitted(call, now)
        intent = self._intent(call, compiled, now, identifier, salt)
        at = await self.log.intend(intent)
        return msgspec.structs.replace(intent, at=at), compiled

    async def _admitted(self, call: Call, now: datetime) -> Compiled:
        many = call.limit is not None
        ask = Ask(call.region, call.resource.id, call.consumer, call.purpose, None, call.fields, call.match, many)
        found = await self.book.admit(self.database, self._purposed(ask), now)
        if isinstance(found, Denial):
            # The book was read anew by now; whose purpose it is may have been learnt only with that.
            found = self.book.decide(self._purposed(ask), now)
        if isinstance(found, Denial):
            raise NotAllowed(reason=found.reason)
        return found

    def _purposed(self, ask: Ask) -> Ask:
        """``ask`` with the purpose of the only grant there is, and the journey of a grant that is named by purpose."""
        grants = [compiled.grant for compiled in self.book.for_ask(ask)]
        if ask.purpose is None:
            purposes = {grant.purpose for grant in grants if grant.journey is None}
            return msgspec.structs.replace(ask, purpose=purposes.pop()) if len(purposes) == 1 else ask
        journeys = {grant.journey for grant in grants if grant.purpose == ask.purpose}
        return msgspec.structs.replace(ask, journey=journeys.pop()) if len(journeys) == 1 else ask

    def _intent(self, call: Call, compiled: Compiled, now: datetime, identifier: UUID, salt: bytes) -> Intent:
        grant, there = compiled.grant, getattr(self.providers.get(call.resource.id), "peer", None)
        intent = Intent(
            region=call.region,
            id=identifier,
            at=None,
            message=call.message,
            consumer=call.consumer,
            provider=call.provider,
            resource=call.resource.id,
            purpose=grant.purpose,
            basis=grant.basis,
            grant=grant.id,
            revision=grant.revision,
            fields=list(call.fields),
            digest=statements.digest_of(salt, statements.question(call.match, call.fields)),
            signed_at=call.signed_at or now,
            side="consumer" if there is not None else call.side,
            peer=there or call.peer,
            subsystem=call.subsystem,
            officer=call.officer,
            issue=call.issue,
            represented=call.represented,
            records=call.limit or 1,
            subject=subject_of(self.vault, call.match),
            signature=call.signature,
        )
        text = statements.request_text(intent)
        if call.signature is not None:
            self.keys.check(call.consumer, call.signature, text)
            return intent
        return msgspec.structs.replace(intent, signature=self.keys.sign(call.consumer, text))

    async def _ask(self, call: Call, intent: Intent, compiled: Compiled, salt: bytes) -> tuple[Answer, int]:
        provider = self.providers.get(call.resource.id)
        if provider is None:
            return Unavailable("no connector is configured"), 0
        waiting = await self.trust.waits(call.resource, compiled.wanted)
        if waiting is not None:
            return Unavailable(waiting), 0
        began = time.perf_counter()
        request = LookUpRequest(
            region=call.region,
            case_id=intent.id,
            resource=call.resource,
            consumer=call.consumer,
            provider=call.provider,
            journey="",
            match=call.match,
            fields=compiled.wanted,
            legal="duty",
            person_key=b"",
            timeout=call.timeout,
        )
        signed = signed_question(intent, salt) if getattr(provider, "takes_signed", False) else None
        case = intent.issue or str(intent.id)
        context = CallContext(case, intent.purpose, intent.basis, intent.consumer, str(intent.id), signed)
        answer = released(compiled, await fetched(provider, request, context))
        return answer, round((time.perf_counter() - began) * 1000)

    async def _page(self, call: Call, intent: Intent, compiled: Compiled, salt: bytes) -> Answered:
        """A page of records, each masked and within the grant's rows; a record that does not fit spoils the page."""
        began = time.perf_counter()
        pages = await self._pages(call, intent, compiled)
        released: list[Mapping[str, Any]] = []
        if isinstance(pages, Page):
            for record in pages.rows[: call.limit]:
                known = {name: value for name, value in record.items() if value is not None}
                if not all(fits(call.resource, name, value) for name, value in known.items()):
                    pages = Invalid("a field is not of its declared kind")
                    break
                row = compiled.release(known)
                released += [] if row is None else [row]
        found = isinstance(pages, Page)
        after = pages.after if isinstance(pages, Page) else None
        body = _encoder.encode({"rows": released if found else [], "after": after})
        outcome = Outcome(
            region=intent.region,
            id=intent.id,
            at=None,
            result="found" if found else "unavailable" if isinstance(pages, Unavailable) else "invalid",
            reason=pages.reason if isinstance(pages, Unavailable | Invalid) else None,
            records=len(released) if found else 0,
            milliseconds=round((time.perf_counter() - began) * 1000),
        )
        return Answered(intent, self._signed(intent, outcome, body, salt), body, {}, after)

    async def _pages(self, call: Call, intent: Intent, compiled: Compiled) -> Pages:
        provider = self.providers.get(call.resource.id)
        fetch_many = getattr(provider, "fetch_many", None)
        if fetch_many is None or intent.side == "consumer":
            return Unavailable("no connector hands out lists")
        context = CallContext(
            intent.issue or str(intent.id), intent.purpose, intent.basis, intent.consumer, str(intent.id)
        )
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                pages: Pages = await fetch_many(
                    call.match, compiled.rule, compiled.wanted, call.limit, call.after, context, PAGE_SECONDS
                )
                return pages
        except TimeoutError:
            return Unavailable("no answer in time")
        except Exception as fault:
            _log.error("provider of %s failed: %s", call.resource.id, type(fault).__name__)
            return Unavailable(f"the connector failed ({type(fault).__name__})")

    def _answered(self, intent: Intent, answer: Answer, milliseconds: int, salt: bytes) -> Answered:
        found = isinstance(answer, Found)
        body = _encoder.encode({"found": True, "fields": answer.fields} if isinstance(answer, Found) else _NOT_FOUND)
        outcome = Outcome(
            region=intent.region,
            id=intent.id,
            at=None,
            result=_result(answer),
            reason=answer.reason if isinstance(answer, Unavailable | Invalid) else None,
            records=int(found),
            milliseconds=milliseconds,
        )
        proof = answer.proof if isinstance(answer, Found | Missing) else None
        if proof is not None:
            outcome = proven(outcome, proof)
        elif intent.side != "consumer":  # nobody signs for a department that another node speaks for
            outcome = self._signed(intent, outcome, body, salt)
        return Answered(intent, outcome, body, answer.echo if isinstance(answer, Found) else {})

    def _signed(self, intent: Intent, outcome: Outcome, body: bytes, salt: bytes) -> Outcome:
        outcome = msgspec.structs.replace(outcome, digest=statements.digest_of(salt, body), signed_at=self.now())
        signature = self.keys.sign(intent.provider, statements.answer_text(intent, outcome))
        return msgspec.structs.replace(outcome, signature=signature)

    def _concluded(self, intent: Intent, outcome: Outcome) -> Concluded:
        entry = rows.outcome_entry(intent, outcome, intent.subject)
        return Concluded(outcome, entry, rows.use_row(_use(intent, outcome), None, None))


_NOT_FOUND = {"found": False}


def _result(answer: Answer) -> Result:
    if isinstance(answer, Found):
        return "found"
    if isinstance(answer, Missing):
        return "missing"
    return "unavailable" if isinstance(answer, Unavailable) else "invalid"


def subject_of(vault: Vault, match: Mapping[str, str]) -> bytes | None:
    """The keyed hash of the person or enterprise whose number is asked with, so that they can see it; or None."""
    for key, value in match.items():
        if key.endswith("id_number"):
            return person_key(vault, value)
        if key.endswith("uscc"):
            return enterprise_key(vault, value)
    return None


def cut(words: str | None) -> str | None:
    """A caller's words as far as they are kept; what no store takes is left out."""
    return None if words is None else words[:LONGEST].replace("\0", "").encode(errors="ignore").decode()


def _use(intent: Intent, outcome: Outcome) -> LookUp:
    """What the person sees of a call. Its case is the named one where that is an id, else the call itself."""
    assert outcome.result != "undelivered"
    return LookUp(
        region=intent.region,
        id=intent.id,
        case_id=_case(intent),
        material="",
        person_key=intent.subject,
        person_account=None,
        consumer=intent.consumer,
        provider=intent.provider,
        source=f"resource:{intent.resource}",
        purpose=intent.purpose,
        basis=intent.basis,
        legal="duty",
        fields=intent.fields,
        outcome=outcome.result,
        reason=outcome.reason,
        digest=outcome.digest if outcome.result == "found" else None,
        asked_at=intent.signed_at,
        answered_ms=outcome.milliseconds,
        fresh_until=None,
        values={},
    )


def _case(intent: Intent) -> UUID:
    try:
        return UUID(intent.issue or "")
    except ValueError:
        return intent.id
