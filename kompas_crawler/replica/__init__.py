"""An imitation of Kompas.com for demonstration, tests and benchmarks; its news are invented.

`python -m kompas_crawler.replica` serves it on 127.0.0.1; `running` starts it from Python. It answers for every host
of `kompas.com` by the request's Host header. It knows the crawler's addresses and sections, and nothing else of it.
"""

from kompas_crawler.replica.client import Replica, running

__all__ = ["Replica", "running"]
