#!/usr/bin/env python3
"""Holds the simulator to the published OpenAPI, with schemathesis as the client.

    python3 tests/simulator/conformance.py OPENAPI [--cases N] [--seed N]

Needs cargo, and pip to fetch schemathesis into target/conformance/. Exits with 0 if nothing was found. What the real
Atlas was seen to answer beside what it publishes is listed here by name, under DEVIATIONS and UNLISTED.
"""

import argparse
import collections
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
# Small enough that some of the cases are answered 429.
RATE_LIMIT = {"rate_limit": {"capacity": 120, "refill": 120, "period": 1000}}

# Statuses that were seen, or are documented for all of Atlas, but that the operation does not list.
UNLISTED = {
    "400": "STREAM_PROCESSOR_GENERIC_ERROR of :start and :stop; a path that is not UTF-8",
    "402": "NO_PAYMENT_INFORMATION_FOUND",
    "405": "METHOD_NOT_ALLOWED",
    "406": "INVALID_VERSION_DATE",
    "409": "a start that meets a stop",
    "410": "VERSION_GONE",
    "503": "SERVICE_UNAVAILABLE",
    "504": "STREAM_PROCESSOR_TIMEOUT",
}


def deviate(openapi):
    """DEVIATIONS: what the schemas say and real answers contradict."""
    schemas = openapi["components"]["schemas"]
    # Parameters of an error are strings and numbers, not objects.
    schemas["ApiError"]["properties"]["parameters"]["items"] = {}
    # The generic 401 has no errorCode.
    schemas["ApiError"]["required"] = ["error"]
    # Statistics are numbers, strings and lists, not objects.
    schemas["StreamsProcessorWithStats"]["properties"]["stats"]["additionalProperties"] = True
    # Regions are strings; the schema calls the choice between them an object.
    del schemas["BaseStreamsRegion"]["type"]
    # A member of a pipeline stage is any JSON, not only an object.
    schemas["Document"]["additionalProperties"] = True
    stage = schemas["StreamsProcessorWithStats"]["properties"]["pipeline"]["items"]
    stage["additionalProperties"] = True
    error = {"description": "seen", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ApiError"}}}}
    for path in openapi["paths"].values():
        for operation in path.values():
            for status in UNLISTED:
                operation["responses"].setdefault(status, error)
            # The Digest challenge says in which character set its body is not written.
            content = openapi["components"]["responses"]["unauthorized"]["content"]
            content.setdefault("application/json;charset=ISO-8859-1", content["application/json"])


def relevant(openapi):
    """Keeps what the simulator has: processors, and reading workspaces."""
    kept = {}
    for path, operations in openapi["paths"].items():
        if "/processor" in path:
            kept[path] = operations
        elif "get" in operations:
            kept[path] = {"get": operations["get"]}
    openapi["paths"] = kept


def tools():
    python = WORK / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(WORK / "venv", with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
    return python


def tell(control):
    """Says what the cases met, so that a run that only ever met a 404 does not look like a good one."""
    with urllib.request.urlopen(control + "record") as answer:
        record = json.load(answer)
    met = collections.Counter((entry["operation"], entry["status"]) for entry in record)
    for operation in sorted({operation for operation, _ in met}):
        counts = ", ".join(f"{status}: {met[o, status]}" for o, status in sorted(met) if o == operation)
        print(f"{operation:12} {counts}")


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
    deviate(openapi)
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
        tell(known["control"])
    finally:
        simulator.terminate()
        simulator.wait()
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
