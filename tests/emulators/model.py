"""A stand-in for any service, for calls that no emulator at hand has.

    model.py PORT

It knows nothing but botocore's service models. A request is taken apart by the model of its
operation, checked against it (members that are required, members that are known, their types and
lengths), and answered with what the test says, written down by the model. What was asked is kept.

    POST /-/script {"key": ACCESS_KEY, "service": "logs", "stages": [
        {"answers": {"DescribeThings": {...}, "CreateThing": {"error": {"Code": ..., "Message": ...}}},
         "then": {"CreateThing": 1}}]}

gives the answers to requests that are signed with that key; a call named in `then` leads to another
stage. An operation that a stage has no answer for is an error, which names it.

    GET /-/calls?key=ACCESS_KEY

lists what was asked so far, each with its operation and its members, and begins anew.
"""

import json
import re
import sys
import threading

from botocore.validate import ParamValidator
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

SCRIPTS = {}
LOCK = threading.Lock()


class Script:
    """What a test says, and where it has come to."""

    def __init__(self, told):
        """Begins at the first stage."""
        self.service = told["service"]
        self.stages = told["stages"]
        self.at = 0
        self.calls = []

    def answer(self, operation, members):
        """The answer to a call, which is kept."""
        self.calls.append({"operation": operation, "with": members})
        stage = self.stages[self.at]
        if operation not in stage["answers"]:
            message = f"Stage {self.at} has no answer to {operation} with {members}."
            return {"error": {"Code": "NotInTheScript", "Message": message}}
        self.at = stage.get("then", {}).get(operation, self.at)
        return stage["answers"][operation]


class Refused(Exception):
    """An error of the service."""

    def __init__(self, code, message, status=400):
        """As services have it."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def operation_of(request, model):
    """The operation's name, and what the path says."""
    target = request.headers.get("X-Amz-Target")
    if target:
        return target.rpartition(".")[2], {}
    if "Action" in request.values:
        return request.values["Action"], {}
    operation, members = get_service_router(model.service_name).match(request)
    return operation.name, members


def strangers(given, shape, path=""):
    """Members of a JSON document that the model does not know."""
    if shape.type_name == "structure" and isinstance(given, dict):
        for name, value in given.items():
            if name not in shape.members:
                yield f"{path}.{name}"
            else:
                yield from strangers(value, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list" and isinstance(given, list):
        for value in given:
            yield from strangers(value, shape.member, f"{path}[]")
    elif shape.type_name == "map" and isinstance(given, dict):
        for value in given.values():
            yield from strangers(value, shape.value, f"{path}{{}}")


def members_of(request, operation, model, uri_members):
    """The members of a request, which have to be as the model says."""
    protocol = determine_request_protocol(model, request.content_type)
    parser = PROTOCOL_PARSERS[protocol](operation)
    members = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri_members,
        }
    )
    shape = operation.input_shape
    if shape is None:
        return members
    if protocol == "json" and request.data:
        unknown = list(strangers(json.loads(request.data), shape))
        if unknown:
            raise Refused("NotInTheModel", f"{operation.name}: unknown {', '.join(unknown)}.")
    report = ParamValidator().validate(members, shape)
    if report.has_errors():
        raise Refused("NotInTheModel", f"{operation.name}: {report.generate_report()}")
    return members


def answered(request):
    """What a request of an SDK is answered with."""
    signature = re.search(r"Credential=([^/]+)/", request.headers.get("Authorization", ""))
    script = SCRIPTS.get(signature and signature.group(1))
    if script is None:
        return Response("There is no script for this access key.", 500)
    model = get_service_model(script.service)
    name, uri_members = operation_of(request, model)
    operation = model.operation_model(name)
    protocol = determine_request_protocol(model, request.content_type)
    serializer = get_serializer_class(script.service, protocol)(operation)
    try:
        members = members_of(request, operation, model, uri_members)
        plain = json.loads(json.dumps(members, default=str))
        with LOCK:
            answer = script.answer(name, plain)
        if "error" in answer:
            raise Refused(answer["error"]["Code"], answer["error"].get("Message", ""))
    except Refused as error:
        answer = error
    said = serializer.serialize(answer)
    return Response(said["body"], said["status_code"], said["headers"])


def served(environ, start_response):
    """A request of a test, or of an SDK."""
    request = Request(environ)
    body = request.get_data()
    match request.path:
        case "/-/script":
            told = json.loads(body)
            with LOCK:
                SCRIPTS[told["key"]] = Script(told)
            response = Response("{}")
        case "/-/calls":
            with LOCK:
                script = SCRIPTS[request.args["key"]]
                calls, script.calls = script.calls, []
            response = Response(json.dumps(calls), content_type="application/json")
        case _:
            response = answered(request)
    return response(environ, start_response)


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), served, threaded=True).serve_forever()
