"""Whether uploads are scanned, and whether the scanner finds what every scanner must find. Called by the doctor."""

from tongban.cli import findings
from tongban.cli.findings import Finding
from tongban.cli.settings import Settings
from tongban.connectors.scanning import EICAR, ClamdScanner

PATIENCE = 5.0  # seconds


async def check_scanner(settings: Settings) -> Finding:
    """Finding about the scanner: none set is no fault, one that is away or blind is."""
    address = settings.upload_scanner
    if address is None:
        return findings.ok(
            "uploads.scanner",
            "没有接病毒扫描（TONGBAN_UPLOAD_SCANNER）；文件照常检查并在隔离进程中打开",
            "no scanner for malware (TONGBAN_UPLOAD_SCANNER); files are checked and opened in a process of their own",
        )
    scanner = ClamdScanner(address, PATIENCE)
    repair = (
        f"看扫描服务是否在 {address}；在此之前不接收上传",
        f"see whether the scanner is at {address}; until then no upload is taken",
    )
    try:
        version, found = await scanner.version(), await scanner.scan(EICAR)
    except (OSError, TimeoutError) as fault:
        said = f"{type(fault).__name__}: {fault}"[:200]
        return findings.fault(
            "uploads.scanner", (f"扫描服务没有应答（{said}）", f"the scanner is silent ({said})"), repair
        )
    if found is None:
        blind = ("扫描服务没有认出测试文件", "the scanner does not find the test file")
        load = ("更新它的病毒库", "let it load its signatures")
        return findings.fault("uploads.scanner", blind, load)
    return findings.ok(
        "uploads.scanner", f"{version}，认出测试文件 {found}", f"{version}, finds the test file: {found}"
    )
