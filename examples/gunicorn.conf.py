"""Several worker processes: `gunicorn --config examples/gunicorn.conf.py`.

Each worker has its own chat, feed, metrics and limits: what must be one for all belongs into a service such as
Redis. Sessions are one for all, by the key or the database that the workers share, and so is the cache where `CACHE` names
a file for it.

Practices: 13.1, 13.2, 13.3, 13.8.
"""

import os

wsgi_app = "examples.service.worker:runner"
worker_class = "aiohttp.GunicornWebWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
# Longer than the proxy's, or it reuses connections that we are about to close.
keepalive = 75
# A worker that does not answer for this long is killed: something blocks its loop.
timeout = 30
# Longer than what open requests get.
graceful_timeout = 5 + int(float(os.environ.get("GRACE", "10")))
