"""What moto was asked, as botocore's models of the services understand it.

    recorded.py RECORDING

RECORDING is what moto's recorder wrote. The answer is a JSON list on standard output,
in the order of the requests: for each the service, the operation, the region, and the
parameters of those that send a form, as EC2's and IAM's do.
"""

import base64
import json
import sys
from urllib.parse import parse_qsl, urlsplit

from microburst.detection import detect


def entries(text):
    """What was recorded. Requests at the same time may share a line."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        entry, end = decoder.raw_decode(text)
        yield entry
        text = text[end:]


def understand(entry):
    """The request of an entry of the recording."""
    body = entry["body"] or ""
    body = base64.b64decode(body) if entry["body_encoded"] else body.encode()
    url = urlsplit(entry["url"])
    request = detect(
        entry["headers"], entry["method"], url.path, dict(parse_qsl(url.query)), body
    )
    form = entry["headers"].get("Content-Type", "").startswith(
        "application/x-www-form-urlencoded"
    )
    return {
        "service": request.service,
        "operation": request.operation,
        "region": request.region,
        "parameters": dict(parse_qsl(body.decode())) if form else {},
    }


def main():
    """Prints the requests."""
    try:
        with open(sys.argv[1], encoding="utf-8") as recording:
            requests = [understand(entry) for entry in entries(recording.read())]
    except FileNotFoundError:
        # The recorder makes the file with the first request.
        requests = []
    json.dump(requests, sys.stdout)


if __name__ == "__main__":
    main()
