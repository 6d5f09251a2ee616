"""The calls that stop the event loop, as data, with what to use instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a call waits for while the event loop stands still."""

    SLEEP = "sleep"
    NETWORK = "network"
    PROCESS = "process"
    DATABASE = "database"
    HASH = "hash"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Blocker:
    """Callees that block: `names` exactly, or every method below a `prefix`.

    `prefix` stands for what can't be listed, such as the methods of a class that only its driver knows: those in
    `only`, however deep below it, or without `only` all that stand directly below it; never those in `never`.
    """

    kind: Kind
    instead: str
    names: frozenset[str] = frozenset()
    prefix: str = ""
    only: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()

    def matches(self, name: str) -> bool:
        """Tell whether a canonical callee is one of these."""
        if name in self.names:
            return True
        if not self.prefix or not name.startswith(self.prefix):
            return False
        below = name.removeprefix(self.prefix).split(".")
        return (below[-1] in self.only if self.only else len(below) == 1) and self.never.isdisjoint(below)


def _below(owner: str, names: str) -> frozenset[str]:
    return frozenset(f"{owner}.{name}" for name in names.split())


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_VERBS = "get post put patch delete head options request"
THREAD = "run it with `asyncio.to_thread()`"
_LOOP_IN_THREAD = "go through it with `asyncio.to_thread()`"
_REQUEST = "send it with an aiohttp `ClientSession`"
_LOOKUP = "await `loop.getaddrinfo()`"
_PROCESS = "await `asyncio.create_subprocess_exec()`"
_DRIVER = "use an asynchronous driver, or `asyncio.to_thread()`"
_SQLITE = "use `aiosqlite`, or one `asyncio.to_thread()` for the connection and all that is done with it"
_DB_API = _words(
    "connect execute executemany executescript callproc fetchone fetchmany fetchall commit rollback"
)
_NOT_ASYNC = frozenset(
    {"aio", "asyncio", "AsyncConnection", "AsyncCursor", "connect_async", "AsyncConnectionPool"}
)
_PATH_METHODS = (
    "open read_text read_bytes write_text write_bytes exists is_file is_dir is_symlink is_mount iterdir glob rglob"
    " walk stat lstat mkdir rmdir unlink rename replace touch chmod samefile symlink_to hardlink_to readlink owner"
    " group resolve copy move"
)
LAZY = _below("os", "walk scandir") | _below("pathlib.Path", "iterdir glob rglob walk")
"""What gives an iterator, and reads the disk as that is asked for the next."""
_FILE_METHODS = "read readline readlines write writelines flush truncate"

LOADERS = frozenset({"boto3.client", "boto3.resource"})
"""What asks nobody yet, but takes long to read what a service can do."""
_LOGINS = _below("smtplib.SMTP", "connect ehlo helo starttls login sendmail send_message noop quit")

