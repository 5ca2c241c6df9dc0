#!/usr/bin/env python3
"""Holds the simulator to the published OpenAPI, with schemathesis as the client.

    python3 tests/simulator/conformance.py OPENAPI [--cases N] [--seed N]

Needs cargo, and pip to fetch schemathesis into target/conformance/. Exits with 0 if nothing was found and every operation
met a success and a rate limit. What the real Atlas was seen to answer beside what it publishes is allowed by name, in
UNLISTED and `allow`, each with where that is known from. An envelope is taken off before its content is checked.
"""

import argparse
import collections
import copy
import json
import os
import pathlib
import subprocess
import sys
import urllib.request
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "conformance"
REQUIREMENTS = ["schemathesis==4.32.5", "pyyaml"]
CHECKS = ",".join([
    "response_schema_conformance",
    "response_headers_conformance",
    "content_type_conformance",
    "status_code_conformance",
    "not_a_server_error",
])
# Never empty of itself; the hooks empty it for some of the cases.
RATE_LIMIT = {"rate_limit": {"capacity": 1200, "refill": 1200, "period": 1}}

# What follows is all that is allowed beside the published document. "Facts" are the observations of the real Atlas.
UNLISTED = {
    "start": {
        "400": "STREAM_PROCESSOR_GENERIC_ERROR; facts 2.2, what :start and :startWith really answered (observed)",
        "406": "INVALID_VERSION_DATE; facts 1.6, media types and versioning rule (observed)",
        "409": "a start that meets a stop; facts 2.2, 409 on :start, and 5, the retry matrix (asserted by a third party)",
    },
    "startWith": {
        "406": "as for start",
        "409": "as for start",
    },
    "stop": {
        "400": "'has already been stopped'; facts 2.4, already started, and 8, behaviour 51 (documented for mongosh)",
        "406": "as for start",
    },
    **{operation: {"406": "as for start"} for operation in ["create", "get", "modify", "delete", "list"]},
}
OPERATIONS = {
    "startGroupStreamProcessor": "start",
    "startGroupStreamProcessorWith": "startWith",
    "stopGroupStreamProcessor": "stop",
    "createGroupStreamProcessor": "create",
    "getGroupStreamProcessor": "get",
    "updateGroupStreamProcessor": "modify",
    "deleteGroupStreamProcessor": "delete",
    "getGroupStreamProcessors": "list",
}
NUMBER, STRING, OBJECT = {"type": "number"}, {"type": "string"}, {"type": "object"}


def allow(openapi):
    """Adds what was seen of Atlas to what it publishes, and nothing else."""
    schemas = openapi["components"]["schemas"]
    # Facts 2.1, ApiError: "spec says object items; really strings and numbers" (observed).
    schemas["ApiError"]["properties"]["parameters"]["items"] = {"anyOf": [STRING, NUMBER]}
    # Facts 1.3, real shape of `stats`: these members are no objects. Any other still has to be one, as it is published.
    counts = [
        "ok", "inputMessageCount", "inputMessageSize", "outputMessageCount", "dlqMessageCount", "dlqMessageSize",
        "memoryTrackerBytes", "stateSize", "scaleFactor",
    ]
    schemas["StreamsProcessorWithStats"]["properties"]["stats"]["properties"] = {
        **{name: NUMBER for name in counts},
        "name": STRING,
        "operatorStats": {"type": "array", "items": OBJECT},
    }
    # Facts 2.1, robustness rule (a): the generic 401 has no errorCode (observed). Only the 401 is let off.
    refusal = copy.deepcopy(schemas["ApiError"])
    refusal["required"].remove("errorCode")
    schemas["Refusal"] = refusal
    unauthorized = copy.deepcopy(openapi["components"]["responses"]["unauthorized"])
    unauthorized["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/Refusal"}
    error = {"$ref": "#/components/schemas/ApiError"}
    for path in openapi["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            responses["401"] = unauthorized
            for status, why in UNLISTED[OPERATIONS[operation["operationId"]]].items():
                if status in responses:
                    raise SystemExit(f"{operation['operationId']} lists {status} by now: strike it from UNLISTED")
                responses[status] = {"description": why, "content": {"application/json": {"schema": error}}}


def relevant(openapi):
    """Keeps the eight operations on processors."""
    openapi["paths"] = {path: operations for path, operations in openapi["paths"].items() if "/processor" in path}
    found = {operation["operationId"] for path in openapi["paths"].values() for operation in path.values()}
    if found != set(OPERATIONS):
        raise SystemExit(f"the operations on processors are not those that are known here: {sorted(found)}")


def tools():
    python = WORK / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(WORK / "venv", with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
    return python


def tell(control):
    """Says what the cases met; whether that is enough, so that a run that only ever met a 404 does not count as good."""
    with urllib.request.urlopen(control + "record") as answer:
        record = json.load(answer)
    met = collections.Counter((entry["operation"], entry["status"]) for entry in record)
    for operation in sorted({operation for operation, _ in met}):
        statuses = sorted(status or 0 for other, status in met if other == operation)
        print(f"{operation:12} " + ", ".join(f"{status}: {met[operation, status or None]}" for status in statuses))
    served = {operation for operation, status in met if status and status < 300}
    limited = {operation for operation, status in met if status == 429}
    missed = {"create", "delete", "get", "list", "modify", "start", "start_with", "stop"} - (served & limited)
    lost = sum(met[operation, status] for operation, status in met if status is None)
    if lost:
        print(f"{lost} requests were never answered: see what the simulator said", file=sys.stderr)
    for operation in sorted(missed):
        print(f"{operation} was never served or never met a rate limit: its cases prove too little", file=sys.stderr)
    return not missed and not lost


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("openapi", type=pathlib.Path)
    arguments.add_argument("--cases", type=int, default=100, help="cases for each operation and phase")
    arguments.add_argument("--seed", type=int, default=20240530)
    options = arguments.parse_args()

    WORK.mkdir(parents=True, exist_ok=True)
    python = tools()
    schema = WORK / "openapi.json"
    read = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout, default=str)"
    text = subprocess.run([python, "-c", read, options.openapi], check=True, stdout=subprocess.PIPE).stdout
    openapi = json.loads(text)
    relevant(openapi)
    allow(openapi)
    schema.write_text(json.dumps(openapi))

    subprocess.run(["cargo", "build", "--quiet", "--package", "atlas-simulator"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    simulator = subprocess.Popen(
        [target / "debug" / "atlas-simulator", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        known = {}
        for line in simulator.stdout:
            name, value = line.split("=", 1)
            known[name.strip()] = value.strip().strip('"')
            if name.strip() == "control":
                break
        limit = json.dumps(RATE_LIMIT).encode()
        urllib.request.urlopen(urllib.request.Request(known["control"] + "settings", limit, method="PATCH")).close()
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": "conformance_hooks",
            "PYTHONPATH": str(pathlib.Path(__file__).parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SIMULATOR": json.dumps(known),
            "NO_PROXY": "127.0.0.1",
        }
        command = [
            python, "-m", "schemathesis.cli", "run", schema, "--url", known["base_url"], "--checks", CHECKS,
            "--phases", "examples,coverage,fuzzing", "--max-examples", str(options.cases),
            "--seed", str(options.seed), "--continue-on-failure", "--suppress-health-check", "all",
        ]
        run = subprocess.run(command, env=environment, cwd=WORK, check=False)
        enough = tell(known["control"])
    finally:
        simulator.terminate()
        simulator.wait()
    return run.returncode or int(not enough)


if __name__ == "__main__":
    sys.exit(main())
