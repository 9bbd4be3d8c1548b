"""Calls AWS with boto3 as it is told: a witness, and a hand that changes things behind zw's back.

    caller.py --endpoint URL --region REGION

Each line of standard input is a call, as JSON:

    {"call": "sqs:get_queue_attributes", "with": {...}, "take": ["Attributes.Policy"]}

and each line of standard output the answer to one: {"taken": {...}, "answer": {...}}, where
`taken` has the value of each JMESPath expression of `take`; or {"error": "CODE: MESSAGE"}.
With "region" a call goes to another region.
A text that is to be bytes is {"bytes": "TEXT"}, or {"base64": "..."}.
"""

import argparse
import base64
import datetime
import json
import sys

import boto3
import jmespath
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody


def plain(value):
    """What JSON has no form for, as text."""
    match value:
        case bytes():
            return value.decode(errors="replace")
        case StreamingBody():
            return value.read().decode(errors="replace")
        case datetime.datetime():
            return value.isoformat()
        case _:
            return str(value)


def given(value):
    """Arguments as boto3 takes them."""
    match value:
        case {"bytes": str(text)} if len(value) == 1:
            return text.encode()
        case {"base64": str(text)} if len(value) == 1:
            return base64.b64decode(text)
        case dict():
            return {key: given(item) for key, item in value.items()}
        case list():
            return [given(item) for item in value]
        case _:
            return value


def taken(expression, found):
    """The value of an expression; what is wrong with it where what it is about is not there, which equals no value."""
    try:
        return jmespath.search(expression, found)
    except jmespath.exceptions.JMESPathTypeError as error:
        return {"wrong": str(error)}


def answer(client, operation, arguments, take):
    """The answer to one call."""
    try:
        found = getattr(client, operation)(**given(arguments))
    except (BotoCoreError, ClientError) as error:
        return {"error": str(error)}
    found = json.loads(json.dumps(found, default=plain))
    return {
        "taken": {expression: taken(expression, found) for expression in take},
        "answer": found,
    }


def main():
    """Answers until its input ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", required=True, help="address of the emulator")
    parser.add_argument("--region", required=True, help="region to work in")
    arguments = parser.parse_args()
    session = boto3.Session(region_name=arguments.region)
    config = Config(
        read_timeout=60,
        retries={"max_attempts": 2},
        s3={"addressing_style": "path"},
    )
    clients = {}
    for line in sys.stdin:
        call = json.loads(line)
        service, operation = call["call"].split(":")
        place = service, call.get("region", arguments.region)
        if place not in clients:
            clients[place] = session.client(
                service, place[1], endpoint_url=arguments.endpoint, config=config
            )
        said = answer(
            clients[place], operation, call.get("with", {}), call.get("take", [])
        )
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
