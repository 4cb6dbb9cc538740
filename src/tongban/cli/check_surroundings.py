"""Whether what stands around the node answers: web, witness, departmental systems, web assets. Called by the doctor."""

import asyncio
import time
from collections.abc import Iterable

import httpx

from tongban.basics.errors import TongbanError
from tongban.cli import findings
from tongban.cli.findings import Finding
from tongban.cli.home import Home
from tongban.cli.node_group import near_address
from tongban.cli.settings import Settings
from tongban.connectors.connections import Listed, read_connectors
from tongban.web.asset_files import AssetFiles

PATIENCE = 3.0  # seconds


def check_assets() -> Finding:
    """Whether style sheets and scripts were built."""
    try:
        AssetFiles()
    except TongbanError as error:
        return findings.refused("web.assets", error, ("make assets", "make assets"))
    return findings.ok("web.assets", "网页资源已构建", "built")


async def check_web(settings: Settings) -> Finding:
    """Whether the web answers where it should."""
    address = f"http://{near_address(settings.host)}:{settings.port}/health/ready"
    status = await _status(address)
    if status == 200:
        return findings.ok("web.answers", settings.public_url, settings.public_url)
    found = (
        f"{address} 没有正常应答（{status or '无应答'}）",
        f"{address} does not answer well ({status or 'silent'})",
    )
    return findings.fault(
        "web.answers", found, ("看日志 log/web.log，必要时重启", "see log/web.log, restart if need be")
    )


async def check_witness(settings: Settings, home: Home) -> list[Finding]:
    """Whether the configured witness answers with a key that is known here."""
    if settings.witness_url is None:
        return []
    known = home.witnesses.read_text("utf-8").split() if home.witnesses.exists() else []
    said = await _text(f"{settings.witness_url}/keys")
    if said is None:
        repair = (
            "请见证方检查；存证照常封存，只是会签推迟",
            "ask the witness's office; sealing goes on, cosigning waits",
        )
        return [
            findings.warning(
                "witness.answers", (f"{settings.witness_url} 无应答", f"{settings.witness_url} is silent"), repair
            )
        ]
    if set(said.split()) & set(known):
        return [findings.ok("witness.answers", settings.witness_url, settings.witness_url)]
    repair = (
        "向见证方当面核对公钥，再更正 keys/witnesses.txt",
        "compare keys with the witness's office in person, then correct keys/witnesses.txt",
    )
    return [
        findings.fault(
            "witness.answers", ("应答的公钥不在 keys/witnesses.txt 中", "its key is not in keys/witnesses.txt"), repair
        )
    ]


async def check_connectors(home: Home, resources: Iterable[str]) -> list[Finding]:
    """Each resource's connector by name: whether there is one, and whether it answers."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            known = read_connectors(home.connectors, client) if home.connectors.exists() else {}
        except TongbanError as error:
            return [findings.refused("connectors.list", error)]
        absent = [_absent(resource, home) for resource in resources if resource not in known]
        return [*absent, *await asyncio.gather(*(_connector(name, one) for name, one in known.items()))]


def _absent(resource: str, home: Home) -> Finding:
    found = (f"{resource} 没有接口，申请人须自行上传", f"{resource} has no connector: applicants must upload instead")
    repair = (f"在 {home.connectors} 中写明它的接口", f"describe its connector in {home.connectors}")
    return findings.warning("connectors.list", found, repair)


async def _connector(resource: str, one: Listed) -> Finding:
    # Whether somebody is there, and whether a table has its columns; a record would be a look-up without a case.
    began = time.monotonic()
    reason = await one.provider.probe(PATIENCE)
    await one.provider.close()
    if reason is None:
        took = round((time.monotonic() - began) * 1000)
        answers = (
            f"{resource} 有应答（{took} 毫秒，{one.entry.where}）",
            f"{resource} answers ({took} ms, {one.entry.where})",
        )
        return findings.ok("connectors.reachable", *answers)
    found = (
        f"{resource} 无应答：{one.entry.where}（{reason}）",
        f"{resource} does not answer: {one.entry.where} ({reason})",
    )
    repair = ("请该部门检查；此间申请人可上传", "ask the department; meanwhile applicants can upload")
    return findings.fault("connectors.reachable", found, repair)


async def _status(address: str) -> int | None:
    try:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(address)).status_code
    except (httpx.HTTPError, TimeoutError):
        return None


async def _text(address: str) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(address)
    except (httpx.HTTPError, TimeoutError):
        return None
    return answer.text if answer.status_code == 200 else None
