"""Why a file was not taken, and what the person can do instead."""

from tongban.basics.errors import TongbanError


class UploadEmpty(TongbanError):
    """The file has no content."""

    code = "upload.empty"
    status = 422
    zh = "文件“{name}”是空的，请重新选择。"
    en = "The file “{name}” is empty. Choose it again."


class UploadTooLarge(TongbanError):
    """The file is larger than the limit (megabytes of 1,000,000 bytes)."""

    code = "upload.too_large"
    status = 413
    zh = "文件“{name}”有 {found} MB，最多 {most} MB。请用手机拍照上传，或压缩后再传。"
    en = "The file “{name}” has {found} MB; at most {most} MB are taken. Take a photo, or make it smaller."


class UploadTypeRefused(TongbanError):
    """The content is of a type that is never taken."""

    code = "upload.type_refused"
    status = 415
    zh = "不能上传“{name}”（{found}）。请上传照片（JPEG、PNG、HEIC、WebP）或 PDF。"
    en = "“{name}” ({found}) can not be taken. Send a photo (JPEG, PNG, HEIC, WebP) or a PDF."


class UploadTypeLies(TongbanError):
    """The content is not of the type that the name or the sender says."""

    code = "upload.type_lies"
    status = 422
    zh = "文件“{name}”标明是 {said}，内容却是 {found}。请重新导出或拍照后再传。"
    en = "“{name}” says {said}, but its content is {found}. Export it again or take a photo."


class UploadDamaged(TongbanError):
    """The content is incomplete or can not be read."""

    code = "upload.damaged"
    status = 422
    zh = "文件“{name}”打不开，可能没有传完。请重新选择或重新拍照。"
    en = "“{name}” can not be opened; perhaps it is incomplete. Choose it again or take a new photo."


class UploadTooManyPixels(TongbanError):
    """The picture would unpack to more pixels than the limit (megapixels)."""

    code = "upload.too_many_pixels"
    status = 422
    zh = "图片“{name}”有 {found} 百万像素，最多 {most} 百万。请用较低的分辨率拍照。"
    en = "“{name}” has {found} megapixels; at most {most} are taken. Take the photo at a lower resolution."


class UploadTooManyPages(TongbanError):
    """The PDF has more pages than the limit."""

    code = "upload.too_many_pages"
    status = 422
    zh = "文件“{name}”有 {found} 页，最多 {most} 页。请只上传需要的页。"
    en = "“{name}” has {found} pages; at most {most} are taken. Send only the pages that are needed."


class UploadEncrypted(TongbanError):
    """The PDF is encrypted, so nobody can check it."""

    code = "upload.encrypted"
    status = 422
    zh = "文件“{name}”设有密码或权限限制。请去掉后再传，或打印后拍照。"
    en = "“{name}” is protected by a password. Remove the protection, or take a photo of the print."


class UploadActive(TongbanError):
    """The PDF holds programs or other files, which a document does not need."""

    code = "upload.active"
    status = 422
    zh = "文件“{name}”含有脚本、程序或附件（{found}）。请用“打印为 PDF”另存后再传，或拍照上传。"
    en = "“{name}” holds a script, program or attachment ({found}). Print it to a new PDF, or take a photo."


class UploadTooHeavy(TongbanError):
    """Taking the file apart needed more time or memory than any honest file needs."""

    code = "upload.too_heavy"
    status = 422
    zh = "文件“{name}”无法在限定的时间和内存内打开。请重新拍照，或用“打印为 PDF”另存后再传。"
    en = "“{name}” can not be opened within the time and memory allowed. Take a new photo, or print it to a new PDF."


class UploadInfected(TongbanError):
    """The scanner found malware in the file."""

    code = "upload.infected"
    status = 422
    zh = "文件“{name}”被检出恶意代码，没有接收。请检查您的设备，重新拍照或换一台设备再传。"
    en = "Malware was found in “{name}”; it was not taken. Check your device, then take a photo or use another device."


class UploadNotScanned(TongbanError):
    """The scanner does not answer; nothing is taken unscanned."""

    code = "upload.not_scanned"
    status = 503
    zh = "文件检查服务暂时不可用，“{name}”没有接收。已填写的内容都在，请稍后再传。"
    en = "The service that checks files does not answer, so “{name}” was not taken. Your input is kept; try later."
