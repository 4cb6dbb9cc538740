"""A small time stamp authority (RFC 3161) with a key of its own, for demonstrations.

It signs whatever digest it is given with this machine's time, so its word is worth no more than this machine's
clock. A deployment names the service of a recognised authority instead.
"""

import datetime as dt
import secrets

from asn1crypto import cms, core, tsp  # type: ignore[import-untyped,unused-ignore]
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import TimeStamper

# A policy identifier needs an arc of one's own; those under 2.25 are UUIDs that anybody may make.
_POLICY = "2.25.211628450139764892071463387042197504183"


class LocalTimeStamper(TimeStamper):  # type: ignore[misc,unused-ignore]
    """Answers each request in the same process, signed by ``signer`` (extended key usage timeStamping)."""

    def __init__(self, signer: SimpleSigner) -> None:
        """``signer`` holds the authority's certificate and key."""
        super().__init__()  # type: ignore[no-untyped-call,unused-ignore]
        self._signer = signer

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """A granted answer to ``req``, with the machine's time in UTC."""
        algorithm = req["message_imprint"]["hash_algorithm"]["algorithm"].native
        content = cms.EncapsulatedContentInfo(
            {"content_type": "tst_info", "content": core.ParsableOctetString(self._info(req).dump())}
        )
        token = await self._signer.async_sign_general_data(content, algorithm, detached=False)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})

    def _info(self, req: tsp.TimeStampReq) -> tsp.TSTInfo:
        facts = {
            "version": "v1",
            "policy": _POLICY,
            "message_imprint": req["message_imprint"],
            "serial_number": secrets.randbits(63),
            "gen_time": dt.datetime.now(dt.UTC).replace(microsecond=0),
        }
        return tsp.TSTInfo({**facts, **({"nonce": req["nonce"]} if req["nonce"].native is not None else {})})
