"""What the folders' functions may do."""

from chalicelib.core.rights import (
    abort_uploads,
    api_may,
    delete_files,
    environment,
    eraser_may,
    export_may,
    get,
    get_files,
    list_files,
    list_uploads,
    may,
    take_from,
    update,
)
from chalicelib.live.rights import push_to_persons

api_may(get("folders"), update("folders"))
may(
    "keep_quota",
    take_from("keep_quota"),
    get("folders"),
    update("folders"),
    list_files("files"),
    delete_files("files/*"),
    push_to_persons(),
    seconds=300,
    at_once=2,
)
export_may(get("folders"), list_files("files"), get_files("files/*"))
eraser_may(get("folders"), update("folders"))
eraser_may(list_files("files"), delete_files("files/*"), list_uploads("files"), abort_uploads("files/*"))
environment(IDENTITY_POOL_ID="{IdentityPoolId}", FOLDER_QUOTA="{FolderQuota}", FOLDER_FILES="{FolderFiles}")