BLOCKERS: tuple[Blocker, ...] = (
    Blocker(Kind.SLEEP, "await `asyncio.sleep()`", frozenset({"time.sleep"})),
    # Network.
    Blocker(
        Kind.NETWORK, _REQUEST,
        _below("requests", _VERBS) | _below("requests.api", _VERBS) | _below("httpx", f"{_VERBS} stream")
        | _below("requests.Session", f"{_VERBS} send") | _below("httpx.Client", f"{_VERBS} send stream")
        | _below("urllib.request", "urlopen urlretrieve") | _below("urllib.request.OpenerDirector", "open")
        | _below("urllib3", "request") | _below("urllib3.PoolManager", "request urlopen")
        | _below("http.client.HTTPConnection", "connect request getresponse")
        | _below("http.client.HTTPSConnection", "connect request getresponse")
        | _below("curl_cffi.requests", _VERBS),
    ),
    Blocker(Kind.NETWORK, _LOOKUP, _below("socket", "getaddrinfo gethostbyname gethostbyname_ex")),
    Blocker(Kind.NETWORK, "await `loop.getnameinfo()`", frozenset({"socket.getnameinfo"})),
    Blocker(Kind.NETWORK, THREAD, _below("socket", "gethostbyaddr getfqdn")),
    Blocker(
        Kind.NETWORK, "await `asyncio.open_connection()`, or run it with `asyncio.to_thread()`",
        frozenset({"socket.create_connection"}),
    ),
    Blocker(
        Kind.NETWORK, "await `ws_connect()` of an aiohttp `ClientSession`", frozenset({"websocket.create_connection"})
    ),
    Blocker(
        Kind.NETWORK, THREAD,
        _LOGINS | frozenset(name.replace("smtplib.SMTP", "smtplib.SMTP_SSL") for name in _LOGINS)
        | frozenset({"smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP", "ftplib.FTP_TLS"})
        | _below("ftplib.FTP", "connect login cwd nlst dir retrbinary retrlines storbinary storlines delete mkd quit")
        | _below("dns.resolver", "resolve query")
        | _below("paramiko.SSHClient", "connect exec_command open_sftp")
        | LOADERS,
    ),
    Blocker(
        Kind.NETWORK, THREAD, prefix="boto3.client.",
        never=_words("exceptions meta close can_paginate get_paginator get_waiter generate_presigned_url"
                        " generate_presigned_post"),
    ),
    # Processes and the console.
    Blocker(
        Kind.PROCESS, _PROCESS,
        _below("subprocess", "run call check_call check_output getoutput getstatusoutput")
        | _below("subprocess.Popen", "wait communicate") | _below("os", "system popen wait waitpid wait3 wait4"),
    ),
    Blocker(Kind.PROCESS, THREAD, frozenset({"builtins.input", "getpass.getpass"})),
    # Databases and caches.
    *(
        Blocker(
            Kind.DATABASE, _SQLITE if driver == "sqlite3" else _DRIVER, prefix=f"{driver}.", only=_DB_API, never=_NOT_ASYNC
        )
        for driver in (
            "sqlite3", "psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql.connector", "pymssql", "pyodbc", "cx_Oracle",
            "oracledb", "snowflake.connector",
        )
    ),
    Blocker(
        Kind.DATABASE, _DRIVER,
        _below("sqlalchemy.engine.Engine", "connect begin raw_connection")
        | _below("sqlalchemy.engine.Connection", "execute scalar scalars commit rollback exec_driver_sql")
        | _below("sqlalchemy.orm.Session", "execute scalar scalars commit flush refresh get merge")
        | _below("psycopg2.extras", "execute_values execute_batch")
        | _below("cassandra.cluster.Cluster", "connect connect.execute")
        | _below("clickhouse_driver.Client", "execute execute_iter"),
    ),
    Blocker(
        Kind.DATABASE, "use `redis.asyncio`", prefix="redis.Redis.", only=_words("get set setex setnx mget mset getset delete exists expire ttl incr incrby decr keys scan hget hset hgetall"
            " hdel hincrby hmget hmset hkeys lpush rpush lpop rpop blpop brpop lrange llen sadd srem smembers sismember"
            " zadd zrange zrem zscore publish ping execute eval evalsha flushdb flushall info xadd xread"),
    ),
    *(
        Blocker(
            Kind.DATABASE, _DRIVER, prefix=prefix, only=_words("find_one insert_one insert_many update_one update_many replace_one delete_one delete_many"
                " count_documents estimated_document_count distinct find_one_and_update find_one_and_replace"
                " find_one_and_delete bulk_write create_index drop list_database_names list_collection_names"
                " server_info command"),
        )
        for prefix in ("pymongo.MongoClient.", "pymongo.database.Database.", "pymongo.collection.Collection.")
    ),
    *(
        Blocker(
            Kind.DATABASE, _DRIVER,
            _below(client, "get set add replace delete incr decr get_multi set_multi get_many set_many"),
        )
        for client in ("memcache.Client", "pylibmc.Client", "pymemcache.Client", "pymemcache.client.base.Client")
    ),
    # Password hashing.
    Blocker(
        Kind.HASH, THREAD,
        _below("bcrypt", "hashpw checkpw kdf") | _below("hashlib", "scrypt pbkdf2_hmac")
        | _below("argon2.PasswordHasher", "hash verify") | _below("argon2", "hash_password verify_password")
        | _below("argon2.low_level", "hash_secret hash_secret_raw verify_secret")
        | _below("passlib.context.CryptContext", "hash verify verify_and_update")
        | _below("werkzeug.security", "generate_password_hash check_password_hash")
        | _below("nacl.pwhash", "str verify") | _below("Crypto.Protocol.KDF", "PBKDF2 scrypt bcrypt"),
    ),
    *(
        Blocker(Kind.HASH, THREAD, prefix=f"passlib.hash.{scheme}.", only=frozenset({"hash", "verify", "encrypt"}))
        for scheme in ("bcrypt", "bcrypt_sha256", "argon2", "scrypt", "pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512",
                       "sha256_crypt", "sha512_crypt")
    ),
    # Files; of two that match, the first one counts.
    Blocker(Kind.FILE, _LOOP_IN_THREAD, LAZY),
    Blocker(
        Kind.FILE, THREAD,
        frozenset({"builtins.open", "io.open"}) | _below("pathlib.Path", _PATH_METHODS)
        | _below("io.TextIOWrapper", _FILE_METHODS) | _below("io.BufferedReader", _FILE_METHODS)
        | _below("io.BufferedWriter", _FILE_METHODS)
        | _below("os.path", "exists lexists isfile isdir islink ismount getsize getmtime getatime getctime realpath"
                            " samefile")
        | _below("os", "open listdir scandir walk stat lstat mkdir makedirs remove unlink rename renames replace rmdir"
                       " removedirs link symlink readlink chmod chown access truncate utime statvfs")
        | _below("shutil", "copy copy2 copyfile copytree copyfileobj copymode copystat rmtree move make_archive"
                           " unpack_archive disk_usage")
        | _below("tempfile", "TemporaryFile NamedTemporaryFile TemporaryDirectory mkdtemp mkstemp"),
    ),
)  # fmt: skip
"""Every call that is known to block, in the words of the canonical names that inference gives."""

DJANGO = Blocker(Kind.DATABASE, "run it with `sync_to_async()`, or await its asynchronous form")
"""What stands for the queries of Django, which have no names of their own."""

OPENERS = frozenset({"builtins.open", "io.open", "pathlib.Path.open"})
"""What opens a file."""

LOOK_UPS = (
    _below(
        "os.path",
        "exists lexists isfile isdir islink ismount getsize getmtime getatime getctime realpath samefile",
    )
    | _below("os", "stat lstat access readlink statvfs")
    | _below("pathlib.Path", "exists is_file is_dir is_symlink is_mount stat lstat resolve")
)
"""Those that only ask the file system for what it most often has in memory."""
