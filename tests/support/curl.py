"""curl as far as our documents use it, over httpx: for machines that have none.

Like curl with `silent`, `fail-with-body` and a newline behind each answer. An option that it
doesn't know is an error: then the document or this file is wrong.
"""

import argparse
import sys

import httpx


def main() -> int:
    """Send one request; return 0, or 22 where the answer is no, as curl does."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="body")
    given = parser.parse_args()
    method = given.method or ("GET" if given.body is None else "POST")
    headers = dict(each.split(": ", 1) for each in given.headers)
    content = None if given.body is None else given.body.encode()
    answer = httpx.request(
        method, given.url, headers=headers, content=content, timeout=30, trust_env=False
    )
    sys.stdout.write(f"{answer.text}\n")
    return 22 if answer.status_code >= 400 else 0


if __name__ == "__main__":
    sys.exit(main())
