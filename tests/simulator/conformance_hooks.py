"""Leads schemathesis to processors that exist, in all their states, and unwraps envelopes before they are checked."""

import collections
import json
import os
import random
import urllib.request

import schemathesis

KNOWN = json.loads(os.environ["SIMULATOR"])
STATES = ["CREATED", "STARTED", "STOPPED", "FAILED", "CREATING", "STOPPING", "PROVISIONING"]
NAMES = ["orders", "a.b-c", "a:b", "a/b", "größe"]
# The states in which an operation does what it is there for; three of four cases meet one of these.
RIPE = {":start": STATES[:1] + STATES[2:4], ":startWith": STATES[:1] + STATES[2:4], ":stop": STATES[1:2]}
FIELDS = ["name", "pipeline", "tier", "failoverEnabled"]
OPTIONS = ["tier", "resumeFromCheckpoint", "startAtOperationTime"]
PIPELINE = [{"$source": {"connectionName": "source"}}]
VERSIONED = "application/vnd.atlas.2025-03-12+json"
LIMIT = {"capacity": 1200}
EMPTY = {"capacity": 0}
COUNTS = collections.Counter()


def control(method, what, body):
    request = urllib.request.Request(KNOWN["control"] + what, json.dumps(body).encode(), method=method)
    urllib.request.urlopen(request).close()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Four of five cases meet a processor that is there, with a body that it takes; the fifth stays as it was made up."""
    chance = random.Random(case.id)
    # The fourth case of each operation and every tenth after it finds the bucket empty; set for each case, so that none
    # is left so by the one before.
    COUNTS[case.operation.label] += 1
    control("PATCH", "settings", {"rate_limit": EMPTY if COUNTS[case.operation.label] % 10 == 4 else LIMIT})
    case.headers["Accept"] = VERSIONED if chance.random() < 0.97 else "application/json"
    case.headers["Authorization"] = f"Bearer {KNOWN['access_token'] if chance.random() < 0.97 else 'unknown'}"
    if chance.random() < 0.03:
        # Asked with nothing, Atlas challenges to Digest.
        del case.headers["Authorization"]
    if chance.random() > 0.8:
        return
    verb = case.operation.path.rpartition("{processorName}")[2]
    ripe = ["STOPPED"] if case.method == "PATCH" else RIPE.get(verb, STATES)
    name, state = chance.choice(NAMES), chance.choice(ripe if chance.random() < 0.75 else STATES)
    control("POST", "processors", {"name": name, "state": state})
    values = {"groupId": KNOWN["group_id"], "tenantName": KNOWN["tenant_name"], "processorName": name}
    for parameter in case.path_parameters or {}:
        case.path_parameters[parameter] = values[parameter]
    if isinstance(case.body, dict):
        # Members that no schema names are allowed by all of them, and refused by the simulator.
        known = OPTIONS if verb == ":startWith" else FIELDS
        case.body = {field: value for field, value in case.body.items() if field in known}
        if case.operation.path.endswith("/processor"):
            case.body |= {"name": f"new-{case.id}", "pipeline": PIPELINE}
        elif isinstance(case.body.get("name"), str):
            # Made up, it is most often empty or taken.
            case.body["name"] = f"new-{case.id}"
        if not objects(case.body.get("pipeline", [])):
            # The schema takes nothing but objects, in a stage too; the simulator takes any stage, and would show it.
            case.body["pipeline"] = PIPELINE


def objects(pipeline):
    """Whether a pipeline, if it is one at all, is as the schema has it."""
    stages = [stage for stage in pipeline if isinstance(stage, dict)] if isinstance(pipeline, list) else []
    return all(isinstance(member, dict) for stage in stages for member in stage.values())


@schemathesis.hook
def after_call(context, case, response):
    """The OpenAPI describes what is inside an envelope; the envelope itself must be one."""
    wrapped = case.query and str(case.query.get("envelope")).lower() == "true"
    if not wrapped or not response.content:
        return
    body = json.loads(response.content)
    if not isinstance(body.get("status"), int):
        raise AssertionError(f"not an envelope: {body}")
    if "results" in body:
        del body["status"]
    elif "content" in body:
        body = body["content"]
    else:
        body = None
    response.content = b"" if body is None else json.dumps(body).encode()
